import { describe, expect, it } from 'vitest';
import type { Operation } from '../../model/schedule.js';
import {
  HistoryBuilder,
  LIMITS,
  completed,
  done,
  failed,
  finish,
  finished,
  on,
  targetOf,
} from '../testing/history-builder.js';

const plain = targetOf({}, {});
const target = { ...plain, operations: new Set([...plain.operations, 'listFiles'] as const) };
const listFiles: Operation = { op: 'listFiles', caller: 0 };
const history = (): HistoryBuilder => new HistoryBuilder();
function files(...numbers: readonly number[]) {
  return {
    kind: 'files' as const,
    blobIds: numbers.map((number) => `blob_${number}`),
  };
}
const violationOf = (built: HistoryBuilder) => built.violation('listing-is-true', LIMITS, target);

describe('the listing-is-true checker', () => {
  it.each([
    ['a finished file is not listed', completed().call(listFiles, files()), 'file blob_1 in the list'],
    ['a file is listed twice', completed().call(listFiles, files(1, 1)), 'file blob_1 once in the list'],
    ['an upload has two files', completed().call(listFiles, files(1, 2)), 'no file blob_2 in the list'],
    [
      'an unfinished upload is listed',
      history().uploaded('A', '1').call(listFiles, files(1)),
      'no file blob_1',
    ],
    [
      'the file of an aborted upload is listed',
      history().uploaded('A', '1').call(on('abort', 'A'), done).call(listFiles, files(1)),
      'no file blob_1',
    ],
    [
      'a listed file cannot be read',
      completed().call(on('read', 'A'), failed('NotFound')).call(listFiles, files(1)),
      'no file that read A cannot read',
    ],
  ])('reports a violation when %s', (_title, bad, words) => {
    expect(violationOf(bad)?.expected).toContain(words);
  });

  it.each([
    ['a list of the finished file', completed().call(listFiles, files(1))],
    ['an empty list before the finish', history().uploaded('A', '1').call(listFiles, files())],
    [
      'a file whose finish does not know the outcome',
      history().uploaded('A', '1').call(finish('A'), failed('OutcomeUnknown')).call(listFiles, files(1)),
    ],
    [
      'no file after a finish that does not know the outcome',
      history().uploaded('A', '1').call(finish('A'), failed('OutcomeUnknown')).call(listFiles, files()),
    ],
    [
      'the file of a finish that is under way',
      (() => {
        const open = history().uploaded('A', '1');
        const call = open.start(finish('A'));
        return open.deliver(call).call(listFiles, files(1)).end(call, finished(1));
      })(),
    ],
  ])('accepts %s', (_title, good) => {
    expect(violationOf(good)).toBeUndefined();
  });
});

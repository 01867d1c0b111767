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

  it('states what is wrong with the list in every violation', () => {
    const unreadable = completed().call(on('read', 'A'), failed('NotFound'));
    const bad = [
      completed().call(listFiles, files()),
      completed().call(listFiles, files(1, 1)),
      completed().call(listFiles, files(1, 2)),
      unreadable.call(listFiles, files(1)),
    ];
    expect(bad.map(violationOf)).toMatchObject([
      {
        expected: 'listFiles by caller 0: file blob_1 in the list, because finish A returned it',
        expectedKind: 'every finished file',
        seenKind: 'a list without a finished file',
      },
      {
        expected: 'listFiles by caller 0: file blob_1 once in the list, because no finish returned it twice',
        expectedKind: 'only finished files',
        seenKind: 'a list with another file',
      },
      {
        expected: 'listFiles by caller 0: no file blob_2 in the list, because no finish returned it',
        expectedKind: 'only finished files',
        seenKind: 'a list with another file',
      },
      {
        expected: 'listFiles by caller 0: no file that read A cannot read',
        expectedKind: 'only readable files',
        seenKind: 'a list with a file that cannot be read',
      },
    ]);
  });

  it.each([
    ['a list of the finished file', completed().call(listFiles, files(1))],
    ['a list that is rejected', completed().call(listFiles, failed('Unavailable'))],
    [
      'a list whose answer is lost',
      (() => {
        const lost = completed();
        return lost.lose(lost.start(listFiles));
      })(),
    ],
    ['a call on an upload that was never begun', completed().call(on('abort', 'B'), failed('NotFound'))],
    [
      'a listed file that another caller cannot read',
      completed()
        .call(listFiles, files(1))
        .call(on('read', 'A', 1), failed('NotFound')),
    ],
    [
      'a listed file that cannot be read after a call whose answer was lost',
      (() => {
        const changed = completed().call(listFiles, files(1));
        return changed.lose(changed.start(on('abort', 'A'))).call(on('read', 'A'), failed('NotFound'));
      })(),
    ],
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

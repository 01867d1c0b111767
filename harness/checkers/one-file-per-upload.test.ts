import { describe, expect, it } from 'vitest';
import type { Result } from '../../model/result.js';
import {
  HistoryBuilder,
  LIMITS,
  begin,
  begun,
  completed,
  done,
  finish,
  finished,
  on,
  targetOf,
} from '../testing/history-builder.js';

const rule = 'one-file-per-upload';
const history = (): HistoryBuilder => new HistoryBuilder();

describe('the one-file-per-upload checker', () => {
  it.each([
    ['an upload has two files', completed().call(finish('A'), finished(2)), 'the file of finish A, blob_1'],
    [
      'a repeated finish creates another memory',
      completed().call(finish('A'), { ...finished(1), memoryId: 'memory_2' } as Result),
      'the file of finish A, blob_1',
    ],
    [
      'two finishes at the same time return two files',
      (() => {
        const both = history().uploaded('A', '1');
        const [first, second] = [both.start(finish('A')), both.start(finish('A'))];
        both.deliver(first).deliver(second).end(first, finished(1));
        return both.end(second, finished(2));
      })(),
      'the file of finish A',
    ],
    [
      'two uploads have one file',
      history()
        .uploaded('A', '1')
        .uploaded('B', '2')
        .call(finish('A'), finished(1))
        .call(finish('B'), finished(1)),
      'a file other than that of finish A',
    ],
    [
      'an id is given out again',
      history().call(begin('A'), begun('1')).upgrade().call(begin('B'), begun('1')),
      'a session other than that of begin A',
    ],
    [
      'a repeated begin returns another session',
      history()
        .call(begin('A'), begun('1'))
        .call(begin('B', { key: 'A' }), begun('2')),
      'session 1, because its key and arguments are those of begin A',
    ],
  ])('reports a violation when %s', (_title, bad, words) => {
    expect(bad.violation(rule)?.expected).toContain(words);
  });

  it.each([
    ['a repeated finish that returns the same file', completed().call(finish('A'), finished(1))],
    [
      'a repeated begin that returns the same session',
      history()
        .call(begin('A'), begun('1'))
        .call(begin('B', { key: 'A' }), begun('1')),
    ],
    [
      'a new session for the key of an aborted upload',
      history()
        .call(begin('A'), begun('1'))
        .call(on('abort', 'A'), done)
        .call(begin('B', { key: 'A' }), begun('2')),
    ],
  ])('accepts %s', (_title, good) => {
    expect(good.violation(rule)).toBeUndefined();
  });

  it('reports the id of a lost session that is given out again after an upgrade, if the canister keeps its files', () => {
    const again = () => history().call(begin('A'), begun('1')).upgrade().call(begin('B'), begun('1'));
    expect(again().violation(rule, LIMITS, targetOf({}, { upgrade: 'files' }))?.expected).toContain(
      'a session other than that of begin A',
    );
    expect(again().violation(rule, LIMITS, targetOf({}, { upgrade: 'nothing' }))).toBeUndefined();
  });

  it('accepts one file for two uploads of the same bytes where both need not exist', () => {
    const shared = history()
      .uploaded('A', '1')
      .uploaded('B', '2')
      .call(finish('A'), finished(1))
      .call(finish('B'), finished(1));
    const { overwriting: _, ...others } = targetOf({}, {}).promises;
    expect(shared.violation(rule, LIMITS, { ...targetOf({}, {}), promises: others })).toBeUndefined();
  });
});

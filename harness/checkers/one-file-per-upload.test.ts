import { describe, expect, it } from 'vitest';
import type { Result } from '../../model/result.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import {
  HistoryBuilder,
  LIMITS,
  begin,
  begun,
  completed,
  done,
  finish,
  failed,
  finished,
  on,
  put,
  targetOf,
} from '../testing/history-builder.js';

const rule = 'one-file-per-upload';
const history = (): HistoryBuilder => new HistoryBuilder();
/** Two uploads whose finishes return the same file. `between` adds events before the second finish. */
function twoFinished(between: (built: HistoryBuilder) => HistoryBuilder = (built) => built): HistoryBuilder {
  const first = history().uploaded('A', '1').uploaded('B', '2').call(finish('A'), finished(1));
  return between(first).call(finish('B'), finished(1));
}

describe('the one-file-per-upload checker', () => {
  it.each([
    ['an upload has two files', completed().call(finish('A'), finished(2)), 'the file of finish A, blob_1'],
    [
      'a repeated finish returns another file of the same memory',
      completed().call(finish('A'), { ...finished(2), memoryId: 'memory_1' } as Result),
      'the file of finish A, blob_1',
    ],
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
    ['two uploads have one file', twoFinished(), 'a file other than that of finish A'],
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

  it('names the call, the earlier call, and both kinds of answer in every violation', () => {
    const shared = twoFinished();
    const again = history().call(begin('A'), begun('1')).call(begin('B'), begun('1'));
    const other = history()
      .call(begin('A'), begun('1'))
      .call(begin('B', { key: 'A' }), begun('2'));
    const bad = [completed().call(finish('A'), finished(2)), shared, again, other];
    expect(bad.map((built) => built.violation(rule))).toMatchObject([
      {
        expected: 'finish A: the file of finish A, blob_1',
        expectedKind: 'the same file',
        seenKind: 'another file',
      },
      {
        expected: 'finish B: a file other than that of finish A',
        expectedKind: 'an id of its own',
        seenKind: 'the id of another',
      },
      {
        expected: 'begin B: a session other than that of begin A',
        expectedKind: 'an id of its own',
        seenKind: 'the id of another',
      },
      {
        expected: 'begin B: session 1, because its key and arguments are those of begin A',
        expectedKind: 'the same session',
        seenKind: 'another session',
      },
    ]);
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
    [
      'a repeated begin that is rejected',
      history()
        .call(begin('A'), begun('1'))
        .call(begin('B', { key: 'A' }), failed('Unavailable')),
    ],
    [
      'a repeated begin whose answer is lost',
      (() => {
        const lost = history().call(begin('A'), begun('1'));
        return lost.lose(lost.start(begin('B', { key: 'A' })));
      })(),
    ],
    ['a rejected put to a session that was never begun', history().call(put('A', 0), failed('NotFound'))],
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
    const shared = twoFinished();
    const { overwriting: _, ...others } = targetOf({}, {}).promises;
    expect(shared.violation(rule, LIMITS, { ...targetOf({}, {}), promises: others })).toBeUndefined();
  });

  it.each([
    ['names uploads by a key that the client chooses', { session: 'key' }],
    ['names uploads by the name of the file', { session: 'name' }],
    ['reads files by the id of the upload', { readBy: 'session' }],
  ] as const)('accepts one file id for two uploads if the interface %s', (_title, shape) => {
    expect(twoFinished().violation(rule, LIMITS, targetOf(shape, {}))).toBeUndefined();
  });

  it('reports the file id of another upload after an upgrade only if the canister keeps its files', () => {
    const expectedAfter = (built: HistoryBuilder, upgrade: 'everything' | 'files' | 'nothing') =>
      built.violation(rule, LIMITS, targetOf({}, { upgrade }))?.expected;
    const upgraded = twoFinished((built) => built.upgrade());
    const words = 'finish B: a file other than that of finish A';
    expect(expectedAfter(upgraded, 'everything')).toBe(words);
    expect(expectedAfter(upgraded, 'files')).toBe(words);
    expect(expectedAfter(upgraded, 'nothing')).toBeUndefined();
    expect(expectedAfter(twoFinished(), 'nothing')).toBe(words);
  });

  it('does not judge the files of an id that was given out twice', () => {
    const ambiguous = history().call(begin('A'), begun('1')).call(begin('B'), begun('1'));
    for (const index of [0, 1, 2]) ambiguous.call(put('B', index), done);
    const verdict = ambiguous.call(finish('B'), finished(1)).call(finish('A'), finished(2)).judged([rule]);
    expect(verdict.kind === 'invalid' && verdict.violations.map(({ expected }) => expected)).toEqual([
      'begin B: a session other than that of begin A',
    ]);
  });

  it('reports one file for two uploads of different bytes and names where files of equal bytes may be one', () => {
    const { overwriting: _, ...others } = targetOf({}, {}).promises;
    const target = { ...targetOf({}, {}), promises: others };
    const shared = (file: number, key = 'B') =>
      completed()
        .call(begin('B', { file, key }), begun('2'))
        .call(put('B', 0), done)
        .call(finish('B'), finished(1, file))
        .violation(rule, LIMITS, target)?.expected;
    expect(shared(1)).toBe('finish B: a file other than that of finish A');
    expect(shared(3)).toBeUndefined();
    expect(shared(1, 'A')).toBeUndefined();
  });

  it('reports the session of another caller with the same key, and that of an earlier begin if each has its own', () => {
    const again = (caller: number) =>
      history()
        .call(begin('A'), begun('1'))
        .call(begin('B', { key: 'A', caller }), begun('1'));
    const expectedBy = (built: HistoryBuilder, target: JudgedTarget) =>
      built.violation(rule, LIMITS, target)?.expected;
    const words = 'begin B: a session other than that of begin A';
    expect(expectedBy(again(1), targetOf({}, {}))).toBe(words);
    expect(expectedBy(again(0), targetOf({}, {}))).toBeUndefined();
    expect(expectedBy(again(0), targetOf({}, { repeatedBegin: 'new' }))).toBe(words);
    expect(expectedBy(again(1), targetOf({ session: 'key' }, {}))).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { judge } from '../judgement/judge.js';
import type { ReferenceBug } from '../testing/reference-bugs.js';
import { runReference } from '../testing/run-reference.js';
import { begin as beginStep, call, schedule } from '../testing/schedules.js';
import {
  HistoryBuilder,
  LIMITS,
  TARGET,
  begin,
  begun,
  done,
  failed,
  list,
  on,
  put,
  targetOf,
} from '../testing/history-builder.js';

function sessions(...sessionIds: readonly string[]) {
  return { kind: 'sessions' as const, sessionIds };
}
const one = () => new HistoryBuilder().call(begin('A'), begun('1'));
const two = () => one().call(begin('B'), begun('2'));
const violationOf = (built: HistoryBuilder) => built.violation('uploads-are-listed');

describe('the uploads-are-listed checker', () => {
  it.each([
    ['an open upload is not listed', one().call(list(), sessions()), 'upload 1 in the list, because begin A'],
    ['one of two uploads is not listed', two().call(list(), sessions('1')), 'upload 2 in the list'],
    [
      'a paused upload is not listed',
      one().call(on('pause', 'A'), done).call(list(), sessions()),
      'upload 1 in',
    ],
    ['an upload is listed twice', one().call(list(), sessions('1', '1')), 'upload 1 once in the list'],
    ["another caller's upload is listed", one().call(list(1), sessions('1')), 'because caller 0 began it'],
  ])('reports a violation when %s', (_title, bad, words) => {
    expect(violationOf(bad)?.expected).toContain(words);
  });

  it('states what is wrong with the list in every violation', () => {
    const bad = [
      one().call(list(), sessions()),
      one().call(list(), sessions('1', '1')),
      one().call(list(1), sessions('1')),
    ];
    expect(bad.map(violationOf)).toMatchObject([
      {
        expected: 'list by caller 0: upload 1 in the list, because begin A began it and it is open',
        expectedKind: 'every open upload',
        seenKind: 'a list without an open upload',
      },
      {
        expected: 'list by caller 0: upload 1 once in the list',
        expectedKind: 'every upload once',
        seenKind: 'a list with an upload twice',
      },
      {
        expected: 'list by caller 1: no upload 1 in the list, because caller 0 began it',
        expectedKind: 'only own uploads',
        seenKind: "a list with another caller's upload",
      },
    ]);
  });

  it("reports another caller's upload in the list of a caller who has uploads", () => {
    const other = one().call(begin('B', { caller: 1 }), begun('2'));
    expect(violationOf(other.call(list(1), sessions('2', '1')))?.expected).toContain(
      'no upload 1 in the list',
    );
  });

  it('accepts the upload of a caller whose key is also that of an upload of another caller', () => {
    const byKey = targetOf({ session: 'key', begin: 'implied' }, {});
    const both = () =>
      new HistoryBuilder()
        .call(begin('A'), begun('A'))
        .call(put('A', 0), done)
        .call(on('abort', 'A'), done)
        .call(begin('B', { caller: 1, key: 'A' }), begun('A'))
        .call(put('B', 0), done);
    const violationAfter = (built: HistoryBuilder) => built.violation('uploads-are-listed', LIMITS, byKey);
    expect(violationAfter(both().call(list(1), sessions('A')))).toBeUndefined();
    expect(violationAfter(both().call(list(2), sessions('A')))?.expected).toContain(
      'no upload A in the list',
    );
  });

  it('does not judge an id that was given out twice', () => {
    const again = one().call(begin('B'), begun('1'));
    expect(violationOf(again.call(list(1), sessions('1')))).toBeUndefined();
  });

  it.each([
    ['every open upload', two().call(list(), sessions('2', '1'))],
    ['nothing for a caller without uploads', two().call(list(1), sessions())],
    ['no upload that was aborted', one().call(on('abort', 'A'), done).call(list(), sessions())],
    ['an upload that was aborted', one().call(on('abort', 'A'), done).call(list(), sessions('1'))],
    ['no upload that may have expired', one().advance(1000).call(list(), sessions())],
    [
      'no upload whose abort does not know the outcome',
      one().call(on('abort', 'A'), failed('OutcomeUnknown')).call(list(), sessions()),
    ],
    ['an upload that no begin returned', one().call(list(), sessions('1', '7'))],
  ])('accepts a list with %s', (_title, good) => {
    expect(violationOf(good)).toBeUndefined();
  });

  it('accepts that a long list is cut', () => {
    const many = new HistoryBuilder();
    for (let number = 0; number < 25; number++) many.call(begin(`S${number}`), begun(`${number}`));
    expect(violationOf(many.call(list(), sessions('24')))).toBeUndefined();
  });

  it('finds a canister that lists the uploads of every caller', () => {
    const steps = [call(beginStep('A')), call({ op: 'list', caller: 0 }), call({ op: 'list', caller: 1 })];
    const one = schedule(steps, { callers: 2 });
    const verdictWith = (bug?: ReferenceBug) =>
      judge(runReference(one, { isOrdered: true, bug }), one, TARGET, {
        only: new Set(['uploads-are-listed']),
      });
    expect(verdictWith().kind).toBe('valid');
    expect(verdictWith('list-shows-all').kind).toBe('invalid');
  });
});

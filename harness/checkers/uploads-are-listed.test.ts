import { describe, expect, it } from 'vitest';
import { judge } from '../judgement/judge.js';
import type { ReferenceBug } from '../testing/reference-bugs.js';
import { runReference } from '../testing/run-reference.js';
import { begin as beginStep, call, schedule } from '../testing/schedules.js';
import { HistoryBuilder, TARGET, begin, begun, done, failed, list, on } from '../testing/history-builder.js';

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

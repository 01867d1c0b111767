import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scheduleArbitrary } from '../../harness/testing/schedule-arbitrary.js';
import { begin, call, drain, file, finish, put, schedule } from '../../harness/testing/schedules.js';
import { timelineOfRun, interleavedSchedule } from '../testing/sample-finding.js';
import { layOut } from './timeline-layout.js';

describe('the layout of a timeline', () => {
  test('a call that is answered at once takes one row; one that is held reaches to its answer', () => {
    const held = schedule([call(begin('A')), call(put('A', 0), 0, true), call(put('A', 1), 1), drain]);
    const { cards } = layOut(timelineOfRun(held).course);
    expect(
      cards.map(({ operation, firstRow, lastRow }) => [operation.split(' (')[0], firstRow, lastRow]),
    ).toEqual([
      ['begin A', 0, 0],
      ['put A[0]', 1, 3],
      ['put A[1]', 2, 2],
    ]);
  });

  test('calls of one lane that overlap stand in tracks of their own', () => {
    const held = schedule([call(begin('A')), call(put('A', 0), 0, true), call(put('A', 1), 0), drain]);
    const { lanes, cards } = layOut(timelineOfRun(held).course);
    expect(lanes).toEqual([{ lane: 0, tracks: 2 }]);
    expect(cards.map(({ track }) => track)).toEqual([0, 0, 1]);
  });

  test('a switch of lanes is told at the row of the call that it leads to', () => {
    const { rows } = layOut(timelineOfRun(interleavedSchedule).course);
    expect(
      rows.flatMap(({ switched }) => (switched === undefined ? [] : [`${switched.from}→${switched.to}`])),
    ).toEqual(['0→1', '1→0', '0→1', '1→2', '2→0', '0→2', '2→0', '0→2']);
  });

  test('time and upgrades cross all lanes', () => {
    const { rows } = layOut(timelineOfRun(interleavedSchedule).course);
    expect(rows.flatMap(({ band }) => band?.text ?? [])).toEqual(['5 s pass', 'the canister is upgraded']);
  });

  test('the first wrong event marks its card', () => {
    const wrong = schedule([call(begin('A')), call(put('A', 1)), call(put('A', 0)), call(finish('A'))], {
      files: [file(150)],
    });
    const { cards } = layOut(timelineOfRun(wrong, 'hash-in-arrival-order').course);
    expect(
      cards.filter(({ isWrong }) => isWrong).map(({ operation, outcome }) => [operation, outcome]),
    ).toEqual([['finish A', 'ChecksumMismatch']]);
  });

  test('of any schedule no two cards cover each other, and every mark lies on its card', () => {
    fc.assert(
      fc.property(scheduleArbitrary, (drawn) => {
        const { rows, cards } = layOut(timelineOfRun(drawn).course);
        const taken = new Set<string>();
        for (const { lane, track, firstRow, lastRow, marks } of cards) {
          for (let row = firstRow; row <= lastRow; row++) {
            const place = `${lane}/${track}/${row}`;
            expect(taken.has(place)).toBe(false);
            taken.add(place);
          }
          expect(lastRow).toBeLessThan(rows.length);
          for (const mark of marks) expect(mark.row > firstRow && mark.row <= lastRow).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});

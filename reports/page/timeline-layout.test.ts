import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scheduleArbitrary } from '../../harness/testing/schedule-arbitrary.js';
import { begin, call, drain, file, finish, put, schedule } from '../../harness/testing/schedules.js';
import { timelineOfRun, interleavedSchedule } from '../testing/sample-finding.js';
import { layOut } from './timeline-layout.js';

describe('the timeline layout', () => {
  it('gives a call one row if it is answered at once, and all rows up to its answer if it is held', () => {
    const held = schedule([call(begin('A')), call(put('A', 0), 0, true), call(put('A', 1), 1), drain]);
    const { cards } = layOut(timelineOfRun(held).timeline);
    expect(
      cards.map(({ operation, firstRow, lastRow }) => [operation.split(' (')[0], firstRow, lastRow]),
    ).toEqual([
      ['begin A', 0, 0],
      ['put A[0]', 1, 3],
      ['put A[1]', 2, 2],
    ]);
  });

  it('places overlapping calls of one lane in separate tracks', () => {
    const held = schedule([call(begin('A')), call(put('A', 0), 0, true), call(put('A', 1), 0), drain]);
    const { lanes, cards } = layOut(timelineOfRun(held).timeline);
    expect(lanes).toEqual([{ lane: 0, tracks: 2 }]);
    expect(cards.map(({ track }) => track)).toEqual([0, 0, 1]);
  });

  it('records a lane switch in the row of the call after it', () => {
    const { rows } = layOut(timelineOfRun(interleavedSchedule).timeline);
    expect(
      rows.flatMap(({ switched }) => (switched === undefined ? [] : [`${switched.from}→${switched.to}`])),
    ).toEqual(['0→1', '1→0', '0→1', '1→2', '2→0', '0→2', '2→0', '0→2']);
  });

  it('draws time and upgrades across all lanes', () => {
    const { rows } = layOut(timelineOfRun(interleavedSchedule).timeline);
    expect(rows.flatMap(({ band }) => band?.text ?? [])).toEqual([
      'time advances by 5 s',
      'canister upgraded',
    ]);
  });

  it('marks the card of the first wrong event', () => {
    const wrong = schedule([call(begin('A')), call(put('A', 1)), call(put('A', 0)), call(finish('A'))], {
      files: [file(150)],
    });
    const { timeline } = timelineOfRun(wrong, 'hash-in-arrival-order');
    const marked = (layout: ReturnType<typeof layOut>) =>
      layout.cards.filter(({ isWrong }) => isWrong).map(({ operation, outcome }) => [operation, outcome]);
    expect(marked(layOut(timeline))).toEqual([['finish A', 'ChecksumMismatch']]);
    // The answer in this schedule is right if the variant of a relation has the wrong one.
    const comparison = { base: 'without it', variant: 'with it', calls: [] };
    expect(marked(layOut({ ...timeline, comparison: { ...comparison, wrong: 'base' } }))).toHaveLength(1);
    expect(marked(layOut({ ...timeline, comparison: { ...comparison, wrong: 'variant' } }))).toEqual([]);
  });

  it('never overlaps two cards and keeps every mark on its card, for any schedule', () => {
    fc.assert(
      fc.property(scheduleArbitrary, (drawn) => {
        const { rows, cards } = layOut(timelineOfRun(drawn).timeline);
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

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { HistoryEvent } from '../../harness/history/history.js';
import { measurementsOf, POINTS_MAX, RunSeries } from './run-series.js';

interface Run {
  readonly heapBytes: number;
  readonly instructions: number;
}

function eventsOf({ heapBytes, instructions }: Run) {
  return [
    { type: 'metrics', heapBytes, stableBytes: 2 * heapBytes },
    { type: 'delivered', instructions },
    { type: 'message', instructions: 7 },
  ] as unknown as HistoryEvent[];
}

function seriesOf(runs: readonly Run[]) {
  const series = new RunSeries();
  for (const run of runs) series.add(measurementsOf({ events: eventsOf(run) }));
  return series.points();
}

it('covers every run once in a bounded number of points and keeps every peak', () => {
  const run = fc.record({ heapBytes: fc.nat(1e9), instructions: fc.nat(1e9) });
  fc.assert(
    fc.property(fc.array(run, { maxLength: 1_000, size: 'max' }), (runs) => {
      const points = seriesOf(runs);
      expect(points.length).toBeLessThanOrEqual(POINTS_MAX);
      let next = 0;
      for (const point of points) {
        expect(point.firstRun).toBe(next);
        const own = runs.slice(next, next + point.runs);
        expect(point.heapBytesMax).toBe(Math.max(...own.map(({ heapBytes }) => heapBytes)));
        expect(point.instructionsMax).toBe(Math.max(...own.map(({ instructions }) => instructions)) + 7);
        const total = own.reduce((sum, { instructions }) => sum + instructions + 7, 0);
        expect(point.instructionsMean).toBeCloseTo(total / own.length, 3);
        next += point.runs;
      }
      expect(next).toBe(runs.length);
    }),
    { numRuns: 60 },
  );
});

it('uses at least half of the available points for 10,000 runs', () => {
  const points = seriesOf(Array.from({ length: 10_000 }, (_, i) => ({ heapBytes: i, instructions: i })));
  expect(points.length).toBeGreaterThanOrEqual(POINTS_MAX / 2);
  expect(points.at(-1)!.heapBytesMax).toBe(9_999);
});

it('records null, not zero, for figures that the replica does not report', () => {
  const series = new RunSeries();
  series.add(measurementsOf({ events: [] }));
  expect(series.points()).toEqual([
    {
      firstRun: 0,
      runs: 1,
      heapBytesMax: null,
      stableBytesMax: null,
      instructionsMean: null,
      instructionsMax: null,
      messageInstructionsMax: null,
    },
  ]);
});

import { describe, expect, it } from 'vitest';
import { historyEntryOf } from './gate-report.js';
import { sampleCounters, sampleGate, sampleGateHeld } from '../testing/sample-documents.js';
import { trendOf } from './trend.js';

describe('the trend of the counters', () => {
  it('leads from the baseline through the history to now, in percent of the baseline', () => {
    const { points, reference, totals } = trendOf(sampleGate())!;
    expect(reference).toBe('baseline');
    expect(points.map(({ name }) => name)).toEqual(['baseline', '01-02 03:04', '01-02 03:04', 'now']);
    expect(points.slice(0, 3).map(({ percent }) => percent.instructions)).toEqual([100, 100, 100]);
    expect(points[3]!.percent.instructions).toBeCloseTo((100 * 3_100_000) / 3_000_000);
    expect(points[3]!.percent.cycles).toBeLessThan(100);
    expect(totals.find(({ counter }) => counter === 'instructions')).toEqual({
      counter: 'instructions',
      old: 3_000_000,
      new: 3_100_000,
    });
  });

  it('compares only common scenarios', () => {
    const gate = sampleGate();
    const [first] = gate.history;
    const { 'upload 0 B': only } = first!.counters;
    const trend = trendOf({
      ...gate,
      history: [{ ...first!, counters: { 'upload 0 B': only!, new: only! } }],
    })!;
    expect(trend.points[1]!.percent.instructions).toBe(100);
    expect(trend.figures).toHaveLength(3 * 7);
  });

  it('uses the oldest gate as the reference if there is no baseline', () => {
    const older = historyEntryOf(
      sampleGateHeld({
        counters: [
          { scenario: 'upload 0 B', counters: sampleCounters({ instructions: 500_000 }), wallMs: 1 },
        ],
      }),
      null,
    );
    const trend = trendOf(sampleGateHeld({ baseline: null, history: [older] }))!;
    expect(trend.reference).toBe('oldest gate');
    expect(trend.points.map(({ percent }) => percent.instructions)).toEqual([100, 200]);
  });

  it('is undefined if no counters were measured', () => {
    expect(trendOf(sampleGate({ counters: [] }))).toBeUndefined();
  });

  it('has no percentage for a counter whose reference is 0', () => {
    const counters = sampleCounters({ cycles: 0 });
    const gate = sampleGateHeld({ counters: [{ scenario: 'upload 0 B', counters, wallMs: 1 }] });
    const baseline = { ...gate.baseline!, scenarios: { 'upload 0 B': counters } };
    const { points } = trendOf({ ...gate, baseline, history: [] })!;
    expect(points.map(({ percent }) => percent.cycles)).toEqual([undefined, undefined]);
    expect(points[1]!.percent.calls).toBe(100);
  });
});

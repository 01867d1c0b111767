/** Compares the counters of a gate with its baseline and with earlier gates. A pure function of `gate.json`. */
import { countersSchema, type CounterName, type GateCounters, type GateReport } from './gate-report.js';

export const COUNTERS = Object.keys(countersSchema.shape) as readonly CounterName[];

type CountersByScenario = Readonly<Record<string, GateCounters>>;

export interface TrendPoint {
  readonly name: string;
  /** Percent of the reference for each counter, over the common scenarios; 100 means equal. A counter is missing if its reference is 0. */
  readonly percent: Readonly<Partial<Record<CounterName, number>>>;
}

export interface TrendTotal {
  readonly counter: CounterName;
  readonly old: number;
  readonly new: number;
}

export interface Trend {
  /** What 100 % stands for. */
  readonly reference: 'baseline' | 'oldest gate';
  /** From the reference to this gate; never empty. */
  readonly points: readonly TrendPoint[];
  /** Sums over the scenarios that the reference and this gate have in common. */
  readonly totals: readonly TrendTotal[];
  /** Every counter of every common scenario. */
  readonly figures: readonly (TrendTotal & { readonly scenario: string })[];
}

/** Returns `undefined` if the gate measured no counters. */
export function trendOf(report: GateReport): Trend | undefined {
  const { counters, baseline, history } = report;
  if (counters.length === 0) return undefined;
  const now: CountersByScenario = Object.fromEntries(counters.map((each) => [each.scenario, each.counters]));
  const reference = baseline?.scenarios ?? history[0]?.counters ?? now;
  const pairs = commonPairs(reference, now);
  return {
    reference: baseline === null ? 'oldest gate' : 'baseline',
    points: pointsOf(report, reference, now),
    totals: COUNTERS.map((counter) => totalOf(pairs, counter)),
    figures: pairs.flatMap((pair) =>
      COUNTERS.map((counter) => ({
        scenario: pair.scenario,
        counter,
        old: pair.old[counter],
        new: pair.new[counter],
      })),
    ),
  };
}

function pointsOf(
  { baseline, history, startedAt }: GateReport,
  reference: CountersByScenario,
  now: CountersByScenario,
): readonly TrendPoint[] {
  const earlier = history.map((entry) => ({ name: shortTime(entry.startedAt), counters: entry.counters }));
  const gates = [...earlier, { name: 'now', counters: now }];
  // Without a baseline, the oldest gate of the history is the reference and already the first point.
  if (baseline !== null) gates.unshift({ name: 'baseline', counters: reference });
  else if (history.length === 0) gates.unshift({ name: shortTime(startedAt), counters: reference });
  return gates.map(({ name, counters }) => ({ name, percent: percentOf(counters, reference) }));
}

/** Formats `2026-11-27T11:07:00Z` as `11-27 11:07`. */
function shortTime(startedAt: string): string {
  return startedAt.slice(5, 16).replace('T', ' ');
}

interface ScenarioPair {
  readonly scenario: string;
  readonly old: GateCounters;
  readonly new: GateCounters;
}

function commonPairs(reference: CountersByScenario, gate: CountersByScenario): readonly ScenarioPair[] {
  return Object.entries(reference).flatMap(([scenario, old]) => {
    const now = Object.hasOwn(gate, scenario) ? gate[scenario] : undefined;
    return now === undefined ? [] : [{ scenario, old, new: now }];
  });
}

function totalOf(pairs: readonly ScenarioPair[], counter: CounterName): TrendTotal {
  const sum = (side: 'old' | 'new') => pairs.reduce((total, pair) => total + pair[side][counter], 0);
  return { counter, old: sum('old'), new: sum('new') };
}

function percentOf(gate: CountersByScenario, reference: CountersByScenario): TrendPoint['percent'] {
  const pairs = commonPairs(reference, gate);
  return Object.fromEntries(
    COUNTERS.flatMap((counter) => {
      const total = totalOf(pairs, counter);
      return total.old === 0 ? [] : [[counter, (100 * total.new) / total.old]];
    }),
  );
}

/** How the counters of a gate stand to its baseline and to the gates before it. Pure: everything is in `gate.json`. */
import { countersSchema, type CounterName, type GateCounters, type GateReport } from './gate-report.js';

export const COUNTERS = Object.keys(countersSchema.shape) as readonly CounterName[];

type ByScenario = Readonly<Record<string, GateCounters>>;

export interface TrendPoint {
  readonly name: string;
  /** Of the reference, by counter, over the scenarios that both have; 100 is equal. Undefined if there is nothing to compare. */
  readonly percent: Readonly<Partial<Record<CounterName, number>>>;
}

export interface TrendTotal {
  readonly counter: CounterName;
  readonly old: number;
  readonly new: number;
}

export interface Trend {
  /** What 100 % is: the baseline or, without one, the oldest gate that is known. */
  readonly reference: 'baseline' | 'oldest gate';
  /** The reference first, this gate last. */
  readonly points: readonly TrendPoint[];
  /** Sums over the scenarios that the reference and this gate both have. */
  readonly totals: readonly TrendTotal[];
  /** Every figure of every such scenario. */
  readonly figures: readonly (TrendTotal & { readonly scenario: string })[];
}

/** Undefined for a gate that counted nothing. */
export function trendOf({ counters, baseline, history, startedAt }: GateReport): Trend | undefined {
  if (counters.length === 0) return undefined;
  const now: ByScenario = Object.fromEntries(counters.map((each) => [each.scenario, each.counters]));
  const reference = baseline?.scenarios ?? history[0]?.counters ?? now;
  const scenarios = common(reference, now);
  const past = history.map((entry) => ({ name: nameOf(entry.startedAt), counters: entry.counters }));
  const gates = [...past, { name: 'now', counters: now }];
  const figures = scenarios.flatMap((scenario) =>
    COUNTERS.map((counter) => ({
      ...{ scenario, counter },
      old: reference[scenario]![counter],
      new: now[scenario]![counter],
    })),
  );
  return {
    reference: baseline === null ? 'oldest gate' : 'baseline',
    points: [
      ...(baseline === null && history.length > 0
        ? []
        : [
            {
              name: baseline === null ? nameOf(startedAt) : 'baseline',
              percent: percentOf(reference, reference),
            },
          ]),
      ...gates.map(({ name, counters: each }) => ({ name, percent: percentOf(each, reference) })),
    ],
    totals: COUNTERS.map((counter) => ({
      counter,
      old: total(reference, scenarios, counter),
      new: total(now, scenarios, counter),
    })),
    figures,
  };
}

/** `11-27 11:07`, UTC. */
const nameOf = (startedAt: string): string => startedAt.slice(5, 16).replace('T', ' ');

function common(a: ByScenario, b: ByScenario): string[] {
  return Object.keys(a).filter((name) => Object.hasOwn(b, name));
}

function total(of: ByScenario, scenarios: readonly string[], counter: CounterName): number {
  return scenarios.reduce((sum, scenario) => sum + of[scenario]![counter], 0);
}

function percentOf(gate: ByScenario, reference: ByScenario): TrendPoint['percent'] {
  const scenarios = common(reference, gate);
  return Object.fromEntries(
    COUNTERS.flatMap((counter) => {
      const old = total(reference, scenarios, counter);
      return old === 0 ? [] : [[counter, (100 * total(gate, scenarios, counter)) / old]];
    }),
  );
}

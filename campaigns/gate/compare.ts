/** Counters against the baseline. Pure: the same numbers, the same answer. */
import { COUNTER_NAMES } from '../benchmark/counters.js';
import type { Change, Comparison } from '../../reports/documents/gate-report.js';
import { WALL_FACTOR, type Baseline, type Measured } from './baseline.js';

/** Percent by counter, or by `scenario/counter`, which counts more. */
export type Tolerances = Readonly<Record<string, number>>;

/** Fewer milliseconds than this say nothing. */
const WALL_MS_MIN = 100;

export interface Comparing {
  readonly baseline: Baseline;
  readonly measured: readonly Measured[];
  readonly tolerances: Tolerances;
  /** Scenarios of the baseline that this process has to answer for; a shard leaves the rest to the others. */
  readonly isMine: (scenario: string) => boolean;
}

export function compare({ baseline, measured, tolerances, isMine }: Comparing): Comparison {
  const known = measured.filter(({ scenario }) => scenario in baseline.scenarios);
  const changes = known
    .flatMap(({ scenario, counters }) =>
      COUNTER_NAMES.map((counter) => ({
        scenario,
        counter,
        old: baseline.scenarios[scenario]!.counters[counter],
        new: counters[counter],
      })),
    )
    .filter((change) => change.old !== change.new);
  const isTolerated = ({ scenario, counter, old, new: now }: (typeof changes)[number]) => {
    const percent = tolerances[`${scenario}/${counter}`] ?? tolerances[counter] ?? 0;
    return now <= old * (1 + percent / 100);
  };
  const more = changes.filter((change) => change.new > change.old);
  const withPercent = (change: (typeof changes)[number]): Change => ({
    ...change,
    percent: change.old === 0 ? null : ((change.new - change.old) / change.old) * 100,
  });
  const measuredNames = new Set(measured.map(({ scenario }) => scenario));
  return {
    regressions: more.filter((change) => !isTolerated(change)).map(withPercent),
    tolerated: more.filter(isTolerated).map(withPercent),
    improvements: changes.filter((change) => change.new < change.old).map(withPercent),
    added: [...measuredNames].filter((name) => !(name in baseline.scenarios)),
    gone: Object.keys(baseline.scenarios).filter((name) => isMine(name) && !measuredNames.has(name)),
    slower: known.flatMap(({ scenario, wallMs }) => {
      const oldMs = baseline.scenarios[scenario]!.wallMs;
      const isSlower = wallMs > WALL_MS_MIN && wallMs > oldMs * WALL_FACTOR;
      return isSlower ? [{ scenario, oldMs, newMs: Math.ceil(wallMs) }] : [];
    }),
  };
}

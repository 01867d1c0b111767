/** Compares counters with the baseline. Pure. */
import { COUNTER_NAMES } from '../benchmark/counters.js';
import type { Change, Comparison } from '../../reports/documents/gate-report.js';
import { WALL_FACTOR, type Baseline, type Measured } from './baseline.js';

/** Allowed growth in percent, by `counter` or by `scenario/counter`, which takes precedence. */
export type Tolerances = Readonly<Record<string, number>>;

/** Shorter wall times are too noisy to compare. */
const WALL_MS_MIN = 100;

export interface Comparing {
  readonly baseline: Baseline;
  readonly measured: readonly Measured[];
  readonly tolerances: Tolerances;
  /** Whether a scenario of the baseline must be among the measured ones. It is not if another shard measures it. */
  readonly isExpected: (scenario: string) => boolean;
}

export function compare({ baseline, measured, tolerances, isExpected }: Comparing): Comparison {
  const known = measured.flatMap((each) => {
    const old = baseline.scenarios[each.scenario];
    return old === undefined ? [] : [{ ...each, old }];
  });
  const changes = known
    .flatMap(({ scenario, counters, old }) =>
      COUNTER_NAMES.map((counter) => ({
        scenario,
        counter,
        old: old.counters[counter],
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
    gone: Object.keys(baseline.scenarios).filter((name) => isExpected(name) && !measuredNames.has(name)),
    slower: known
      .filter(({ wallMs, old }) => wallMs > WALL_MS_MIN && wallMs > old.wallMs * WALL_FACTOR)
      .map(({ scenario, wallMs, old }) => ({ scenario, oldMs: old.wallMs, newMs: Math.ceil(wallMs) })),
  };
}

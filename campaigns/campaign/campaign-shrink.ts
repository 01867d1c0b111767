/** Shrinks a failure that a campaign found, together with its history. */
import { canonicalJson } from '../../harness/history/canonical-json.js';
import { hasFixedLimits } from '../../targets/limits.js';
import type { Schedule } from '../../model/schedule.js';
import { DETERMINISM, isSameViolation } from '../../harness/counterexamples/counterexample.js';
import type { History } from '../../harness/history/history.js';
import type { RuleSelection } from '../../harness/judgement/applicable-rules.js';
import { examine } from '../../harness/relations/examine.js';
import { minimise, type Minimised, type MinimiseOptions } from '../../harness/minimise/minimise.js';
import { determinismViolation } from '../../harness/counterexamples/replay.js';
import type { StopSignal } from '../../harness/execution/stop-signal.js';
import type { Violation } from '../../harness/evidence/verdict.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';

/** A schedule that fails, with its history. */
export interface Failure {
  readonly schedule: Schedule;
  readonly history: History;
  readonly violation: Violation;
}

export interface ShrinkOptions extends Pick<MinimiseOptions, 'executionsMax' | 'shouldStop' | 'onBetter'> {
  readonly runner: ScheduleRunner;
  /** The rules to judge; default: all that apply. */
  readonly rules?: RuleSelection | undefined;
  readonly signal?: StopSignal | undefined;
  /** Whether there is already a finding for this violation. Such a violation is not worth following. */
  readonly isKnown: (violation: Violation) => boolean;
  readonly onCandidate?: () => void;
}

export type Shrunk = Failure & Pick<Minimised, 'executions' | 'isMinimal'>;

export async function shrink(found: Failure, options: ShrinkOptions): Promise<Shrunk> {
  const { isKnown, onCandidate, executionsMax, shouldStop, onBetter } = options;
  let smallest = found;
  const limits = canonicalJson(found.schedule.limits);
  // If the canister's limits are fixed, a candidate with other limits would only make the model wrong.
  const isPossible = (candidate: Schedule) =>
    !hasFixedLimits(options.runner.target) || canonicalJson(candidate.limits) === limits;
  const accepts = (isMeant: (violation: Violation) => boolean) => async (candidate: Schedule) => {
    if (!isPossible(candidate)) return false;
    onCandidate?.();
    const failure = await failureOf(candidate, smallest.violation, isMeant, options);
    if (failure !== undefined) smallest = failure;
    return failure !== undefined;
  };
  const result = await minimise({
    schedule: found.schedule,
    fails: accepts((violation) => isSameViolation(violation, smallest.violation)),
    // If two runs differ, other violations in them mean nothing.
    ...(found.violation.checker === DETERMINISM
      ? {}
      : { failsAnyhow: accepts((violation) => !isKnown(violation)) }),
    ...(executionsMax === undefined ? {} : { executionsMax }),
    ...(shouldStop === undefined ? {} : { shouldStop }),
    ...(onBetter === undefined ? {} : { onBetter }),
  });
  const { executions, isMinimal } = result;
  return { ...smallest, executions, isMinimal };
}

/** Runs the candidate and returns the failure that `isMeant` selects, if there is one. */
async function failureOf(
  schedule: Schedule,
  { checker }: Violation,
  isMeant: (violation: Violation) => boolean,
  { runner, rules, signal }: ShrinkOptions,
): Promise<Failure | undefined> {
  if (checker === DETERMINISM) {
    const history = await runner.run(schedule, signal);
    const violation = determinismViolation(history, await runner.run(schedule, signal));
    return violation === undefined ? undefined : { schedule, history, violation };
  }
  const { history, verdict } = await examine(runner, schedule, { only: rules, signal, relation: checker });
  const violation = verdict.kind === 'invalid' ? verdict.violations.find(isMeant) : undefined;
  return violation === undefined ? undefined : { schedule, history, violation };
}

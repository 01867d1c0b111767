/**
 * Shrinks a failure that a campaign found, together with its history. The wrong answer stays the same: layer, operation, and both kinds
 * of answer. Several checkers of the specification give one wrong answer their own names. A name such as `survives-upgrade` must not
 * keep an upgrade in a schedule that fails without it.
 */
import { canonicalJson } from '../../harness/history/canonical-json.js';
import { hasFixedLimits } from '../../targets/limits.js';
import type { Schedule } from '../../model/schedule.js';
import { DETERMINISM } from '../../harness/counterexamples/counterexample.js';
import { isSameAnswer } from '../../harness/evidence/fingerprint.js';
import type { History } from '../../harness/history/history.js';
import type { RuleSelection } from '../../harness/judgement/applicable-rules.js';
import { examine } from '../../harness/relations/examine.js';
import { minimise, type Minimised, type MinimiseOptions } from '../../harness/minimise/minimise.js';
import { determinismViolation } from '../../harness/counterexamples/replay.js';
import type { StopSignal } from '../../harness/execution/stop-signal.js';
import type { Violation } from '../../harness/evidence/verdict.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { OverdueError } from '../../replicas/replica.js';

/** A schedule that fails, with its history. */
export interface Failure {
  readonly schedule: Schedule;
  readonly history: History;
  readonly violation: Violation;
  /** All violations of the history, `violation` among them. */
  readonly violations: readonly Violation[];
}

/** A failure to shrink, and how long. Plain data. */
export interface ShrinkInput {
  readonly failure: Failure;
  /** Number of schedules to execute at most. */
  readonly executionsMax: number;
  /** Number of calls that the executions may issue; default: any. */
  readonly callsMax?: number;
  /** Milliseconds; default: no limit. */
  readonly msMax?: number;
}

export interface ShrinkOptions extends Pick<MinimiseOptions, 'executionsMax' | 'shouldStop' | 'onBetter'> {
  readonly runner: ScheduleRunner;
  /** The rules to judge; default: all that apply. */
  readonly rules?: RuleSelection | undefined;
  readonly signal?: StopSignal | undefined;
  /** Number of calls that the executions may issue; default: any. */
  readonly callsMax?: number;
  readonly onCandidate?: () => void;
}

export interface Shrunk extends Failure, Pick<Minimised, 'executions' | 'isMinimal'> {
  /** Number of calls that the executions issued. */
  readonly calls: number;
}

export async function shrink(found: Failure, options: ShrinkOptions): Promise<Shrunk> {
  const { runner, onCandidate, executionsMax, callsMax = Infinity, shouldStop, onBetter } = options;
  const issuedBefore = runner.callsIssued;
  const calls = () => runner.callsIssued - issuedBefore;
  let smallest = found;
  const limits = canonicalJson(found.schedule.limits);
  // If the canister's limits are fixed, a candidate with other limits would only make the model wrong.
  const isPossible = (candidate: Schedule) =>
    !hasFixedLimits(runner.target) || canonicalJson(candidate.limits) === limits;
  const { executions, isMinimal } = await minimise({
    schedule: found.schedule,
    fails: async (candidate) => {
      if (!isPossible(candidate)) return false;
      onCandidate?.();
      const failure = await failureInTime(candidate, found.violation, options);
      if (failure !== undefined) smallest = failure;
      return failure !== undefined;
    },
    ...(executionsMax === undefined ? {} : { executionsMax }),
    shouldStop: () => calls() >= callsMax || shouldStop?.() === true,
    ...(onBetter === undefined ? {} : { onBetter }),
  });
  return { ...smallest, executions, calls: calls(), isMinimal };
}

/** A candidate that does not end in time has no failure. */
async function failureInTime(...args: Parameters<typeof failureOf>): Promise<Failure | undefined> {
  try {
    return await failureOf(...args);
  } catch (error) {
    if (error instanceof OverdueError) return undefined;
    throw error;
  }
}

/** Runs the candidate and returns its failure with the wrong answer of `sought`, if there is one. */
async function failureOf(
  schedule: Schedule,
  sought: Violation,
  { runner, rules, signal }: ShrinkOptions,
): Promise<Failure | undefined> {
  const { history, violations } = await violationsOf(schedule, sought.checker, { runner, rules, signal });
  const violation = violations.find((one) => isSameAnswer(one, sought));
  return violation === undefined ? undefined : { schedule, history, violation, violations };
}

async function violationsOf(
  schedule: Schedule,
  checker: string,
  { runner, rules, signal }: ShrinkOptions,
): Promise<Pick<Failure, 'history' | 'violations'>> {
  if (checker === DETERMINISM) {
    const history = await runner.run(schedule, signal);
    const violation = determinismViolation(history, await runner.run(schedule, signal));
    // If two runs differ, other violations in them mean nothing.
    return { history, violations: violation === undefined ? [] : [violation] };
  }
  const { history, verdict } = await examine(runner, schedule, { only: rules, signal, relation: checker });
  return { history, violations: verdict.kind === 'invalid' ? verdict.violations : [] };
}

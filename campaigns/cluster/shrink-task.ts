/** Shrinking as a task for another process: the same failure and limits give the same result everywhere. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../harness/history/canonical-json.js';
import type { StopSignal } from '../../harness/execution/stop-signal.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { RuleSelection } from '../../harness/judgement/applicable-rules.js';
import { shrink, type ShrinkInput, type Shrunk } from '../campaign/campaign-shrink.js';

/** Names the result. A time limit is not part of it: a result is kept also if another machine had more time. */
export function shrinkKey({ failure, executionsMax, callsMax }: ShrinkInput): string {
  const { schedule, violation } = failure;
  return createHash('sha256')
    .update(canonicalJson({ schedule, violation, executionsMax, callsMax: callsMax ?? null }))
    .digest('hex');
}

export interface ShrinkTaskOptions {
  readonly runner: ScheduleRunner;
  readonly rules: RuleSelection | undefined;
  readonly signal?: StopSignal;
  /** Milliseconds since any fixed point in time. */
  readonly clock: () => number;
}

/** @throws Interrupted if asked to stop */
export async function shrinkTask(
  { failure, executionsMax, callsMax, msMax }: ShrinkInput,
  { runner, rules, signal, clock }: ShrinkTaskOptions,
): Promise<Shrunk> {
  const ends = clock() + (msMax ?? Infinity);
  return shrink(failure, {
    ...{ runner, rules, signal, executionsMax },
    ...(callsMax === undefined ? {} : { callsMax }),
    shouldStop: () => signal?.aborted === true || clock() >= ends,
  });
}

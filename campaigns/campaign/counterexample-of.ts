/** The counterexample of a shrunk failure. */
import {
  COUNTEREXAMPLE_FORMAT_VERSION,
  violationParts,
  type Counterexample,
} from '../../harness/counterexamples/counterexample.js';
import { contextOf } from '../../harness/counterexamples/counterexample-context.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { Failure } from './campaign-shrink.js';
import type { CounterexampleParts } from './finding-collector.js';

/** What was tested, and with what. */
export interface CounterexampleOrigin {
  readonly runner: ScheduleRunner;
  /** SHA-256 of the module under test, lower-case hex. */
  readonly wasmSha256: string;
  readonly fault?: string | undefined;
  /** Version of this program. */
  readonly toolVersion?: string | undefined;
}

/** @param campaign names what found it */
export function counterexampleOf(
  { schedule, history, violation }: Failure,
  { runIndex, ...rest }: CounterexampleParts,
  { runner, wasmSha256, fault, toolVersion }: CounterexampleOrigin,
  campaign: Pick<Counterexample['campaign'], 'profile' | 'seed'>,
): Counterexample {
  const { target, reader, replica } = runner;
  const { name, version } = replica.info;
  return {
    formatVersion: COUNTEREXAMPLE_FORMAT_VERSION,
    ...(toolVersion === undefined ? {} : { toolVersion }),
    target: target.name,
    wasmSha256,
    fault: fault ?? null,
    replica: { name, version },
    campaign: { ...campaign, runIndex },
    ...violationParts(violation, history, schedule, target),
    traceHash: history.traceHash,
    ...rest,
    schedule,
    context: contextOf(history, violation, schedule, target, reader),
  };
}

/**
 * Confirms the results of one replica on a second one: a counterexample must fail there in the same way, and a valid schedule must be
 * valid. A schedule that is valid on only one of them is a finding, about the canister or about a replica.
 */
import type { Schedule } from '../../model/schedule.js';
import {
  COUNTEREXAMPLE_FORMAT_VERSION,
  violationParts,
  type Counterexample,
} from '../../harness/counterexamples/counterexample.js';
import { needsNetwork } from '../../harness/execution/network.js';
import { judge, readerOption } from '../../harness/judgement/judge.js';
import { replay } from '../../harness/counterexamples/replay.js';
import type { RuleSelection } from '../../harness/judgement/applicable-rules.js';
import type { StopSignal } from '../../harness/execution/stop-signal.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';

/** A schedule that was valid on the first replica. */
export interface ValidSample {
  readonly runIndex: number;
  readonly schedule: Schedule;
}

/** `not-possible`: the second replica has no conditions of the network. */
export type Confirmed = 'same' | 'different' | 'not-reproduced' | 'not-possible';

export interface ConfirmOptions {
  /** The second replica with the same module. */
  readonly runner: ScheduleRunner;
  readonly counterexamples: readonly Counterexample[];
  readonly samples: readonly ValidSample[];
  /** The origin to record in the counterexample of a divergence. */
  readonly origin: Pick<Counterexample, 'wasmSha256' | 'fault'> & {
    readonly profile: string;
    readonly seed: number;
  };
  readonly signal?: StopSignal | undefined;
  /** The rules to judge; default: all that apply. */
  readonly rules?: RuleSelection | undefined;
}

export interface ConfirmResult {
  /** By index of the counterexample. */
  readonly outcomes: readonly Confirmed[];
  /** Samples that are not valid on the second replica. */
  readonly divergences: readonly Counterexample[];
}

/** @throws Interrupted if asked to stop */
export async function confirm(options: ConfirmOptions): Promise<ConfirmResult> {
  const outcomes: Confirmed[] = [];
  const hasNetwork = options.runner.replica.info.abilities.has('network');
  for (const counterexample of options.counterexamples) {
    if (!hasNetwork && needsNetwork(counterexample.schedule)) {
      outcomes.push('not-possible');
      continue;
    }
    const { outcome } = await replay(options.runner, counterexample, {
      signal: options.signal,
      rules: options.rules,
    });
    outcomes.push(outcome === 'same' || outcome === 'different' ? outcome : 'not-reproduced');
  }
  const divergences: Counterexample[] = [];
  for (const sample of options.samples) {
    if (!hasNetwork && needsNetwork(sample.schedule)) continue;
    const divergence = await divergenceOf(sample, options);
    if (divergence !== undefined) divergences.push(divergence);
  }
  return { outcomes, divergences };
}

async function divergenceOf(
  { schedule, runIndex }: ValidSample,
  { runner, origin, signal, rules }: ConfirmOptions,
): Promise<Counterexample | undefined> {
  const history = await runner.run(schedule, signal);
  const verdict = judge(history, schedule, runner.target, { ...readerOption(runner), only: rules });
  if (verdict.kind !== 'invalid') return undefined;
  const { profile, seed, ...subject } = origin;
  const { name, version } = runner.replica.info;
  return {
    formatVersion: COUNTEREXAMPLE_FORMAT_VERSION,
    target: runner.target.name,
    ...subject,
    replica: { name, version },
    campaign: { profile, seed, runIndex },
    ...violationParts(verdict.violations[0], history, schedule, runner.target),
    traceHash: history.traceHash,
    originalSteps: schedule.steps.length,
    isMinimal: false,
    schedule,
  };
}

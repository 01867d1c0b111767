/** Runs the experiments one after another, each on fresh canisters. */
import { throwIfStopped, type StopSignal } from '../../harness/execution/stop-signal.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { Limits } from '../../model/schedule.js';
import type { EvidenceLine } from './evidence.js';
import type { Experiment, Observation } from './experiment.js';
import { EXPERIMENTS } from './experiments.js';
import { CHUNK_BYTES, Lab } from './lab.js';
import { smokeUpload, throwSmokeFailure, type SmokeFailure } from '../smoke/smoke-upload.js';

export interface ProbeOptions {
  readonly runner: ScheduleRunner;
  readonly fixedLimits?: Limits | undefined;
  readonly signal?: StopSignal | undefined;
  readonly experiments?: readonly Experiment[];
  readonly onExperiment?: (name: string, done: number, of: number) => void;
  readonly onResult?: (result: ExperimentResult) => void;
}

/** An experiment that ran, or the reason why it does not apply. */
export type ExperimentResult = Pick<Experiment, 'name' | 'tried'> &
  (
    | { readonly observation: Observation; readonly evidence: readonly (readonly EvidenceLine[])[] }
    | { readonly lacks: string }
  );

/** @throws InputError if the smoke upload fails; Interrupted after a stop signal */
export async function runExperiments({
  runner,
  fixedLimits,
  signal,
  experiments = EXPERIMENTS,
  onExperiment,
  onResult,
}: ProbeOptions): Promise<readonly ExperimentResult[]> {
  const lab = await openLab({ runner, fixedLimits, signal });
  const results: ExperimentResult[] = [];
  for (const experiment of experiments) {
    throwIfStopped(signal);
    onExperiment?.(experiment.name, results.length, experiments.length);
    const result = await runExperiment(experiment, lab);
    results.push(result);
    onResult?.(result);
  }
  return results;
}

async function runExperiment(experiment: Experiment, lab: Lab): Promise<ExperimentResult> {
  const { name, tried } = experiment;
  const lacks = experiment.lacks?.(lab.target);
  if (lacks !== undefined) return { name, tried, lacks };
  const observation = await experiment.run(lab);
  return { name, tried, observation, evidence: lab.takeEvidence() };
}

/** A lab in which the smoke upload succeeds: with small chunks, or with the target's own chunk size. */
async function openLab(options: Pick<ProbeOptions, 'runner' | 'fixedLimits' | 'signal'>): Promise<Lab> {
  let failure: SmokeFailure | undefined;
  for (const chunkBytes of new Set([CHUNK_BYTES, options.runner.target.defaultChunkSize])) {
    const lab = new Lab({ ...options, chunkBytes });
    const failed = await smokeUpload(options.runner, { limits: lab.limits(), signal: options.signal });
    if (failed === undefined) return lab;
    failure ??= failed;
    if (!failed.isAtStart) break;
  }
  if (failure === undefined) throw new Error('the target has no chunk size to try');
  return throwSmokeFailure(failure);
}

/** The mutation score of a gate: a sample of mutants of the module, run with schedules of the gate's profile. */
import { workersDefault } from '../parallel/parallel-runs.js';
import type { MutationReport } from '../../reports/documents/mutation-report.js';
import { startMutate } from '../mutate/mutate.js';
import { StateFile } from '../mutate/state-file.js';
import { openSubject } from '../subject/subject.js';
import { GATE_PROFILE, type GateJob, type GateMessage } from './job.js';

/** Schedules that are run on the unchanged module, and on each mutant until one notices it. */
const RUNS = 40;

export interface ScoreRun {
  readonly job: GateJob;
  readonly sample: number;
  readonly version: string;
  /** Milliseconds that are left of the budget. */
  readonly msLeft: number;
  /** Keeps the results, so that a gate that ran out of time continues. */
  readonly folder: string;
  readonly onProgress: (message: Extract<GateMessage, { readonly type: 'progress' }>) => void;
  /** Receives the function that stops the run. */
  readonly onStart: (stop: () => void) => void;
}

/** `undefined` if it was stopped before the mutants were chosen. @throws InputError if the module cannot be mutated */
export async function runScore(run: ScoreRun): Promise<MutationReport | undefined> {
  const { job, sample, version, msLeft: budgetMs, folder } = run;
  const { subject, seed, rules, workers } = job;
  const { target } = await openSubject(subject);
  const settings = {
    subject,
    profile: GATE_PROFILE,
    seed,
    runs: RUNS,
    rules,
    sample,
    since: undefined,
  } as const;
  const state = new StateFile(folder, settings, version, false);
  const mutation = startMutate(
    {
      settings,
      sinceLabel: null,
      target: target.name,
      version,
      workers: workers === 'auto' ? workersDefault() : workers,
      budgetMs,
      state,
    },
    ({ trials, plan, elapsedMs }) =>
      run.onProgress({
        type: 'progress',
        text: `score, ${trials.length} of ${plan?.mutants.length ?? sample} mutants`,
        secondsLeft: Math.max(0, Math.ceil((budgetMs - elapsedMs) / 1_000)),
      }),
  );
  run.onStart(mutation.stop);
  return mutation.report;
}

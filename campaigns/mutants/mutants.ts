/**
 * Entry of the command `mutants`: campaigns on the seeded faults of a canister in worker threads, and the kill matrix.
 *
 * - `mutants-subject.ts`: the module and its faults.
 * - `job.ts`, `worker.ts`: the job, its messages, and a thread.
 * - `trial.ts`: one campaign on one mutant; `example-suite.ts`: the example-based tests to compare with.
 * - `report.ts`: the kill matrix.
 */
import { join } from 'node:path';
import type { ProfileName } from '../../generators/profile.js';
import { saveCounterexample } from '../../harness/counterexamples/corpus.js';
import { reasonOf } from '../../harness/files/system-error.js';
import { InputError } from '../../harness/input-error.js';
import { MUTANTS_FORMAT_VERSION, type MutantsReport } from '../../reports/documents/mutants-report.js';
import { environmentNow } from '../environment.js';
import type { OutputFolder } from '../output/output-folder.js';
import { writeOutputs } from '../output/write-outputs.js';
import { startThreadJob, type ThreadJob } from '../threads/thread-job.js';
import type { ExamplesTrial, MutantsJob, MutantsMessage, Task, Trial } from './job.js';
import type { MutantsSubject } from './mutants-subject.js';
import { mutantResults, neverSucceededIn, totalsOf } from './report.js';

export interface MutantsRequest {
  readonly subject: MutantsSubject;
  readonly seeds: readonly number[];
  readonly profile: ProfileName;
  /** Milliseconds per campaign; undefined: the number of schedules of the profile. */
  readonly budgetMs: number | undefined;
  /** Names of layers, rules, and relations to judge; undefined: all that apply. */
  readonly rules: readonly string[] | undefined;
  /** Whether to run the example-based suite on each mutant too. */
  readonly hasExamples: boolean;
  /** Maximum number of threads, each of which runs whole campaigns. */
  readonly workers: number;
  /** Version of this program. */
  readonly version: string;
}

export interface MutantsProgress {
  readonly trials: readonly Trial[];
  readonly examples: readonly ExamplesTrial[];
  /** Number of campaigns and example suites in all. */
  readonly tasks: number;
  readonly elapsedMs: number;
}

export interface MutantsOutcome {
  readonly report: MutantsReport;
  /** The campaigns, with the counterexamples that killed a mutant. */
  readonly trials: readonly Trial[];
}

export interface RunningMutants extends Pick<ThreadJob, 'stop'> {
  /**
   * The outcome of the campaigns up to the end or to `stop`.
   * @throws InputError if a campaign is not possible; the error of a thread if it crashed
   */
  readonly outcome: Promise<MutantsOutcome>;
}

export function startMutants(
  request: MutantsRequest,
  onProgress: (progress: MutantsProgress) => void,
): RunningMutants {
  const job = jobOf(request);
  const started = new Date();
  const elapsedMs = () => Date.now() - started.getTime();
  const trials: Trial[] = [];
  const examples: ExamplesTrial[] = [];
  const onMessage = (message: MutantsMessage) => {
    if (message.type === 'trial') trials.push(message.trial);
    else examples.push(message.trial);
    onProgress({ trials, examples, tasks: job.tasks.length, elapsedMs: elapsedMs() });
  };
  const threads = startThreads(job, request.workers, onMessage);
  const outcome = threads.done.then((wasStopped) => {
    const ordered = inOrderOf(job.tasks, trials);
    const gathered = { trials: ordered, examples, wasStopped, started, durationMs: elapsedMs() };
    return { report: reportOf(request, gathered), trials: ordered };
  });
  return { outcome, stop: threads.stop };
}

/** Trials end in an order that depends on the threads. */
function inOrderOf(tasks: readonly Task[], trials: readonly Trial[]): readonly Trial[] {
  const keyOf = ({ mutant, seed }: { readonly mutant: string; readonly seed: number }) => `${seed} ${mutant}`;
  const places = new Map(tasks.map((task, place) => [task.kind === 'campaign' ? keyOf(task) : '', place]));
  const placeOf = (trial: Trial) => places.get(keyOf(trial)) ?? 0;
  return trials.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function jobOf({ subject, seeds, profile, rules, budgetMs, hasExamples }: MutantsRequest): MutantsJob {
  const { targetModule, faults, faultsWasm, faultsWasmSha256, correctWasm } = subject;
  // Seed by seed, so that an interrupted command has tried all mutants. The canary is the first fault.
  const campaigns = seeds.flatMap((seed) =>
    faults.map(({ name }): Task => ({ kind: 'campaign', mutant: name, seed })),
  );
  const examples = hasExamples ? faults.map(({ name }): Task => ({ kind: 'examples', mutant: name })) : [];
  return {
    tasks: [...campaigns, ...examples],
    next: new SharedArrayBuffer(4),
    targetModule,
    faultsWasm,
    faultsWasmSha256,
    correctWasm,
    rules,
    profile,
    budgetMs,
  };
}

interface Threads {
  /** Whether `stop` ended them. */
  readonly done: Promise<boolean>;
  readonly stop: () => void;
}

/** A thread that fails stops the others. */
function startThreads(
  job: MutantsJob,
  workers: number,
  onMessage: (message: MutantsMessage) => void,
): Threads {
  const count = Math.min(workers, job.tasks.length);
  const threads = Array.from({ length: count }, () =>
    startThreadJob<MutantsJob, MutantsMessage>({ room: 'mutants', job, onMessage }),
  );
  const stopAll = () => threads.forEach((thread) => thread.stop());
  let wasStopped = false;
  const done = async () => {
    const failures: Error[] = [];
    const ends = threads.map((thread) =>
      thread.done.catch((error: unknown) => {
        failures.push(error instanceof Error ? error : new Error(String(error)));
        if (failures.length === 1 && !wasStopped) stopAll();
      }),
    );
    await Promise.all(ends);
    // An InputError after Ctrl-C is only a campaign that could not end.
    const [failure] = wasStopped ? failures.filter((error) => !(error instanceof InputError)) : failures;
    if (failure !== undefined) throw failure;
    return wasStopped;
  };
  return {
    done: done(),
    stop: () => {
      wasStopped = true;
      stopAll();
    },
  };
}

interface Gathered {
  readonly trials: readonly Trial[];
  readonly examples: readonly ExamplesTrial[];
  readonly wasStopped: boolean;
  readonly started: Date;
  readonly durationMs: number;
}

function reportOf(
  { subject, seeds, profile, budgetMs, version }: MutantsRequest,
  { trials, examples, wasStopped, started, durationMs }: Gathered,
): MutantsReport {
  const run = { mutants: subject.faults, trials, examples };
  const results = mutantResults(run);
  return {
    formatVersion: MUTANTS_FORMAT_VERSION,
    kind: 'mutants',
    tool: { name: 'upload-stress', version },
    wasm: { file: subject.faultsWasmLabel, sha256: subject.faultsWasmSha256 },
    startedAt: started.toISOString(),
    durationMs,
    profile,
    seeds: [...seeds],
    budgetMsPerMutant: budgetMs ?? null,
    interrupted: wasStopped,
    neverSucceeded: neverSucceededIn(trials),
    mutants: results,
    totals: totalsOf(run, results, durationMs),
    environment: environmentNow(),
  };
}

/** Writes the reports and the counterexamples. Returns one line that says why this failed, or undefined. */
export async function saveMutants(
  { report, trials }: MutantsOutcome,
  folder: OutputFolder,
): Promise<string | undefined> {
  const failure = await writeOutputs(folder, report);
  if (failure !== undefined) return failure;
  const counterexamples = join(folder.path, 'mutants-counterexamples');
  try {
    for (const { kill } of trials)
      if (kill !== undefined) await saveCounterexample(counterexamples, kill.counterexample);
    return undefined;
  } catch (error) {
    return `cannot write the counterexamples to ${counterexamples}: ${reasonOf(error)}; pass another folder with --out`;
  }
}

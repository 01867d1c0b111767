/**
 * Entry of the command `mutate`: small changes of a module, and which of them the schedules notice.
 *
 * - `job.ts`, `worker.ts`: the jobs, their messages, and a thread.
 * - `plan.ts`: runs the schedules on the unchanged module, and chooses the mutants.
 * - `trial.ts`: runs one mutant. `instruction-limit.ts` ends its endless loops, and `behavior.ts` compares what can be observed.
 * - `state-file.ts`: earlier results, so that an interrupted command continues.
 * - `mutation-record.ts`: the report.
 */
import type { MutationReport } from '../../reports/documents/mutation-report.js';
import { startThreadJob, type ThreadJob } from '../threads/thread-job.js';
import type {
  MutantTrial,
  MutateJob,
  MutateMessage,
  MutateSettings,
  MutationPlan,
  PlannedMutant,
} from './job.js';
import { mutationReport, type MutationRecord } from './mutation-record.js';
import type { StateFile } from './state-file.js';

export interface MutateRequest extends Pick<MutationRecord, 'sinceLabel' | 'target' | 'version'> {
  readonly settings: MutateSettings;
  /** Number of threads that run mutants. */
  readonly workers: number;
  /** Time limit in milliseconds; undefined: none. */
  readonly budgetMs: number | undefined;
  readonly state: StateFile;
}

export interface MutateProgress {
  /** Schedules that ran on the unchanged module. */
  readonly baselineRuns: number;
  /** Undefined until the mutants are chosen. */
  readonly plan: MutationPlan | undefined;
  readonly trials: readonly MutantTrial[];
  /** Mutants whose results are from an earlier command. */
  readonly resumed: number;
  readonly elapsedMs: number;
}

export interface RunningMutation {
  /**
   * The report of the mutants that ran, up to the end, the time limit, or `stop`. Undefined if no mutant was chosen before `stop`.
   * @throws InputError if the mutation is not possible; the error of a thread if it crashed
   */
  readonly report: Promise<MutationReport | undefined>;
  readonly stop: () => void;
}

export function startMutate(
  request: MutateRequest,
  onProgress: (progress: MutateProgress) => void,
): RunningMutation {
  const mutation = new Mutation(request, onProgress);
  return { report: mutation.run(), stop: () => mutation.stop() };
}

class Mutation {
  readonly #request: MutateRequest;
  readonly #onProgress: (progress: MutateProgress) => void;
  readonly #started = new Date();
  #threads: readonly ThreadJob[] = [];
  #isStopped = false;
  /** Whether the user stopped it, not the time limit or a failure. */
  #isInterrupted = false;
  #baselineRuns = 0;
  #plan: MutationPlan | undefined;
  readonly #trials = new Map<string, MutantTrial>();
  #resumed = 0;
  #failure: Error | undefined;

  constructor(request: MutateRequest, onProgress: (progress: MutateProgress) => void) {
    this.#request = request;
    this.#onProgress = onProgress;
  }

  stop(): void {
    this.#isInterrupted = true;
    this.#stopThreads();
  }

  #stopThreads(): void {
    this.#isStopped = true;
    for (const thread of this.#threads) thread.stop();
  }

  async run(): Promise<MutationReport | undefined> {
    const { settings, workers, budgetMs } = this.#request;
    await this.#runThreads([{ kind: 'plan', settings }]);
    const plan = this.#plan;
    if (plan === undefined) return undefined;
    const mutants = this.#resume(plan.mutants);
    const { baseline, instructionsMax } = plan;
    const next = new SharedArrayBuffer(4);
    const job = { kind: 'trials', settings, plan: { baseline, instructionsMax }, mutants, next } as const;
    const leftMs = budgetMs === undefined ? undefined : Math.max(0, budgetMs - this.#elapsedMs());
    const timer = leftMs === undefined ? undefined : setTimeout(() => this.#stopThreads(), leftMs);
    try {
      if (!this.#isStopped && mutants.length > 0)
        await this.#runThreads(Array.from({ length: Math.min(workers, mutants.length) }, () => job));
    } finally {
      clearTimeout(timer);
    }
    const { sinceLabel, target, version } = this.#request;
    const record = {
      settings,
      sinceLabel,
      target,
      version,
      plan,
      started: this.#started,
      trials: this.#trials,
      isInterrupted: this.#isInterrupted,
    };
    return mutationReport(record);
  }

  #elapsedMs(): number {
    return Date.now() - this.#started.getTime();
  }

  /** Takes earlier results. Returns the mutants without one. */
  #resume(mutants: readonly PlannedMutant[]): readonly PlannedMutant[] {
    const { earlier } = this.#request.state;
    const left = mutants.filter(({ mutant: { id } }) => {
      const trial = earlier.get(id);
      if (trial !== undefined) this.#trials.set(id, trial);
      return trial === undefined;
    });
    this.#resumed = mutants.length - left.length;
    return left;
  }

  /** A thread that fails stops the others. */
  async #runThreads(jobs: readonly MutateJob[]): Promise<void> {
    const onMessage = (message: MutateMessage) => {
      try {
        this.#take(message);
      } catch (error) {
        this.#fail(error);
      }
    };
    this.#threads = jobs.map((job) =>
      startThreadJob<MutateJob, MutateMessage>({ room: 'mutate', job, onMessage }),
    );
    if (this.#isStopped) this.#stopThreads();
    await Promise.all(
      this.#threads.map((thread) => thread.done.catch((error: unknown) => this.#fail(error))),
    );
    if (this.#failure !== undefined) throw this.#failure;
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error instanceof Error ? error : new Error(String(error));
    this.#stopThreads();
  }

  #take(message: MutateMessage): void {
    if (message.type === 'baseline') this.#baselineRuns = message.runs;
    else if (message.type === 'plan') this.#plan = message.plan;
    else {
      this.#trials.set(message.trial.id, message.trial);
      this.#request.state.add(message.trial);
    }
    this.#onProgress({
      baselineRuns: this.#baselineRuns,
      plan: this.#plan,
      trials: [...this.#trials.values()],
      resumed: this.#resumed,
      elapsedMs: this.#elapsedMs(),
    });
  }
}

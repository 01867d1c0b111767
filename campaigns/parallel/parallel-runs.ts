/**
 * Executes the runs of a campaign in several threads, and hands out their results in the order of their indices.
 *
 * - `range-board.ts`: the shared memory from which threads take ranges of runs.
 * - `job.ts`, `worker.ts`: the job and the messages of a thread, and the thread.
 *
 * A thread that is killed, or whose memory is not enough, is replaced, and its range is executed again.
 */
import { availableParallelism } from 'node:os';
import type { StopSignal } from '../../harness/execution/stop-signal.js';
import { InputError } from '../../harness/input-error.js';
import type { RunRange } from '../campaign/range.js';
import type { RunResult } from '../campaign/run-result.js';
import type { RunPlan, RunSource, StartRuns } from '../campaign/run-source.js';
import type { SubjectSpec } from '../subject/subject.js';
import { startThreadJob, type ThreadJob, type ThreadJobOptions } from '../threads/thread-job.js';
import type { RangesJob, RangesMessage } from './job.js';
import { RangeBoard } from './range-board.js';

export interface ParallelRunsOptions {
  readonly subject: SubjectSpec;
  readonly workers: number;
  /** Starts a thread. Default: `startThreadJob`. */
  readonly startThread?: (options: ThreadJobOptions<RangesJob, RangesMessage>) => ThreadJob;
}

/** Runs of one range, unless the campaign is short. */
const RANGE_SIZE_MAX = 4;
/** A thread that gets fewer runs than this ends before it is warm. */
const RUNS_PER_THREAD_MIN = 8;
/** Runs that threads may be ahead of the run that is taken next, so that results do not pile up while a failure is shrunk. */
const RUNS_AHEAD_MAX = 1_024;
/** Number of threads that may end unexpectedly at the same range. */
const LOSSES_MAX = 2;
/** Milliseconds after which a thread that does not stop is terminated. Its unfinished run counts for nothing. */
const GRACE_MS = 200;
/** Milliseconds between two looks at the stop signal. */
const POLL_MS = 50;

/** The number of threads if the user names none: one per core. */
export function workersDefault(): number {
  return availableParallelism();
}

/** Executes runs in threads. Short campaigns use fewer threads than `workers`. One thread is the calling one. */
export function inThreads(options: ParallelRunsOptions): StartRuns {
  return (plan) => (threadsFor(plan, options.workers) === 1 ? undefined : new ParallelRuns(plan, options));
}

/** Number of threads that are worth their start for a number of runs. */
function threadsFor({ count, userFile }: RunPlan, workers: number): number {
  const each = userFile === undefined ? RUNS_PER_THREAD_MIN : 1;
  return Math.max(1, Math.min(workers, Math.ceil(count / each)));
}

export class ParallelRuns implements RunSource {
  readonly workers: number;
  readonly #options: ParallelRunsOptions;
  readonly #signal: StopSignal | undefined;
  readonly #job: Omit<RangesJob, 'thread' | 'first'>;
  readonly #board: RangeBoard;
  readonly #threads = new Map<number, ThreadJob>();
  /** Results that are not handed out yet, by index of the run. */
  readonly #results = new Map<number, RunResult>();
  /** Number of threads that ended unexpectedly, by index of their range. */
  readonly #losses = new Map<number | undefined, number>();
  /** All results below this index are handed out. */
  #next: number;
  #failure: unknown;
  #isStopped = false;
  /** Wakes `next`. */
  #onChange: (() => void) | undefined;

  constructor(plan: RunPlan, options: ParallelRunsOptions) {
    const { profile, seed, rules, determinismEvery, userFile, firstRun, count, signal } = plan;
    this.workers = threadsFor(plan, options.workers);
    this.#options = options;
    this.#signal = signal;
    this.#next = firstRun;
    this.#board = RangeBoard.create(this.workers);
    const share = Math.ceil(count / this.workers / RUNS_PER_THREAD_MIN);
    this.#job = {
      subject: options.subject,
      profile,
      seed,
      rules,
      determinismEvery,
      userFile,
      runs: { firstRun, count },
      rangeSize: userFile === undefined ? Math.min(RANGE_SIZE_MAX, Math.max(1, share)) : 1,
      board: this.#board.memory,
    };
    this.#allow();
    for (let thread = 0; thread < this.workers; thread++) this.#start(thread);
  }

  async next(runIndex: number, msLeft: number): Promise<RunResult | undefined> {
    const ends = performance.now() + msLeft;
    this.#next = runIndex;
    this.#allow();
    for (;;) {
      if (this.#signal?.aborted === true) this.#stop();
      const result = this.#results.get(runIndex);
      this.#results.delete(runIndex);
      if (result !== undefined && !this.#isStopped) return result;
      if (this.#failure !== undefined) throw this.#failure as Error;
      if (this.#isStopped || this.#threads.size === 0) return undefined;
      const left = ends - performance.now();
      // The threads finish the runs that they have begun.
      if (left <= 0) this.#board.close();
      await this.#change(left <= 0 ? POLL_MS : Math.min(left, POLL_MS));
    }
  }

  async close(): Promise<void> {
    this.#stop();
    await Promise.allSettled([...this.#threads.values()].map(({ done }) => done));
  }

  #allow(): void {
    const { runs, rangeSize } = this.#job;
    this.#board.allow(Math.ceil((this.#next - runs.firstRun + RUNS_AHEAD_MAX) / rangeSize));
  }

  #stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#board.close();
    for (const thread of this.#threads.values()) thread.stop();
  }

  /** Resolves when something has happened, or after some milliseconds. */
  async #change(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#onChange = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  // ---- threads ----

  #start(thread: number, first?: RunRange): void {
    let hasEnded = false;
    const { startThread = startThreadJob } = this.#options;
    const job = startThread({
      room: 'parallel',
      graceMs: GRACE_MS,
      job: { ...this.#job, thread, first },
      onMessage: (message) => {
        if (message.type === 'runs') this.#receive(message.runs);
        else hasEnded = true;
      },
    });
    this.#threads.set(thread, job);
    const end = (error?: unknown) => {
      this.#threads.delete(thread);
      if (!hasEnded && !this.#isStopped) this.#lose(thread, error);
      this.#onChange?.();
    };
    job.done.then(() => end(), end);
  }

  #receive(results: readonly RunResult[]): void {
    // A range that was executed again may have been complete.
    for (const result of results)
      if (result.runIndex >= this.#next) this.#results.set(result.runIndex, result);
    this.#onChange?.();
  }

  /** Replaces a thread that ended before its work was done, unless its work is not possible. */
  #lose(thread: number, error: unknown): void {
    const range = this.#board.takenBy(thread);
    const losses = (this.#losses.get(range) ?? 0) + 1;
    this.#losses.set(range, losses);
    if (error instanceof InputError) this.#failure ??= error;
    else if (losses >= LOSSES_MAX) this.#failure ??= lossOf(error);
    else this.#start(thread, range === undefined ? undefined : this.#missingOf(range));
  }

  /** The runs of a range without results. */
  #missingOf(range: number): RunRange | undefined {
    const { runs, rangeSize } = this.#job;
    const end = runs.firstRun + Math.min((range + 1) * rangeSize, runs.count);
    let firstRun = Math.max(this.#next, runs.firstRun + range * rangeSize);
    while (firstRun < end && this.#results.has(firstRun)) firstRun++;
    return firstRun < end ? { firstRun, count: end - firstRun } : undefined;
  }
}

/** Why threads keep ending at one range. */
function lossOf(error: unknown): Error {
  if (!(error instanceof Error)) return new InputError('threads were ended from outside; run again');
  const isMemory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
  return isMemory ? new InputError('a thread ran out of memory; run again with fewer --workers') : error;
}

/**
 * Executes numbered tasks in several threads, and hands out their results in the order of the numbers.
 *
 * - `range-board.ts`: the shared memory from which threads take ranges of tasks.
 * - `job.ts`, `worker.ts`: the job and the messages of a thread, and the thread.
 *
 * A thread that is killed, or whose memory is not enough, is replaced, and its range is executed again.
 */
import type { StopSignal } from '../../harness/execution/stop-signal.js';
import { InputError } from '../../harness/input-error.js';
import type { RunRange } from '../campaign/range.js';
import { startThreadJob, type ThreadJob, type ThreadJobOptions } from '../threads/thread-job.js';
import type { Numbered, ParallelJob, ParallelMessage, ThreadPart, Work } from './job.js';
import { RangeBoard } from './range-board.js';

export type StartThread = (options: ThreadJobOptions<ParallelJob, ParallelMessage>) => ThreadJob;

export interface OrderedThreadsOptions {
  readonly work: Work;
  /** All tasks; the count may be Infinity. */
  readonly tasks: RunRange;
  readonly workers: number;
  /** Number of tasks in one range. */
  readonly rangeSize: number;
  /** Number of tasks that threads may be ahead of the one that is taken next, so that results do not pile up. */
  readonly aheadMax: number;
  readonly signal: StopSignal | undefined;
  /** Default: `startThreadJob`. */
  readonly startThread?: StartThread | undefined;
}

/** Number of threads that may end unexpectedly at the same range. */
const LOSSES_MAX = 2;
/** Milliseconds after which a thread that does not stop is terminated. Its unfinished task counts for nothing. */
const GRACE_MS = 200;
/** Milliseconds between two looks at the stop signal. */
const POLL_MS = 50;

export class OrderedThreads {
  readonly #options: OrderedThreadsOptions;
  readonly #board: RangeBoard;
  readonly #threads = new Map<number, ThreadJob>();
  /** Results that are not handed out yet, by number of the task. */
  readonly #results = new Map<number, Numbered>();
  /** Number of threads that ended unexpectedly, by index of their range. */
  readonly #losses = new Map<number | undefined, number>();
  /** All results below this number are handed out. */
  #next: number;
  #failure: unknown;
  #isStopped = false;
  /** Wakes `next`. */
  #onChange: (() => void) | undefined;

  constructor(options: OrderedThreadsOptions) {
    this.#options = options;
    this.#next = options.tasks.firstRun;
    this.#board = RangeBoard.create(options.workers);
    this.#allow();
    for (let thread = 0; thread < options.workers; thread++) this.#start(thread);
  }

  /**
   * The result of a task. Tasks are asked for in the order of their numbers, without gaps.
   * @param msLeft milliseconds after which no further task begins
   * @returns `undefined` if the task was not executed, because of the signal or the time
   * @throws InputError if the task is not possible; the error of a thread if threads keep crashing
   */
  async next(task: number, msLeft: number): Promise<Numbered | undefined> {
    const ends = performance.now() + msLeft;
    this.#next = task;
    this.#allow();
    for (;;) {
      if (this.#options.signal?.aborted === true) this.#stop();
      const result = this.#results.get(task);
      this.#results.delete(task);
      if (result !== undefined && !this.#isStopped) return result;
      if (this.#failure !== undefined) throw this.#failure as Error;
      if (this.#isStopped || this.#threads.size === 0) return undefined;
      const left = ends - performance.now();
      // The threads finish the tasks that they have begun.
      if (left <= 0) this.#board.close();
      await this.#change(left <= 0 ? POLL_MS : Math.min(left, POLL_MS));
    }
  }

  /** Resolves when no task is being executed. */
  async close(): Promise<void> {
    this.#stop();
    await Promise.allSettled([...this.#threads.values()].map(({ done }) => done));
  }

  #allow(): void {
    const { tasks, rangeSize, aheadMax } = this.#options;
    this.#board.allow(Math.ceil((this.#next - tasks.firstRun + aheadMax) / rangeSize));
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
    const { startThread = startThreadJob, work, tasks, rangeSize } = this.#options;
    const part: ThreadPart = { tasks, rangeSize, board: this.#board.memory, thread, first };
    const job = startThread({
      room: 'parallel',
      graceMs: GRACE_MS,
      job: { work, part },
      onMessage: (message) => {
        if (message.type === 'results') this.#receive(message.results);
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

  #receive(results: readonly Numbered[]): void {
    // A range that was executed again may have been complete.
    for (const result of results) if (result.number >= this.#next) this.#results.set(result.number, result);
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

  /** The tasks of a range without results. */
  #missingOf(range: number): RunRange | undefined {
    const { tasks, rangeSize } = this.#options;
    const end = tasks.firstRun + Math.min((range + 1) * rangeSize, tasks.count);
    let firstRun = Math.max(this.#next, tasks.firstRun + range * rangeSize);
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

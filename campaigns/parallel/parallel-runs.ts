/** Executes the runs of a campaign in several threads, and hands out their results in the order of their indices. */
import { availableParallelism } from 'node:os';
import type { CoverageCollector } from '../code-coverage/coverage-collector.js';
import type { RunResult } from '../campaign/run-result.js';
import type { RunPlan, RunSource, StartRuns } from '../campaign/run-source.js';
import type { SubjectSpec } from '../subject/subject.js';
import { OrderedThreads, type StartThread } from './ordered-threads.js';

export interface ParallelRunsOptions {
  readonly subject: SubjectSpec;
  readonly workers: WorkerCount;
  /** Receives what the runs reach, in their order; undefined: nothing is counted. */
  readonly coverage?: CoverageCollector | undefined;
  /** Starts a thread. Default: `startThreadJob`. */
  readonly startThread?: StartThread | undefined;
}

/** Runs of one range, unless the campaign is short. */
const RANGE_SIZE_MAX = 4;
/** So that the last ranges end together. */
const RANGES_PER_THREAD_MIN = 8;
/** A thread needs about as long to start as it needs for so many runs. */
const RUNS_PER_THREAD_MIN = 50;
/** Runs that threads may be ahead, so that results do not pile up while a failure is shrunk. */
const RUNS_AHEAD_MAX = 1_024;

/** Each thread has an engine and canisters in memory. */
export const WORKERS_MAX = 256;

/** The number of threads if the user names none: one per core. */
export function workersDefault(): number {
  return Math.min(availableParallelism(), WORKERS_MAX);
}

/** A number of threads, or one per core as far as the campaign is long enough for their start. */
export type WorkerCount = number | 'auto';

/** Executes runs in threads. One thread is the calling one. */
export function inThreads(options: ParallelRunsOptions): StartRuns {
  return (plan) => (threadsFor(plan, options.workers) === 1 ? undefined : new ParallelRuns(plan, options));
}

function threadsFor({ count, userFile }: RunPlan, workers: WorkerCount): number {
  if (workers !== 'auto') return Math.max(1, Math.min(workers, count));
  const each = userFile === undefined ? RUNS_PER_THREAD_MIN : 1;
  return Math.max(1, Math.min(workersDefault(), Math.ceil(count / each)));
}

export class ParallelRuns implements RunSource {
  readonly workers: number;
  readonly #threads: OrderedThreads;
  readonly #coverage: CoverageCollector | undefined;

  constructor(plan: RunPlan, { subject, workers, coverage, startThread }: ParallelRunsOptions) {
    const { profile, seed, rules, determinismEvery, userFile, firstRun, count, signal } = plan;
    this.workers = threadsFor(plan, workers);
    this.#coverage = coverage;
    const hasCoverage = coverage !== undefined;
    const share = Math.ceil(count / this.workers / RANGES_PER_THREAD_MIN);
    this.#threads = new OrderedThreads({
      work: { kind: 'runs', subject, profile, seed, rules, determinismEvery, userFile, hasCoverage },
      tasks: { firstRun, count },
      workers: this.workers,
      rangeSize: userFile === undefined ? Math.min(RANGE_SIZE_MAX, Math.max(1, share)) : 1,
      aheadMax: RUNS_AHEAD_MAX,
      signal,
      startThread,
    });
  }

  async next(runIndex: number, msLeft: number): Promise<RunResult | undefined> {
    const result = await this.#threads.next(runIndex, msLeft);
    if (result?.kind !== 'run') return undefined;
    if (result.coverage !== undefined) this.#coverage?.add(result.coverage);
    return result.run;
  }

  close(): Promise<void> {
    return this.#threads.close();
  }
}

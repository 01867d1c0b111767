/** Where the results of the runs of a campaign come from. */
import type { StopSignal } from '../../harness/execution/stop-signal.js';
import { executeOrStop, type RunRange } from './range.js';
import { RunExecutor, type RunExecutorOptions, type RunSettings } from './run-executor.js';
import type { RunResult } from './run-result.js';

/** The runs of a campaign, as plain data. */
export interface RunPlan extends RunRange, RunSettings {
  /** Number of runs; Infinity if only a budget ends the campaign. */
  readonly count: number;
}

export interface RunSource {
  /** Number of threads that execute runs. */
  readonly workers: number;
  /**
   * The result of a run. Runs are asked for in the order of their indices, without gaps.
   * @param msLeft milliseconds after which no further run begins
   * @returns `undefined` if the run was not executed, because the source was asked to stop or its time is over
   * @throws InputError if the run is not possible; ReplicaError if the replica fails
   */
  next(runIndex: number, msLeft: number): Promise<RunResult | undefined>;
  /** No further run is asked for. Resolves when none is being executed. */
  close(): Promise<void>;
}

/** Returns `undefined` if the runs are not worth a source of their own. */
export type StartRuns = (plan: RunPlan) => RunSource | undefined;

/** Executes each run when it is asked for, in this thread. */
export class RunsHere implements RunSource {
  readonly workers = 1;
  readonly #executor: RunExecutor;
  readonly #signal: StopSignal | undefined;

  constructor(options: RunExecutorOptions) {
    this.#executor = new RunExecutor(options);
    this.#signal = options.signal;
  }

  async next(runIndex: number, msLeft: number): Promise<RunResult | undefined> {
    if (msLeft <= 0 || this.#signal?.aborted === true) return undefined;
    return executeOrStop(this.#executor, runIndex);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

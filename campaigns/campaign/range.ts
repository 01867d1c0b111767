/**
 * Executes a range of the runs of a campaign. A campaign is any number of ranges, executed anywhere and in any order, whose results
 * `CampaignAggregator` takes in the order of their indices.
 */
import { Interrupted } from '../../harness/execution/stop-signal.js';
import type { Schedule } from '../../model/schedule.js';
import { DistinctFailures } from './distinct-failures.js';
import { RunExecutor, type RunExecutorOptions } from './run-executor.js';
import type { RunResult } from './run-result.js';

export interface RunRange {
  /** Index of the first run in the campaign. */
  readonly firstRun: number;
  /** Number of runs. */
  readonly count: number;
}

/**
 * Executes the runs in order, and returns their results. Failures that look like earlier ones of the range are left out; see
 * `DistinctFailures`. It ends early after a run that did not end in time, or when it is asked to stop.
 * @param onResult receives each result as soon as it is there
 * @throws InputError if the canister cannot be set up or a schedule cannot be run on this replica; ReplicaError if the replica fails
 */
export async function runRange(
  options: RunExecutorOptions,
  { firstRun, count }: RunRange,
  onResult?: (result: RunResult) => void,
): Promise<readonly RunResult[]> {
  const executor = new RunExecutor(options);
  const distinct = new DistinctFailures(options.runner.target.defaultChunkSize);
  const results: RunResult[] = [];
  for (let runIndex = firstRun; runIndex < firstRun + count; runIndex++) {
    const result = await executeOrStop(executor, runIndex);
    if (result === undefined) break;
    const kept = distinct.of(result);
    results.push(kept);
    onResult?.(kept);
    if (isLast(result)) break;
  }
  return results;
}

/** `undefined` if the run was asked to stop before it was judged. */
export async function executeOrStop(
  executor: RunExecutor,
  runIndex: number,
  schedule?: Schedule,
): Promise<RunResult | undefined> {
  try {
    return await executor.execute(runIndex, schedule);
  } catch (error) {
    if (error instanceof Interrupted) return undefined;
    throw error;
  }
}

/** Whether no later run of the campaign counts. */
export function isLast({ overdue, isInterrupted }: RunResult): boolean {
  return overdue !== undefined || isInterrupted === true;
}

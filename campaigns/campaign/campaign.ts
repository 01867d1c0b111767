/**
 * A campaign generates schedules from a seed, runs and judges each, and shrinks and saves the ones that fail. Its schedules depend only
 * on profile, seed, and run index; the clock only decides when the campaign ends.
 *
 * - `run-executor.ts`, `range.ts`: execute single runs, here or in other threads and processes.
 * - `aggregator.ts`: takes their results in order, and makes the result of the campaign.
 */
import { PROFILES } from '../../generators/profile.js';
import { CampaignAggregator } from './aggregator.js';
import type { CampaignOptions } from './campaign-options.js';
import type { CampaignResult } from './campaign-result.js';
import { RunExecutor } from './run-executor.js';
import { executeOrStop } from './range.js';

/**
 * @throws InputError if the canister cannot be set up or a schedule cannot be run on this replica; ReplicaError if the replica fails.
 * `onFinding` has been called with earlier findings.
 */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { profile = PROFILES.default, signal, firstRun = 0, budgetMs } = options;
  const aggregator = new CampaignAggregator(options);
  const executor = new RunExecutor({ ...options, profile });
  const end = firstRun + (options.runs ?? (budgetMs === undefined ? profile.runs : Infinity));
  let isInterrupted = false;
  while (aggregator.nextRun < end && !aggregator.isOver && aggregator.budgetMsLeft > 0) {
    const run = signal?.aborted === true ? undefined : await executeOrStop(executor, aggregator.nextRun);
    isInterrupted = run === undefined;
    if (run === undefined) break;
    await aggregator.take(run);
  }
  return aggregator.finish({ isInterrupted, workers: 1 });
}

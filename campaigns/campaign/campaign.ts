/**
 * A campaign generates schedules from a seed, runs and judges each, and shrinks and saves the ones that fail. Its schedules depend only
 * on profile, seed, and run index; the clock only decides when the campaign ends.
 *
 * - `run-executor.ts`, `range.ts`: execute single runs, here or in other processes.
 * - `run-source.ts`: where the results come from: this thread, or others (`../parallel/`).
 * - `aggregator.ts`: takes their results in order, and makes the result of the campaign.
 */
import { PROFILES } from '../../generators/profile.js';
import { requireRules } from '../../harness/relations/rules-that-apply.js';
import { CampaignAggregator } from './aggregator.js';
import type { CampaignOptions } from './campaign-options.js';
import type { CampaignResult } from './campaign-result.js';
import { RunsHere } from './run-source.js';

/**
 * @throws InputError if no selected rule applies to the target, the canister cannot be set up, or a schedule cannot be run on this replica;
 * ReplicaError if the replica fails. `onFinding` has been called with earlier findings.
 */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { profile = PROFILES.default, firstRun = 0, budgetMs, startRuns } = options;
  requireRules(options.runner, options.rules);
  const count = options.runs ?? (budgetMs === undefined ? profile.runs : Infinity);
  const aggregator = new CampaignAggregator(options);
  const plan = { ...options, profile, firstRun, count };
  const source = (count > 0 ? startRuns?.(plan) : undefined) ?? new RunsHere(plan);
  aggregator.workers = source.workers;
  let isCutShort = false;
  try {
    while (aggregator.nextRun < firstRun + count && !aggregator.isOver && !isCutShort) {
      const run = await source.next(aggregator.nextRun, aggregator.budgetMsLeft);
      if (run === undefined) isCutShort = true;
      else await aggregator.take(run);
    }
  } finally {
    await source.close();
  }
  const isInterrupted = isCutShort && aggregator.budgetMsLeft > 0;
  return aggregator.finish({ isInterrupted });
}

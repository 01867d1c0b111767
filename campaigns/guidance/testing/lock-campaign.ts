/** Campaigns on the lock, with and without guidance. */
import { createHash } from 'node:crypto';
import { PROFILES } from '../../../generators/profile.js';
import { ScheduleRunner } from '../../../harness/execution/schedule-runner.js';
import { replay, type ReplayOutcome } from '../../../harness/counterexamples/replay.js';
import { selectionOf } from '../../../harness/judgement/applicable-rules.js';
import { createEmbeddedReplica } from '../../../replicas/embedded/embedded-replica.js';
import { runCampaign } from '../../campaign/campaign.js';
import type { CampaignResult } from '../../campaign/campaign-result.js';
import { CoverageCollector } from '../../code-coverage/coverage-collector.js';
import { guided, type GuidanceCounts } from '../guided-runs.js';
import { compileLock, lockTarget } from './lock-canister.js';

export interface LockCampaign {
  readonly result: CampaignResult;
  /** Absent without guidance. */
  readonly counts: GuidanceCounts | undefined;
  /** Outcome of the replay of the first finding; absent if there is none. */
  readonly replayed: ReplayOutcome | undefined;
}

export async function openLock(options: {
  readonly seed: number;
  readonly runs: number;
  readonly isGuided: boolean;
}): Promise<LockCampaign> {
  const { seed, runs, isGuided } = options;
  const wasm = await compileLock();
  const coverage = new CoverageCollector();
  const replica = createEmbeddedReplica({ coverage: coverage.recorder });
  const runner = new ScheduleRunner({ replica, target: lockTarget, wasm, setUpObserver: coverage });
  let counts: () => GuidanceCounts | undefined = () => undefined;
  try {
    const result = await runCampaign({
      ...{ runner, seed, runs },
      wasmSha256: createHash('sha256').update(wasm).digest('hex'),
      profile: PROFILES.quick,
      rules: selectionOf(['no-trap']),
      findingsMax: 1,
      ...(isGuided
        ? { startRuns: guided({ runner, coverage }, (source) => (counts = () => source.counts)) }
        : {}),
    });
    const [finding] = result.findings;
    const replayed = finding === undefined ? undefined : await replay(runner, finding.counterexample);
    return { result, counts: counts(), replayed: replayed?.outcome };
  } finally {
    await replica.dispose();
  }
}

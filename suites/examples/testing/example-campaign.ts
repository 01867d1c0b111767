/** Campaigns on the examples, on the embedded replica. */
import { readFileSync } from 'node:fs';
import { runCampaign } from '../../../campaigns/campaign/campaign.js';
import type { CampaignResult } from '../../../campaigns/campaign/campaign-result.js';
import { ScheduleRunner } from '../../../harness/execution/schedule-runner.js';
import { createEmbeddedReplica } from '../../../replicas/embedded/embedded-replica.js';
import type { Target } from '../../../targets/target.js';

export interface ExampleCampaign {
  /** Name of the example's folder. */
  readonly example: string;
  readonly target: Target;
  readonly runs: number;
  /** Name of a seeded fault. Default: the campaign runs on the correct module. */
  readonly fault?: string;
}

/** Runs a campaign with seed 1 that ends after its first finding. */
export function campaignOn({ example, target, runs, fault }: ExampleCampaign): Promise<CampaignResult> {
  const file = fault === undefined ? example : `${example}-faults`;
  const path = new URL(`../../../examples/${example}/wasm/${file}.wasm.gz`, import.meta.url);
  const wasm = new Uint8Array(readFileSync(path));
  const runner = new ScheduleRunner({ replica: createEmbeddedReplica(), target, wasm, fault });
  return runCampaign({ runner, wasmSha256: '00'.repeat(32), fault, seed: 1, runs, findingsMax: 1 });
}

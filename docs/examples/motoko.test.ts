/** A canister in Motoko, driven by the example target: docs/examples/motoko/README.md. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCanisterWasm } from '../../campaigns/subject/inputs.js';
import { runCampaign } from '../../campaigns/campaign/campaign.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import target from './custom-target.js';

function campaign(module: string, runs: number) {
  const wasm = new Uint8Array(readFileSync(new URL(`./motoko/${module}.wasm.gz`, import.meta.url)));
  const runner = new ScheduleRunner({ replica: createEmbeddedReplica(), target, wasm });
  return runCampaign({ runner, wasmSha256: '00'.repeat(32), seed: 3, runs, findingsMax: 1 });
}

describe('a file store in Motoko', () => {
  it('is accepted by the command, although its memory and table are 64-bit', () => {
    const path = 'docs/examples/motoko/file-store.wasm.gz';
    expect(
      readCanisterWasm(path, ['canister_update open', 'canister_query part'], 'file-store').length,
    ).toBeGreaterThan(0);
    expect(() => readCanisterWasm(path, ['canister_update uploads_begin'], 'upload')).toThrow(
      'it does not export "canister_update uploads_begin"',
    );
  });

  it('passes schedules with upgrades', async () => {
    const result = await campaign('file-store', 20);
    expect(result).toMatchObject({ verdict: 'valid', target: 'file-store', runs: 20 });
    expect(result.findings).toEqual([]);
  });

  it('breaks a rule if it forgets its uploads at an upgrade', async () => {
    const result = await campaign('file-store-forgetful', 200);
    expect(result.verdict).toBe('invalid');
    // A fact and a relation see the loss. Which of them shows it depends on the schedule that finds it.
    const { checker, schedule } = result.findings[0]!.counterexample;
    expect(['upload-succeeds', 'interruptions']).toContain(checker);
    expect(schedule.steps.length).toBeLessThanOrEqual(4);
  });
});

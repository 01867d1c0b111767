/** A second replica that disagrees is seen: here it is the engine with a build of the canister that has a seeded fault. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { runCampaign } from '../../campaigns/campaign/campaign.js';
import { confirm, type ValidSample } from '../../campaigns/campaign/confirm.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { FakeReplica, fakeTarget } from '../../harness/testing/fake-replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { sparseInterleaving } from '../../generators/named-schedules.js';

function read(name: string) {
  return Uint8Array.from(readFileSync(new URL(`../../canister/wasm/${name}`, import.meta.url)));
}
const replica = createEmbeddedReplica();
const good = new ScheduleRunner({ replica, target: uploadTarget, wasm: read('upload.wasm') });
const faulty = new ScheduleRunner({
  replica: createEmbeddedReplica(),
  target: uploadTarget,
  wasm: read('upload-faults.wasm'),
  fault: 'hash-in-arrival-order',
});
const origin = { wasmSha256: '0'.repeat(64), fault: null, profile: 'quick', seed: 1 };
const sample: ValidSample = { runIndex: 7, schedule: sparseInterleaving() };

afterAll(async () => {
  await replica.dispose();
  await faulty.replica.dispose();
});

describe('confirming on a second replica', () => {
  it('agrees if both replicas run the same canister', async () => {
    const result = await confirm({ runner: good, counterexamples: [], samples: [sample], origin });
    expect(result).toEqual({ outcomes: [], divergences: [] });
  });

  it('reports a valid schedule that fails on the second replica, with its run and the replica', async () => {
    const { divergences } = await confirm({ runner: faulty, counterexamples: [], samples: [sample], origin });
    expect(divergences).toHaveLength(1);
    expect(divergences[0]).toMatchObject({ checker: 'upload-succeeds', campaign: { seed: 1, runIndex: 7 } });
    expect(divergences[0]!.seen).toMatch(/ChecksumMismatch/);
  });

  it('does not repeat a schedule with conditions of the network on a replica that has none', async () => {
    const { schedule, runIndex } = sample;
    const lossy: ValidSample = { runIndex, schedule: { ...schedule, steps: [{ do: 'lose', pick: 0 }] } };
    const runner = new ScheduleRunner({
      replica: new FakeReplica(),
      target: fakeTarget,
      wasm: new Uint8Array(),
    });
    const { findings } = await runCampaign({
      runner: faulty,
      wasmSha256: '0'.repeat(64),
      seed: 1,
      findingsMax: 1,
    });
    const counterexamples = findings.map(({ counterexample }) => ({
      ...counterexample,
      schedule: lossy.schedule,
    }));
    const result = await confirm({ runner, counterexamples, samples: [lossy], origin });
    expect(result).toEqual({ outcomes: ['not-possible'], divergences: [] });
  });

  it('reproduces a counterexample only on a canister with the fault', async () => {
    const { findings } = await runCampaign({
      runner: faulty,
      wasmSha256: '0'.repeat(64),
      seed: 1,
      findingsMax: 1,
    });
    const counterexamples = findings.map(({ counterexample }) => counterexample);
    const there = await confirm({ runner: faulty, counterexamples, samples: [], origin });
    const elsewhere = await confirm({ runner: good, counterexamples, samples: [], origin });
    expect(there.outcomes).toEqual(['same']);
    expect(elsewhere.outcomes).toEqual(['not-reproduced']);
  });
});

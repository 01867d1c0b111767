import { describe, expect, it } from 'vitest';
import { createEmbeddedReplica } from '../replicas/embedded/embedded-replica.js';
import { runCampaign } from './campaign.js';
import { referenceCanister } from './reference-canister.js';

const campaign = { ...referenceCanister(), seed: 1, profile: 'quick', guided: true } as const;

describe('a guided campaign of the library', () => {
  it('runs mutants, and is the same for the same seed', async () => {
    const [first, second] = [
      await runCampaign({ ...campaign, runs: 8 }),
      await runCampaign({ ...campaign, runs: 8 }),
    ];
    const plain = await runCampaign({ ...campaign, guided: false, runs: 8 });
    expect(first).toMatchObject({ verdict: 'valid', runs: 8, workers: 1 });
    expect(second.digest).toBe(first.digest);
    expect(plain.digest).not.toBe(first.digest);
  });

  it('has no replica of the caller, and one worker', async () => {
    const replica = createEmbeddedReplica();
    await expect(runCampaign({ ...campaign, replica })).rejects.toThrow(/^guided: .*; leave out replica$/);
    await expect(runCampaign({ ...campaign, workers: 2 })).rejects.toThrow(/^guided: .*; leave out workers$/);
  });
});

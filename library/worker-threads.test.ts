import { describe, expect, it } from 'vitest';
import { fakeTarget } from '../harness/testing/fake-replica.js';
import { runCampaign } from './campaign.js';
import { referenceCanister } from './reference-canister.js';
import { createEmbeddedReplica } from '../replicas/embedded/embedded-replica.js';

const campaign = { ...referenceCanister(), seed: 1, runs: 1 };

describe('the workers of a campaign', () => {
  it.each([0, 1.5, -1, NaN, 257])('cannot be %d', async (workers) => {
    await expect(runCampaign({ ...campaign, workers })).rejects.toThrow(
      /^workers: .* is not an integer from 1 to 256$/,
    );
  });

  it('cannot share a replica', async () => {
    const replica = createEmbeddedReplica();
    await expect(runCampaign({ ...campaign, workers: 2, replica })).rejects.toThrow(
      /leave out replica, or workers$/,
    );
  });

  it('need the file of a target that is not the one of this package', async () => {
    await expect(runCampaign({ ...campaign, workers: 2, target: fakeTarget })).rejects.toThrow(
      /pass its path as targetModule$/,
    );
  });
});

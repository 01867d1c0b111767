import { describe, expect, it } from 'vitest';
import target from '../../examples/motoko-keys/target.js';
import { campaignOn } from './testing/example-campaign.js';

const example = 'motoko-keys';

describe('a campaign on keys in Motoko', () => {
  it('finds nothing in the correct canister', async () => {
    const result = await campaignOn({ example, target, runs: 40 });
    expect(result).toMatchObject({ verdict: 'valid', runs: 40, findings: [] });
    // A begin is no call: it gives the upload its key.
    expect(Object.keys(result.operations).sort()).toEqual(['abort', 'begin', 'put', 'read']);
  });

  it.each([
    ['empty-put-completes-nothing', 'upload-succeeds'],
    ['parts-of-older-version', 'upload-succeeds'],
    ['retry-counts-twice', 'retries'],
  ])('finds the fault %s by %s in few steps', async (fault, rule) => {
    const { findings } = await campaignOn({ example, target, runs: 200, fault });
    expect(findings[0]?.counterexample).toMatchObject({ checker: rule, fault });
    expect(findings[0]?.counterexample.schedule.steps.length).toBeLessThanOrEqual(8);
  });
});

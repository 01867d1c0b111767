import { describe, expect, it } from 'vitest';
import target from '../../examples/rust-tus/target.js';
import { campaignOn } from './testing/example-campaign.js';

const example = 'rust-tus';

describe('a campaign on resumable uploads in Rust', () => {
  it('finds nothing in the correct canister', async () => {
    const result = await campaignOn({ example, target, runs: 60 });
    expect(result).toMatchObject({ verdict: 'valid', runs: 60, findings: [] });
    expect(Object.keys(result.operations).sort()).toEqual(['abort', 'begin', 'put', 'read', 'status']);
  });

  it.each([
    ['empty-upload-never-completes', 'upload-succeeds'],
    ['full-last-block-dropped', 'stored-hash'],
    ['retried-append-is-stored', 'wrong-calls-are-refused'],
  ])('finds the fault %s by the rule %s in few steps', async (fault, rule) => {
    const { findings } = await campaignOn({ example, target, runs: 200, fault });
    expect(findings[0]?.counterexample).toMatchObject({ checker: rule, fault });
    expect(findings[0]?.counterexample.schedule.steps.length).toBeLessThanOrEqual(8);
  });
});

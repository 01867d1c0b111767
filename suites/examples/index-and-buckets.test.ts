import { describe, expect, it } from 'vitest';
import target from '../../examples/index-and-buckets/target.js';
import { campaignOn } from './testing/example-campaign.js';

const example = 'index-and-buckets';

describe('a campaign on an index with buckets in Rust', () => {
  it('finds nothing in the correct canisters', async () => {
    const result = await campaignOn({ example, target, runs: 60 });
    expect(result).toMatchObject({ verdict: 'valid', runs: 60, findings: [] });
    expect(Object.keys(result.operations).sort()).toEqual([
      'abort',
      'begin',
      'finish',
      'put',
      'read',
      'status',
    ]);
  });

  it.each([
    ['put-by-anyone', 'strangers-are-refused'],
    ['finish-not-locked', 'immediate-retrieval'],
  ])('finds the fault %s by the rule %s in few steps', async (fault, rule) => {
    const { findings } = await campaignOn({ example, target, runs: 200, fault });
    expect(findings[0]?.counterexample).toMatchObject({ checker: rule, fault });
    expect(findings[0]?.counterexample.schedule.steps.length).toBeLessThanOrEqual(8);
  });
});

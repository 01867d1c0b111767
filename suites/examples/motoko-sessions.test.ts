import { describe, expect, it } from 'vitest';
import target from '../../examples/motoko-sessions/target.js';
import { campaignOn } from './testing/example-campaign.js';

const example = 'motoko-sessions';

describe('a campaign on sessions in Motoko', () => {
  it('finds nothing in the correct canister', async () => {
    const result = await campaignOn({ example, target, runs: 40 });
    expect(result).toMatchObject({ verdict: 'valid', runs: 40, findings: [] });
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
    ['published-twice', 'one-file-per-upload'],
    ['hash-state-shared', 'upload-succeeds'],
    ['counted-before-checked', 'upload-succeeds'],
  ])('finds the fault %s by the rule %s in few steps', async (fault, rule) => {
    const { findings } = await campaignOn({ example, target, runs: 200, fault });
    expect(findings[0]?.counterexample).toMatchObject({ checker: rule, fault });
    expect(findings[0]?.counterexample.schedule.steps.length).toBeLessThanOrEqual(8);
  });
});

/** The tests that every example with seeded faults has: short campaigns on its correct and on its faulty modules. */
import { describe, expect, it } from 'vitest';
import type { OperationName } from '../../../model/operations.js';
import type { Target } from '../../../targets/target.js';
import { campaignOn } from './example-campaign.js';

export interface CampaignSuite {
  /** Name of the example's folder. */
  readonly example: string;
  /** What is tested, after `a campaign on`. */
  readonly subject: string;
  readonly target: Target;
  /** Number of runs on the correct module. */
  readonly runs: number;
  /** The operations that a campaign issues, sorted. */
  readonly operations: readonly OperationName[];
  /** Names of faults, each with the rule or relation that finds it. */
  readonly faults: readonly (readonly [fault: string, rule: string])[];
}

/** Call it at the top level of a test file. */
export function testCampaigns({ example, subject, target, runs, operations, faults }: CampaignSuite): void {
  describe(`a campaign on ${subject}`, () => {
    it('finds nothing without a fault', async () => {
      const result = await campaignOn({ example, target, runs });
      expect(result).toMatchObject({ verdict: 'valid', runs, findings: [] });
      expect(Object.keys(result.operations).sort()).toEqual(operations);
    });

    it.each(faults)('finds the fault %s by %s in few steps', async (fault, rule) => {
      const { findings } = await campaignOn({ example, target, runs: 200, fault });
      expect(findings[0]?.counterexample).toMatchObject({ checker: rule, fault });
      expect(findings[0]?.counterexample.schedule.steps.length).toBeLessThanOrEqual(8);
    });
  });
}

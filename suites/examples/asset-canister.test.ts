import { describe, expect, it } from 'vitest';
import target from '../../examples/asset-canister/target.js';
import type { Target } from '../../targets/target.js';
import { campaignOn } from './testing/example-campaign.js';

const example = 'asset-canister';

/** The target with a commit that names no hash, and without the promises that the canister does not keep. */
function modest(): Target {
  const { wrongHash: _, abort: __, ...promises } = target.promises;
  return { ...target, shape: { ...target.shape, finishTakesHash: false }, promises };
}

describe('a campaign on the asset canister', () => {
  it('finds nothing but the ids that an upgrade restarts, if hashes and the end of an aborted upload are not promised', async () => {
    const { findings, operations } = await campaignOn({ example, target: modest(), runs: 20 });
    for (const { counterexample } of findings) {
      expect(counterexample.schedule.steps.map((step) => step.do)).toContain('upgrade');
      expect(counterexample).toMatchObject({ checker: 'upload-succeeds' });
      expect(counterexample.seen).toContain('chunk not found');
      expect(counterexample.schedule.steps.length).toBeLessThanOrEqual(8);
    }
    expect(Object.keys(operations).sort()).toEqual(['abort', 'begin', 'finish', 'put', 'read']);
  });

  it('finds that a commit does not compare the hash with the bytes', async () => {
    const { abort: _, ...promises } = target.promises;
    const { findings } = await campaignOn({ example, target: { ...target, promises }, runs: 60 });
    const counterexample = findings[0]?.counterexample;
    expect(['stored-hash', 'immediate-retrieval']).toContain(counterexample?.checker);
    expect(counterexample?.schedule.steps.length).toBeLessThanOrEqual(3);
  });

  it('finds that a commit accepts a batch that was deleted', async () => {
    const { abort } = target.promises;
    const promises = { ...modest().promises, ...(abort && { abort }) };
    const { findings } = await campaignOn({ example, target: { ...modest(), promises }, runs: 300 });
    expect(findings[0]?.counterexample.checker).toBe('wrong-calls-are-refused');
    expect(findings[0]?.counterexample.schedule.steps.length).toBeLessThanOrEqual(3);
  });
});

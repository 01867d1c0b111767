import { describe, expect, it } from 'vitest';
import target from '../../examples/juno-storage/target.js';
import { campaignOn } from './testing/example-campaign.js';

const example = 'juno-storage';

describe('a campaign on the storage of a Juno satellite', () => {
  it('finds nothing if upgrades are not promised to keep anything', async () => {
    const { upgrade: _, ...promises } = target.promises;
    const result = await campaignOn({ example, target: { ...target, promises }, runs: 12 });
    expect(result).toMatchObject({ verdict: 'valid', runs: 12, findings: [] });
    expect(Object.keys(result.operations).sort()).toEqual(['begin', 'finish', 'put', 'read']);
  });

  it('finds that an upgrade restarts the ids or invalidates the certificates', async () => {
    const { findings } = await campaignOn({ example, target, runs: 200 });
    const counterexample = findings[0]?.counterexample;
    expect(['one-file-per-upload', 'immediate-retrieval']).toContain(counterexample?.checker);
    expect(counterexample?.schedule.steps.map((step) => step.do)).toContain('upgrade');
    expect(counterexample?.schedule.steps.length).toBeLessThanOrEqual(4);
  });
});

/**
 * Sleep sets and the recognition of states leave out orders, but no answer and no verdict. Workloads are small, so that all of their orders
 * can be run without both.
 */
import { describe, expect, it } from 'vitest';
import { generatedWorkloads } from './generated-workloads.js';
import { explored, referenceAbilities, referenceRunner } from './testing/explored.js';

const PLAIN = { reduces: false, recognisesStates: false };
/** The two ways together are the first test. */
const WAYS = [
  { name: 'with sleep sets only', options: { recognisesStates: false } },
  { name: 'with recognised states only', options: { reduces: false } },
];

/** Faults that need a particular order, or that a state alone does not show. */
const FAULTS = ['key-ignored', 'hash-in-arrival-order'];

describe('leaving out orders', () => {
  it('keeps every answer and every verdict of 20 small workloads', async () => {
    const runner = referenceRunner();
    const workloads = generatedWorkloads(7, referenceAbilities(runner), { count: 20, stepsMax: 5 });
    let [all, run] = [0, 0];
    for (const workload of workloads) {
      const plain = await explored(runner, workload, PLAIN);
      expect(plain.result.isComplete, workload.name).toBe(true);
      all += plain.result.executed;
      const both = await explored(runner, workload);
      expect({ ...both, result: undefined }, workload.name).toEqual({ ...plain, result: undefined });
      run += both.result.executed;
    }
    expect(run).toBeLessThan(all);
  });

  it.each(WAYS)('$name keeps what 4 workloads of up to six steps show', async ({ options }) => {
    const runner = referenceRunner();
    for (const workload of generatedWorkloads(8, referenceAbilities(runner), { count: 4, stepsMax: 6 })) {
      const plain = await explored(runner, workload, PLAIN);
      const other = await explored(runner, workload, options);
      expect({ ...other, result: undefined }, workload.name).toEqual({ ...plain, result: undefined });
    }
  });

  it.each(FAULTS)('keeps the violations of %s', async (fault) => {
    const runner = referenceRunner(fault);
    const found = new Set<string>();
    for (const workload of generatedWorkloads(9, referenceAbilities(runner), { count: 8, stepsMax: 6 })) {
      const plain = await explored(runner, workload, PLAIN);
      const both = await explored(runner, workload);
      expect(both.verdicts, workload.name).toEqual(plain.verdicts);
      for (const verdict of both.verdicts) found.add(verdict);
    }
    found.delete('valid');
    expect([...found]).not.toEqual([]);
  });
});

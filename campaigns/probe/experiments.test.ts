/** What the experiments observe on correct canisters, and on canisters with a seeded fault. */
import { describe, expect, it } from 'vitest';
import sessionsTarget from '../../examples/motoko-sessions/target.js';
import { uploadTarget } from '../../targets/upload.js';
import { acceptedPromises } from './promise-fields.js';
import { EXPERIMENTS } from './experiments.js';
import type { ExperimentResult } from './run-experiments.js';
import { observe, textOf } from './testing/observe.js';

const REFERENCE = { target: uploadTarget, wasm: 'canister/wasm/upload-faults.wasm' };
const SESSIONS = {
  target: sessionsTarget,
  wasm: 'examples/motoko-sessions/wasm/motoko-sessions-faults.wasm.gz',
};

function observationsOf(results: readonly ExperimentResult[]) {
  return results.flatMap((result) => ('lacks' in result ? [] : [result.observation]));
}

describe('the experiments on the reference canister', () => {
  it('suggest exactly what its target promises', async () => {
    const results = await observe(REFERENCE);
    expect(results.length).toBeGreaterThanOrEqual(24);
    const observations = observationsOf(results);
    expect(observations.filter(({ isDangerous }) => isDangerous)).toEqual([]);
    // A budget is a decision of the author.
    const {
      access,
      limits: _limits,
      specification: _specification,
      budgets: _budgets,
      ...promises
    } = uploadTarget.promises;
    const found = Object.fromEntries(
      acceptedPromises(observations).map(({ field, value }) => [field, value]),
    );
    expect(found).toEqual({
      ...promises,
      ...Object.fromEntries(Object.entries(access ?? {}).map(([name, value]) => [`access.${name}`, value])),
      expiry: 86_400,
      'limits.activeSessionsMax': 100,
    });
  });
});

/** They send tens of megabytes, and `outcomes.test.ts` has tests of each. */
const LARGE: ReadonlySet<string> = new Set(['storage-after-abort', 'cost-of-a-put', 'largest-chunk']);

describe('the experiments on a canister in Motoko', () => {
  it('find nothing dangerous', async () => {
    const names = EXPERIMENTS.map(({ name }) => name).filter((name) => !LARGE.has(name));
    const results = await observe({ ...SESSIONS, names });
    const texts = results.map((result) => `${result.name}: ${textOf(result)}`);
    expect(texts.filter((text) => text.includes('DANGEROUS'))).toEqual([]);
    expect(acceptedPromises(observationsOf(results))).toContainEqual({
      field: 'repeatedBegin',
      value: 'new',
    });
  });
});

it('has a name for each experiment', () => {
  const names = EXPERIMENTS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

it('a smoke upload that fails ends the probe with one line', async () => {
  await expect(observe({ ...REFERENCE, fault: 'canary' })).rejects.toThrow(
    /^the smoke upload fails: finish A: ChecksumMismatch .*; correct the target or the canister$/,
  );
});

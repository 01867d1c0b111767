import { describe, expect, it } from 'vitest';
import type { ScenarioCounters } from '../benchmark/counters.js';
import type { Baseline } from './baseline.js';
import { compare, type Comparing } from './compare.js';

function counters(changed: Partial<ScenarioCounters> = {}): ScenarioCounters {
  return {
    calls: 4,
    messages: 4,
    instructions: 1_000_000,
    argBytes: 500,
    heapPages: 21,
    stablePages: 73,
    cycles: 0,
    ...changed,
  };
}
const baseline: Baseline = {
  formatVersion: 1,
  canister: 'canister/wasm/upload.wasm',
  wasmSha256: '0'.repeat(64),
  engine: 'embedded 1',
  scenarios: { upload: { counters: counters(), wallMs: 50 }, abort: { counters: counters(), wallMs: 50 } },
};
function measured(changed: Partial<ScenarioCounters> = {}, wallMs = 50) {
  return [
    { scenario: 'upload', counters: counters(changed), wallMs },
    { scenario: 'abort', counters: counters(), wallMs: 50 },
  ];
}
function compared(options: Partial<Comparing> = {}) {
  return compare({ baseline, measured: measured(), tolerances: {}, isExpected: () => true, ...options });
}

describe('counters against the baseline', () => {
  it('equal ones are no news', () => {
    expect(compared()).toEqual({
      regressions: [],
      tolerated: [],
      improvements: [],
      added: [],
      gone: [],
      slower: [],
    });
  });

  it('one unit more is a regression, with counter, old, new and percent', () => {
    expect(compared({ measured: measured({ instructions: 1_000_001 }) }).regressions).toEqual([
      {
        scenario: 'upload',
        counter: 'instructions',
        old: 1_000_000,
        new: 1_000_001,
        percent: expect.closeTo(0.0001, 6) as number,
      },
    ]);
  });

  it('growth from 0 has no percentage', () => {
    expect(compared({ measured: measured({ cycles: 1 }) }).regressions).toMatchObject([
      { old: 0, new: 1, percent: null },
    ]);
  });

  it('less is an improvement and no regression', () => {
    const { regressions, improvements } = compared({ measured: measured({ calls: 3 }) });
    expect(regressions).toEqual([]);
    expect(improvements).toMatchObject([{ counter: 'calls', percent: -25 }]);
  });

  it('a tolerance lets its own counter grow, to its border', () => {
    const grown = measured({ instructions: 1_020_000, argBytes: 501 });
    const { regressions, tolerated } = compared({ measured: grown, tolerances: { instructions: 2 } });
    expect(tolerated.map(({ counter }) => counter)).toEqual(['instructions']);
    expect(regressions.map(({ counter }) => counter)).toEqual(['argBytes']);
    const beyond = measured({ instructions: 1_020_001 });
    expect(compared({ measured: beyond, tolerances: { instructions: 2 } }).regressions).toHaveLength(1);
  });

  it('a tolerance of one scenario counts more than one of the counter', () => {
    const grown = measured({ instructions: 1_020_000 });
    const tolerances = { instructions: 2, 'upload/instructions': 1 };
    expect(compared({ measured: grown, tolerances }).regressions).toHaveLength(1);
  });

  it('a scenario that is not measured any more is gone, unless another part answers for it', () => {
    const [upload] = measured();
    expect(compared({ measured: [upload!] }).gone).toEqual(['abort']);
    expect(compared({ measured: [upload!], isExpected: (name) => name === 'upload' }).gone).toEqual([]);
  });

  it('a scenario that the baseline does not know is new', () => {
    const extra = { scenario: 'pause', counters: counters(), wallMs: 1 };
    expect(compared({ measured: [...measured(), extra] }).added).toEqual(['pause']);
  });

  it('wall time is advice: several times slower is told, and is no regression', () => {
    const { slower, regressions } = compared({ measured: measured({}, 400) });
    expect(slower).toEqual([{ scenario: 'upload', oldMs: 50, newMs: 400 }]);
    expect(regressions).toEqual([]);
    expect(compared({ measured: measured({}, 90) }).slower).toEqual([]);
  });
});

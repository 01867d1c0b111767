import { describe, expect, it } from 'vitest';
import { gateVerdictOf, type GateReport } from '../../reports/documents/gate-report.js';
import { joinShards } from './join.js';
import { runsOf, shareOf } from './shard.js';

function shard(index: number, changed: Partial<GateReport> = {}): GateReport {
  return {
    formatVersion: 1,
    kind: 'gate',
    tool: { name: 'upload-stress', version: '1.0.0' },
    canister: { file: 'upload.wasm', sha256: 'ab' },
    engine: 'embedded 1',
    startedAt: '2026-01-02T03:04:05.678Z',
    baseline: { file: 'baseline.json', sha256: 'cd', scenarios: {} },
    history: [],
    shard: { index, count: 2 },
    only: ['counters', 'mutants', 'corpus', 'campaign'],
    seed: 1,
    interrupted: false,
    counters: [],
    comparison: { regressions: [], tolerated: [], improvements: [], added: [], gone: [], slower: [] },
    mutants: [{ name: `mutant ${index}`, killed: true, runs: index }],
    corpus: [],
    campaign: { profile: 'quick', runs: 150, planned: 150, unknowns: 0, neverSucceeded: [], findings: [] },
    coverage: null,
    score: null,
    notDone: [],
    durationMs: index * 1_000,
    environment: { node: 'v20', platform: 'linux x64', cpus: 2, loadAverage: 0 },
    ...changed,
  };
}
function shards(...reports: readonly GateReport[]) {
  return reports.map((report, position) => ({ path: `shard${position}.json`, report }));
}
const regression = { scenario: 'upload', counter: 'calls', old: 1, new: 2, percent: 100 };
const withRegression = { comparison: { ...shard(1).comparison, regressions: [regression] } };
const survived = { mutants: [{ name: 'canary', killed: false, runs: 300 }] };

describe('the shards of a gate', () => {
  it.each([1, 2, 3, 7, 400])('split all of the work into %i shards without overlap', (count) => {
    const items = Array.from({ length: 29 }, (_, index) => index);
    const all = Array.from({ length: count }, (_, position) => ({ index: position + 1, count }));
    expect(all.flatMap((one) => shareOf(items, one)).sort((a, b) => a - b)).toEqual(items);
    const runs = all.flatMap((one) => {
      const { firstRun, runs: length } = runsOf(300, one);
      return Array.from({ length }, (_, offset) => firstRun + offset);
    });
    expect(runs).toEqual(Array.from({ length: 300 }, (_, index) => index));
  });

  it('are joined into the same report in any order', () => {
    const joined = joinShards(shards(shard(2), shard(1)));
    expect(joined).toEqual({
      ...shard(1),
      shard: { index: 1, count: 1 },
      mutants: [...shard(1).mutants, ...shard(2).mutants],
      campaign: { ...shard(1).campaign, runs: 300, planned: 300 },
      durationMs: 2_000,
    });
  });

  it('are rejected if one is missing, given twice, or from another gate', () => {
    expect(() => joinShards(shards(shard(1)))).toThrow('the report of shard 2/2 is missing');
    expect(() => joinShards(shards(shard(1), shard(1)))).toThrow(
      'shard 1/2 is given twice: shard0.json and shard1.json',
    );
    const other = shard(2, { canister: { file: 'upload.wasm', sha256: 'ff' } });
    expect(() => joinShards(shards(shard(1), other))).toThrow(
      /belong to different gates: they differ in the canister/,
    );
    expect(() => joinShards(shards(shard(1), shard(2, { seed: 2 })))).toThrow(/differ in the seed/);
  });

  it('name the operations that succeeded in none of them', () => {
    const withNever = (index: number, ...neverSucceeded: readonly string[]) =>
      shard(index, { campaign: { ...shard(index).campaign, neverSucceeded } });
    const joined = joinShards(shards(withNever(1, 'abort', 'status'), withNever(2, 'status')));
    expect(joined.campaign.neverSucceeded).toEqual(['status']);
    expect(gateVerdictOf(joined)).toBe('untested');
  });

  it('have one coverage and one score, of the shards that determined them', () => {
    const coverage = { reached: 9, total: 20, minPercent: 50, baseline: null, problems: ['too little'] };
    const score = { file: null, score: 50, mutants: 4, minScore: 40, baseline: null, problems: [] };
    const joined = joinShards(shards(shard(1, { coverage }), shard(2, { score })));
    expect(joined).toMatchObject({ coverage, score });
    expect(gateVerdictOf(joined)).toBe('untested');
  });

  it('give the whole gate the worst of their verdicts', () => {
    expect(gateVerdictOf(joinShards(shards(shard(1, withRegression), shard(2))))).toBe('regression');
    expect(gateVerdictOf(joinShards(shards(shard(1, withRegression), shard(2, survived))))).toBe('violated');
  });
});

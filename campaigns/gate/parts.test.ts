import { describe, expect, it } from 'vitest';
import { joinParts } from './join.js';
import { gateVerdictOf, type GateReport } from '../../reports/documents/gate-report.js';
import { GATE_EXIT } from './gate-exit.js';
import { parseShard, runsOf, shareOf } from './shard.js';
import { addTolerance } from './tolerance.js';

function part(index: number, changed: Partial<GateReport> = {}): GateReport {
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
    campaign: { profile: 'quick', runs: 150, planned: 150, unknowns: 0, findings: [] },
    notDone: [],
    durationMs: index * 1_000,
    environment: { node: 'v20', platform: 'linux x64', cpus: 2, loadAverage: 0 },
    ...changed,
  };
}
function parts(...results: readonly GateReport[]) {
  return results.map((result, position) => ({ path: `part${position}.json`, result }));
}
const regression = { scenario: 'upload', counter: 'calls', old: 1, new: 2, percent: 100 };
const withRegression = { comparison: { ...part(1).comparison, regressions: [regression] } };
const survived = { mutants: [{ name: 'canary', killed: false, runs: 300 }] };

describe('the parts of a gate', () => {
  it.each([1, 2, 3, 7, 400])('%i of them have all of the work and no piece twice', (count) => {
    const items = Array.from({ length: 29 }, (_, index) => index);
    const shards = Array.from({ length: count }, (_, position) => ({ index: position + 1, count }));
    expect(shards.flatMap((shard) => shareOf(items, shard)).sort((a, b) => a - b)).toEqual(items);
    const runs = shards.flatMap((shard) => {
      const { firstRun, runs } = runsOf(300, shard);
      return Array.from({ length: runs }, (_, offset) => firstRun + offset);
    });
    expect(runs).toEqual(Array.from({ length: 300 }, (_, index) => index));
  });

  it.each(['0/2', '3/2', '1/0', '1', 'a/b', '1/101', '-1/2'])('%s is no part', (text) => {
    expect(() => parseShard(text)).toThrow(/give i\/n/);
  });

  it('are joined in any order into one result', () => {
    const joined = joinParts(parts(part(2), part(1)));
    expect(joined).toEqual({
      ...part(1),
      shard: { index: 1, count: 1 },
      mutants: [...part(1).mutants, ...part(2).mutants],
      campaign: { ...part(1).campaign, runs: 300, planned: 300 },
      durationMs: 2_000,
    });
  });

  it('one that is missing, given twice or of another gate is named', () => {
    expect(() => joinParts(parts(part(1)))).toThrow('the result of part 2/2 is missing');
    expect(() => joinParts(parts(part(1), part(1)))).toThrow(
      'part 1/2 is given twice: part0.json and part1.json',
    );
    const other = part(2, { canister: { file: 'upload.wasm', sha256: 'ff' } });
    expect(() => joinParts(parts(part(1), other))).toThrow(/not parts of one gate: another canister/);
    expect(() => joinParts(parts(part(1), part(2, { seed: 2 })))).toThrow(/another seed/);
  });
});

describe('the verdict', () => {
  it('of what is broken comes before a regression, and both before what was not done', () => {
    const exit = (changed: Partial<GateReport>) => GATE_EXIT[gateVerdictOf(part(1, changed))];
    expect(exit({})).toBe(0);
    expect(exit({ ...survived, ...withRegression })).toBe(1);
    expect(exit({ ...withRegression, notDone: ['profile quick'] })).toBe(3);
    expect(exit({ notDone: ['profile quick'] })).toBe(2);
    expect(exit({ interrupted: true, notDone: ['profile quick'] })).toBe(130);
    expect(exit({ interrupted: true, ...survived })).toBe(1);
    expect(exit({ corpus: [{ file: 'a.json', problem: 'it fails again' }] })).toBe(1);
    expect(exit({ comparison: { ...part(1).comparison, gone: ['upload'] } })).toBe(3);
  });

  it('of the whole is the worst of its parts', () => {
    expect(gateVerdictOf(joinParts(parts(part(1, withRegression), part(2))))).toBe('regression');
    expect(gateVerdictOf(joinParts(parts(part(1, withRegression), part(2, survived))))).toBe('violated');
  });
});

describe('a tolerance', () => {
  it('is of a counter or of a counter in a scenario, and adds to those before', () => {
    const first = addTolerance('cycles=2');
    expect(addTolerance('upload 0 B/instructions=0.5%', first)).toEqual({
      cycles: 2,
      'upload 0 B/instructions': 0.5,
    });
  });

  it.each([
    ['cycles', /give counter=percent/],
    ['cycles=-1', /give counter=percent/],
    ['seconds=2', /no counter is called "seconds"; there are calls/],
    ['nothing/cycles=2', /no scenario is called "nothing"/],
  ])('%s is refused with what would do', (text, message) => {
    expect(() => addTolerance(text)).toThrow(message);
  });
});

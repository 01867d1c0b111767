import { expect, it } from 'vitest';
import { gateVerdictOf, type GateReport } from '../reports/documents/gate-report.js';
import { GATE_EXIT } from './gate-exit.js';

function report(changed: Partial<GateReport> = {}): GateReport {
  return {
    formatVersion: 1,
    kind: 'gate',
    tool: { name: 'upload-stress', version: '1.0.0' },
    canister: { file: 'upload.wasm', sha256: 'ab' },
    engine: 'embedded 1',
    startedAt: '2026-01-02T03:04:05.678Z',
    baseline: { file: 'baseline.json', sha256: 'cd', scenarios: {} },
    history: [],
    shard: { index: 1, count: 1 },
    only: ['counters', 'mutants', 'corpus', 'campaign'],
    seed: 1,
    interrupted: false,
    counters: [],
    comparison: { regressions: [], tolerated: [], improvements: [], added: [], gone: [], slower: [] },
    mutants: [{ name: 'canary', killed: true, runs: 1 }],
    corpus: [],
    campaign: { profile: 'quick', runs: 150, planned: 150, unknowns: 0, neverSucceeded: [], findings: [] },
    coverage: null,
    score: null,
    notDone: [],
    durationMs: 1_000,
    environment: { node: 'v20', platform: 'linux x64', cpus: 2, loadAverage: 0 },
    ...changed,
  };
}
const regression = { scenario: 'upload', counter: 'calls', old: 1, new: 2, percent: 100 };
const withRegression = { comparison: { ...report().comparison, regressions: [regression] } };
const survived = { mutants: [{ name: 'canary', killed: false, runs: 300 }] };

it('exits with the code of a broken rule first, then of a regression, of unfinished work, and of too little testing', () => {
  const exit = (changed: Partial<GateReport>) => GATE_EXIT[gateVerdictOf(report(changed))];
  expect(exit({})).toBe(0);
  expect(exit({ ...survived, ...withRegression })).toBe(1);
  expect(exit({ ...withRegression, notDone: ['profile quick'] })).toBe(3);
  expect(exit({ notDone: ['profile quick'] })).toBe(2);
  expect(exit({ interrupted: true, notDone: ['profile quick'] })).toBe(130);
  expect(exit({ interrupted: true, ...survived })).toBe(1);
  expect(exit({ corpus: [{ file: 'a.json', problem: 'it fails again' }] })).toBe(1);
  const untested = { campaign: { ...report().campaign, neverSucceeded: ['abort'] } };
  expect(exit(untested)).toBe(4);
  expect(exit({ ...untested, ...withRegression })).toBe(3);
  const coverage = { reached: 9, total: 20, minPercent: 50, baseline: null, problems: [] };
  expect(exit({ coverage })).toBe(0);
  expect(exit({ coverage: { ...coverage, problems: ['the schedules reach 45.0 %'] } })).toBe(4);
  const score = { file: null, score: 50, mutants: 4, minScore: 60, baseline: null };
  expect(exit({ score: { ...score, problems: ['the score is 50.0 %'] } })).toBe(4);
  expect(exit({ comparison: { ...report().comparison, gone: ['upload'] } })).toBe(3);
});

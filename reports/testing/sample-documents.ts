/** A sample document of each command other than `run`. */
import type { BenchReport, PassedRow } from '../documents/bench-report.js';
import type { DocumentByKind } from '../documents/documents.js';
import { historyEntryOf, type GateCounters, type GateReport } from '../documents/gate-report.js';
import type { MutantResult, MutantsReport } from '../documents/mutants-report.js';
import type { ExploreReport } from '../documents/explore-report.js';
import type { ProbeExperiment, ProbeReport } from '../documents/probe-report.js';
import type { ScalingReport, ScalingSeries } from '../documents/scaling-report.js';
import { sampleCoverageReport, sampleMutation } from './sample-code-reports.js';
import { header, wasm } from './sample-header.js';
import { sampleFinding } from './sample-report.js';

// ---- mutants ----

export function sampleMutant(name: string, changes: Partial<MutantResult> = {}): MutantResult {
  return {
    name,
    description: `description of ${name}`,
    verdict: 'killed',
    runs: 12,
    ms: 80,
    operations: 4,
    contextSwitches: 1,
    shrinkMs: 200,
    checker: 'outcome',
    checkers: { outcome: 2, 'strangers-are-refused': 1 },
    alsoBy: { 'stored-hash': 1 },
    seedsKilled: 3,
    seeds: 3,
    missed: [],
    exampleSuite: { verdict: 'survived', example: null, checker: null, ms: 5 },
    ...changes,
  };
}

export function sampleMutants(changes: Partial<MutantsReport> = {}): MutantsReport {
  const survivor = sampleMutant('expiry-from-begin', {
    verdict: 'survived',
    checkers: {},
    checker: null,
    seedsKilled: 0,
    operations: null,
    contextSwitches: null,
    shrinkMs: null,
    runs: 300,
    missed: [{ seed: 1, refutation: 'it also fails on the correct canister' }],
  });
  return {
    ...header,
    kind: 'mutants',
    wasm: { ...wasm, file: 'canister/wasm/upload-faults.wasm' },
    profile: 'quick',
    seeds: [1, 2, 3],
    budgetMsPerMutant: null,
    interrupted: false,
    neverSucceeded: [],
    mutants: [sampleMutant('canary', { runs: 1 }), sampleMutant('key-ignored', { runs: 90 }), survivor],
    totals: {
      mutants: 3,
      killed: 2,
      survived: 1,
      campaigns: 9,
      kills: 6,
      canaryKilled: true,
      falseAlarms: 1,
      runs: 12,
      ms: 80,
      operations: 4,
      contextSwitches: 1,
      shrinkMs: 200,
      exampleSuiteKilled: 0,
      durationMs: 4_321,
    },
    ...changes,
  };
}

// ---- the gate ----

export function sampleCounters(changes: Partial<GateCounters> = {}): GateCounters {
  return {
    calls: 4,
    messages: 4,
    instructions: 1_000_000,
    argBytes: 500,
    heapPages: 21,
    stablePages: 73,
    cycles: 7_000_000,
    ...changes,
  };
}

/** A gate with a regression and an improvement, after two gates equal to the baseline. */
export function sampleGate(changes: Partial<GateReport> = {}): GateReport {
  const names = ['upload 0 B', 'every chunk twice', 'pause and resume'];
  const scenarios = Object.fromEntries(names.map((name) => [name, sampleCounters()]));
  const now = (scenario: string) =>
    scenario === 'upload 0 B'
      ? sampleCounters({ instructions: 1_100_000, cycles: 6_300_000 })
      : sampleCounters();
  const report: GateReport = {
    ...header,
    kind: 'gate',
    canister: wasm,
    engine: 'embedded 1',
    baseline: { file: 'reports/baseline.json', sha256: 'cd'.repeat(32), scenarios },
    history: [],
    shard: { index: 1, count: 1 },
    only: ['counters', 'mutants', 'corpus', 'campaign'],
    seed: 1,
    interrupted: false,
    counters: names.map((scenario) => ({ scenario, counters: now(scenario), wallMs: 12.5 })),
    comparison: {
      regressions: [
        { scenario: 'upload 0 B', counter: 'instructions', old: 1_000_000, new: 1_100_000, percent: 10 },
      ],
      tolerated: [],
      improvements: [
        { scenario: 'upload 0 B', counter: 'cycles', old: 7_000_000, new: 6_300_000, percent: -10 },
      ],
      added: ['pause and resume'],
      gone: ['50 aborted uploads'],
      slower: [{ scenario: 'every chunk twice', oldMs: 100, newMs: 400 }],
    },
    mutants: [
      { name: 'canary', killed: true, runs: 1 },
      { name: 'key-ignored', killed: false, runs: 300 },
    ],
    corpus: [{ file: 'corpus/lost.json', problem: 'it fails again: what is read back is what was stored' }],
    campaign: {
      profile: 'quick',
      runs: 300,
      planned: 300,
      unknowns: 1,
      neverSucceeded: [],
      findings: [{ checker: 'outcome', rule: 'every answer is allowed', file: 'out/outcome.json' }],
    },
    coverage: null,
    score: null,
    notDone: ['mutant gaps-by-count'],
    ...changes,
  };
  const past = historyEntryOf(
    { ...report, counters: names.map((scenario) => ({ scenario, counters: sampleCounters(), wallMs: 1 })) },
    'ef'.repeat(20),
  );
  return { ...report, history: changes.history ?? [past, { ...past, verdict: 'held', commit: null }] };
}

/** A gate without failures. */
export function sampleGateHeld(changes: Partial<GateReport> = {}): GateReport {
  const report = sampleGate();
  return {
    ...report,
    counters: report.counters.map((each) => ({ ...each, counters: sampleCounters() })),
    comparison: { regressions: [], tolerated: [], improvements: [], added: [], gone: [], slower: [] },
    mutants: report.mutants.map((mutant) => ({ ...mutant, killed: true })),
    corpus: report.corpus.map((each) => ({ ...each, problem: null })),
    campaign: { ...report.campaign, findings: [] },
    notDone: [],
    ...changes,
  };
}

// ---- measurements ----

function passed(chunkSize: number, seconds: readonly number[], calls: number): PassedRow {
  return {
    kind: 'passed',
    chunkSize,
    chunks: calls - 2,
    counters: {
      calls,
      instructions: 285_000_000 + 1_000 * calls,
      argBytes: 3_600_000 + 30 * calls,
      heapGrowth: 0,
      stableGrowth: 4_194_304,
      cycles: 7_500_000_000,
    },
    instructionsPerByte: 79.2,
    instructionsPerCall: 285_000_000 / calls,
    network: seconds.map((each, i) => ({ inFlight: i === 0 ? 1 : 4, rounds: each, seconds: each })),
    wall: { medianMs: 10 + calls / 10, spreadPercent: 12, samples: 5 },
  };
}

export function sampleBench(changes: Partial<BenchReport['chunkSizes']> = {}): BenchReport {
  return {
    ...header,
    kind: 'bench',
    isInterrupted: false,
    wasm,
    chunkSizes: {
      replica: { name: 'embedded', version: '1' },
      fileSize: 3_600_000,
      blockSeconds: 1,
      parallel: [1, 4],
      rows: [
        passed(65_536, [114, 32], 57),
        passed(262_144, [32, 12], 16),
        passed(1_000_000, [12, 6], 6),
        passed(1_800_000, [8, 6], 4),
        {
          kind: 'refused',
          chunkSize: 2_097_152,
          chunks: 2,
          at: 'put 0',
          errorCode: 'IC0503',
          text: 'it is too large',
        },
      ],
      best: 1_800_000,
      knee: 262_144,
      ...changes,
    },
  };
}

function series(name: string, unit: ScalingSeries['unit'], xs: readonly number[]): ScalingSeries {
  return {
    name,
    unit,
    points: xs.map((x) => ({ x, instructions: 80 * x, wallMs: x / 1_000_000 })),
    fit: { instructions: { exponent: 1, r2: 1 }, wallMs: { exponent: 1, r2: 0.98 } },
  };
}

export function sampleScaling(changes: Partial<ScalingReport> = {}): ScalingReport {
  return {
    ...header,
    kind: 'scaling',
    isInterrupted: false,
    wasm,
    series: [
      series('upload', 'bytes', [25_000_000, 50_000_000, 100_000_000]),
      series('open them', 'sessions', [10, 100, 1_000]),
      series('clean up, expired', 'sessions', [10, 100, 1_000]),
    ],
    speed: [
      { name: 'a schedule of ten calls', medianMs: 0.6, spreadPercent: 2, samples: 1_400, perSecond: 1_600 },
    ],
    ...changes,
  };
}

export function sampleExperiment(name: string, changes: Partial<ProbeExperiment> = {}): ProbeExperiment {
  return {
    name,
    tried: `What ${name} tries.`,
    observed: 'accepted; the file is right',
    lacks: null,
    promise: { field: 'chunkOrder', value: 'any' },
    promised: null,
    dangerous: false,
    evidence: [{ run: 1, call: 'put A[1]', answer: 'Ok' }],
    ...changes,
  };
}

export function sampleProbe(changes: Partial<ProbeReport> = {}): ProbeReport {
  return {
    ...header,
    kind: 'probe',
    wasm: { ...wasm, fault: null },
    target: 'upload',
    replica: { name: 'embedded', version: '1' },
    interrupted: false,
    experiments: [
      sampleExperiment('chunks-out-of-order'),
      sampleExperiment('stranger-puts', {
        observed: "the stranger's put is accepted",
        promise: { field: 'access.put', value: 'anyone' },
        promised: 'owner',
        dangerous: true,
      }),
      sampleExperiment('stranger-aborts', {
        observed: null,
        lacks: 'the interface has no abort',
        promise: null,
        evidence: [],
      }),
    ],
    promises: [{ field: 'chunkOrder', value: 'any' }],
    ...changes,
  };
}

const sampleCoverage = {
  complete: true,
  orders: 20,
  executed: 12,
  states: 40,
  messages: 6,
  givenUp: 0,
  failing: 3,
};

export function sampleExplore(changes: Partial<ExploreReport> = {}): ExploreReport {
  return {
    ...header,
    kind: 'explore',
    confirmation: { replica: null, reason: 'no PocketIC server was found' },
    wasm: { ...wasm, fault: null },
    target: 'upload',
    replica: { name: 'embedded', version: '1' },
    workload: 'two-finishes',
    strategy: 'depth-first',
    seed: 1,
    ...sampleCoverage,
    boundedBy: null,
    verdict: 'invalid',
    unknowns: 0,
    interrupted: false,
    findings: [
      {
        ...sampleFinding,
        workload: 'two-finishes',
        choice: {
          before: ['lane 0: begin A'],
          failing: ['lane 1: finish A', 'lane 0: put A[0]'],
          passing: ['lane 0: put A[0]', 'lane 1: finish A'],
          tried: 2,
        },
      },
    ],
    seconds: 0.5,
    workloads: [{ name: 'two-finishes', lanes: [['begin A', 'put A[0]'], ['finish A']], ...sampleCoverage }],
    ...changes,
  };
}

export function sampleDocuments(): Omit<DocumentByKind, 'run'> {
  return {
    mutants: sampleMutants(),
    gate: sampleGate(),
    bench: sampleBench(),
    scaling: sampleScaling(),
    probe: sampleProbe(),
    explore: sampleExplore(),
    coverage: sampleCoverageReport(),
    mutation: sampleMutation(),
  };
}

import type { Schedule } from '../../model/schedule.js';
import type { HistoryEvent } from '../../harness/history/history.js';
import { measurementsOf, RunSeries } from '../documents/run-series.js';
import type { Finding, RunReport } from '../documents/run-report.js';

const sampleSchedule: Schedule = {
  version: 1,
  limits: { chunkSize: 64 },
  callers: 1,
  files: [{ name: 'a.bin', bytes: 100, content: { kind: 'random', seed: 1 } }],
  steps: [],
};

export const sampleFinding: Finding = {
  file: 'reports/out/counterexamples/outcome.json',
  notSaved: null,
  checker: 'stored-hash',
  rule: 'what is read back hashes to what was stored',
  fingerprint:
    'fact/stored-hash: read answers a wrong content instead of the right content [chunks out of order]',
  severity: 'bytes lost or wrong',
  signs: ['read answers a wrong content instead of the right content'],
  expected: 'SHA-256 ab…',
  seen: 'SHA-256 cd…',
  operations: 4,
  contextSwitches: 0,
  stepsBefore: 31,
  runIndex: 12,
  steps: ['1  lane 0  begin A', '2  lane 0  put A[1]'],
  isMinimal: true,
  schedule: sampleSchedule,
  original: null,
  course: null,
  replay: 'upload-stress replay reports/out/counterexamples/outcome.json',
  confirmed: null,
};

export function sampleReport(changes: Partial<RunReport> = {}): RunReport {
  return {
    formatVersion: 1,
    kind: 'run',
    tool: { name: 'upload-stress', version: '0.1.0' },
    verdict: 'valid',
    interrupted: false,
    runs: 100,
    seed: 42,
    profile: 'default',
    target: 'upload',
    wasm: { file: 'canister/wasm/upload.wasm', sha256: 'ab'.repeat(32), fault: null },
    replica: 'embedded',
    replicas: [{ name: 'embedded', version: '0.1.0' }],
    confirmation: { replica: null, reason: 'no PocketIC server found', validSampled: 0, validAgreed: 0 },
    startedAt: '2026-01-02T03:04:05.678Z',
    durationMs: 1234,
    schedulesPerSecond: 81,
    workers: 2,
    digest: 'd1'.repeat(32),
    guidance: null,
    operations: { begin: 200, put: 600 },
    unknowns: 0,
    unknownRuns: [],
    unknownReason: null,
    overdue: null,
    determinismChecks: 2,
    relations: { runs: 3, skipped: [] },
    userFile: null,
    neverSucceeded: [],
    memory: { heapBytesPeak: 1_179_648, stableBytesPeak: 8_388_608 },
    states: {},
    series: [],
    counterexamples: [],
    accepted: [],
    acceptedNotSeen: [],
    trend: null,
    environment: { node: 'v20.19.0', platform: 'linux x64', cpus: 2, loadAverage: 0.1 },
    ...changes,
  };
}

/** The series of `runs` runs with a growing heap and varying instructions. */
export function sampleSeries(runs: number): RunReport['series'] {
  const series = new RunSeries();
  for (let run = 0; run < runs; run++) {
    const events = [
      { type: 'metrics', heapBytes: 1_376_256 + 64 * run, stableBytes: 4_784_128 },
      { type: 'delivered', instructions: 600_000 + ((run * 7_919) % 100_000) },
      { type: 'message', instructions: 2_000_000 + ((run * 104_729) % 3_000_000) },
    ];
    series.add(measurementsOf({ events: events as unknown as HistoryEvent[] }));
  }
  return series.points();
}

/** Collects the messages of the gate's worker into a report, complete or cut short. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { COVERAGE_FORMAT_VERSION, type CoverageReport } from '../../reports/documents/coverage-report.js';
import type { ReportDocument } from '../../reports/documents/documents.js';
import {
  GATE_FORMAT_VERSION,
  gateVerdictOf,
  type Comparison,
  type GatePart,
  type GateReport,
  type GateScore,
  type HistoryEntry,
} from '../../reports/documents/gate-report.js';
import type { MutationReport } from '../../reports/documents/mutation-report.js';
import { SCENARIOS } from '../benchmark/counters.js';
import { environmentNow } from '../environment.js';
import type { Baseline, Measured } from './baseline.js';
import { compare, type Tolerances } from './compare.js';
import { GATE_PROFILE, type GateJob, type GateMessage } from './job.js';
import { coverageVerdict, scoreVerdict, type GateLimits } from './limits.js';
import type { Shard } from './shard.js';

/** The parts of the report that do not come from the worker. */
export interface GateHeader {
  /** Version of this program. */
  readonly version: string;
  readonly shard: Shard;
  readonly only: readonly GatePart[];
  readonly tolerances: Tolerances;
  /** Undefined with `--update`. */
  readonly baseline: { readonly path: string; readonly content: Baseline } | undefined;
  /** Earlier gates, oldest first. */
  readonly history: readonly HistoryEntry[];
  readonly limits: GateLimits;
}

const NO_COMPARISON: Comparison = {
  regressions: [],
  tolerated: [],
  improvements: [],
  added: [],
  gone: [],
  slower: [],
};

export class GateRecord {
  readonly #job: GateJob;
  readonly #header: GateHeader;
  readonly #started: Date;
  readonly #measured: Measured[] = [];
  readonly #mutants: GateReport['mutants'][number][] = [];
  readonly #corpus: GateReport['corpus'][number][] = [];
  readonly #findings: GateReport['campaign']['findings'][number][] = [];
  #campaign: Pick<GateReport['campaign'], 'runs' | 'unknowns' | 'neverSucceeded'> = {
    runs: 0,
    unknowns: 0,
    neverSucceeded: [],
  };
  #coverage: Extract<GateMessage, { readonly type: 'coverage' }> | undefined;
  #mutation: MutationReport | undefined;
  #engine = 'not started';

  constructor(job: GateJob, header: GateHeader, started: Date) {
    this.#job = job;
    this.#header = header;
    this.#started = started;
  }

  take(message: GateMessage): void {
    switch (message.type) {
      case 'started':
        this.#engine = message.engine;
        break;
      case 'counted':
        this.#measured.push({
          scenario: message.scenario,
          counters: message.counters,
          wallMs: message.wallMs,
        });
        break;
      case 'mutant':
        this.#mutants.push({ name: message.name, killed: message.killed, runs: message.runs });
        break;
      case 'corpus':
        this.#corpus.push({ file: message.file, problem: message.problem });
        break;
      case 'finding':
        this.#findings.push({ checker: message.checker, rule: message.rule, file: message.file });
        break;
      case 'campaign': {
        const { runs, unknowns, neverSucceeded } = message;
        this.#campaign = { runs, unknowns, neverSucceeded };
        break;
      }
      case 'coverage':
        this.#coverage = message;
        break;
      case 'progress':
        break;
    }
  }

  takeMutation(report: MutationReport | undefined): void {
    this.#mutation = report;
  }

  /** Whether something is broken. */
  get isViolated(): boolean {
    return gateVerdictOf(this.report(0, false)) === 'violated';
  }

  /** The documents beside the report: coverage and mutants, if the gate measured them. */
  documents(report: GateReport): readonly ReportDocument[] {
    const coverage = this.#coverageReport(report);
    return [coverage, this.#mutation].filter((document) => document !== undefined);
  }

  #coverageReport({ tool, canister, startedAt, durationMs, environment }: Omit<GateReport, 'coverage'>) {
    if (this.#coverage === undefined) return undefined;
    const { target, modules } = this.#coverage;
    const { seed } = this.#job;
    const report: CoverageReport = {
      formatVersion: COVERAGE_FORMAT_VERSION,
      kind: 'coverage',
      ...{ tool, target, seed, startedAt, durationMs, environment },
      wasm: { ...canister, fault: null },
      profile: GATE_PROFILE,
      runs: this.#campaign.runs,
      interrupted: false,
      modules: [...modules],
    };
    return report;
  }

  report(durationMs: number, wasStopped: boolean): GateReport {
    const { version, shard, only, baseline, history } = this.#header;
    const { subject, seed, runs } = this.#job;
    const report: GateReport = {
      formatVersion: GATE_FORMAT_VERSION,
      kind: 'gate',
      tool: { name: 'upload-stress', version },
      canister: { file: subject.wasmLabel, sha256: subject.wasmSha256 },
      engine: this.#engine,
      startedAt: this.#started.toISOString(),
      baseline: baseline === undefined ? null : reportedBaseline(baseline),
      history,
      shard: { ...shard },
      only: [...only],
      seed,
      interrupted: wasStopped,
      counters: [...this.#measured],
      comparison: this.#comparison(),
      mutants: this.#mutants,
      corpus: this.#corpus,
      campaign: { profile: GATE_PROFILE, planned: runs, ...this.#campaign, findings: this.#findings },
      coverage: null,
      score: this.#score(),
      notDone: this.#notDone(),
      durationMs: Math.round(durationMs),
      environment: environmentNow(),
    };
    const measured = this.#coverageReport(report);
    const { coverage } = this.#header.limits;
    return measured && coverage ? { ...report, coverage: coverageVerdict(measured, coverage) } : report;
  }

  #score(): GateScore | null {
    const { score } = this.#header.limits;
    const judged = score?.given?.report ?? this.#mutation;
    // The score of a part of the sample depends on the time.
    return score === undefined || judged === undefined || this.#isScoreCut
      ? null
      : scoreVerdict(judged, score);
  }

  get #isScoreCut(): boolean {
    return this.#mutation !== undefined && this.#mutation.mutants.length < this.#mutation.sample;
  }

  #comparison(): Comparison {
    const { baseline, tolerances } = this.#header;
    if (baseline === undefined) return NO_COMPARISON;
    return compare({
      baseline: baseline.content,
      measured: this.#measured,
      tolerances,
      isExpected: (scenario) => this.#isExpected(scenario),
    });
  }

  /**
   * Whether this shard must have measured the scenario of the baseline. A scenario that was planned but not reached is reported as not
   * done, not as gone. The first shard answers for scenarios that the program no longer has.
   */
  #isExpected(scenario: string): boolean {
    const { only, shard } = this.#header;
    if (!only.includes('counters')) return false;
    if (this.#job.scenarios.includes(scenario)) return this.#hasMeasured(scenario);
    return shard.index === 1 && !SCENARIOS.some(({ name }) => name === scenario);
  }

  #scoreNotDone(): string[] {
    if (this.#mutation === undefined) return ['score'];
    const { mutants, sample } = this.#mutation;
    return this.#isScoreCut ? [`score, ${sample - mutants.length} of ${sample} mutants`] : [];
  }

  #hasMeasured(scenario: string): boolean {
    return this.#measured.some((each) => each.scenario === scenario);
  }

  #notDone(): string[] {
    const { scenarios, mutants, corpus, runs, hasCoverage, scoreSample } = this.#job;
    const tried = new Set(this.#mutants.map(({ name }) => name));
    const replayed = new Set(this.#corpus.map(({ file }) => file));
    const hasCampaign = runs === 0 || this.#campaign.runs > 0 || this.#findings.length > 0;
    return [
      ...scenarios.filter((name) => !this.#hasMeasured(name)).map((name) => `counters, ${name}`),
      ...mutants.filter((name) => !tried.has(name)).map((name) => `mutant ${name}`),
      ...corpus.filter((file) => !replayed.has(file)).map((file) => `corpus ${file}`),
      ...(hasCampaign ? [] : [`profile ${GATE_PROFILE}`]),
      ...(hasCoverage && this.#coverage === undefined ? ['coverage of all schedules'] : []),
      ...(scoreSample === undefined ? [] : this.#scoreNotDone()),
    ];
  }
}

function reportedBaseline({ path, content }: NonNullable<GateHeader['baseline']>): GateReport['baseline'] {
  return {
    file: path,
    sha256: createHash('sha256').update(readFileSync(path)).digest('hex'),
    scenarios: Object.fromEntries(
      Object.entries(content.scenarios).map(([name, { counters }]) => [name, counters]),
    ),
  };
}

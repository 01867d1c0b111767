/** Gathers what the gate's worker tells and makes the result of it, complete or cut short. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { environmentNow } from '../environment.js';
import type { Baseline, Measured } from './baseline.js';
import {
  GATE_FORMAT_VERSION,
  type Comparison,
  type GatePart,
  type GateReport,
  type HistoryEntry,
} from '../../reports/documents/gate-report.js';
import { compare, type Tolerances } from './compare.js';
import { GATE_PROFILE, type GateJob, type GateMessage } from './job.js';
import type { Shard } from './shard.js';

export interface GateHeader {
  readonly job: GateJob;
  readonly version: string;
  readonly shard: Shard;
  readonly only: readonly GatePart[];
  readonly tolerances: Tolerances;
  /** Undefined with --update. */
  readonly baseline: { readonly path: string; readonly content: Baseline } | undefined;
  /** Earlier gates, oldest first. */
  readonly history: readonly HistoryEntry[];
  readonly started: Date;
  /** Scenarios of the baseline that this part answers for. */
  readonly isMine: (scenario: string) => boolean;
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
  readonly #header: GateHeader;
  readonly #measured: Measured[] = [];
  readonly #mutants: GateReport['mutants'][number][] = [];
  readonly #corpus: GateReport['corpus'][number][] = [];
  readonly #findings: GateReport['campaign']['findings'][number][] = [];
  #campaign = { runs: 0, unknowns: 0 };
  engine = 'not started';
  /** Why it could not be done; one line. */
  unusable: string | undefined;
  interrupted = false;

  constructor(header: GateHeader) {
    this.#header = header;
  }

  get measured(): readonly Measured[] {
    return this.#measured;
  }

  take(message: GateMessage): void {
    switch (message.type) {
      case 'started':
        this.engine = message.engine;
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
      case 'campaign':
        this.#campaign = { runs: message.runs, unknowns: message.unknowns };
        break;
      case 'unusable':
        this.unusable = message.line;
        break;
      case 'progress':
        break;
    }
  }

  result(durationMs: number): GateReport {
    const { job, version, shard, only, baseline, history, started } = this.#header;
    const { subject, seed, runs } = job;
    return {
      formatVersion: GATE_FORMAT_VERSION,
      kind: 'gate',
      tool: { name: 'upload-stress', version },
      canister: { file: subject.wasmLabel, sha256: subject.wasmSha256 },
      engine: this.engine,
      startedAt: started.toISOString(),
      baseline: baseline === undefined ? null : reportedBaseline(baseline),
      history,
      shard: { ...shard },
      only: [...only],
      seed,
      interrupted: this.interrupted,
      counters: [...this.#measured],
      comparison: this.#compared(),
      mutants: this.#mutants,
      corpus: this.#corpus,
      campaign: { profile: GATE_PROFILE, planned: runs, ...this.#campaign, findings: this.#findings },
      notDone: this.#notDone(),
      durationMs: Math.round(durationMs),
      environment: environmentNow(),
    };
  }

  #compared(): Comparison {
    const { baseline, tolerances, isMine, job } = this.#header;
    if (baseline === undefined) return NO_COMPARISON;
    const measured = this.#measured;
    // What was planned and not done is named as such, and is not gone.
    const isDone = (scenario: string) =>
      !job.scenarios.includes(scenario) || measured.some((each) => each.scenario === scenario);
    return compare({
      baseline: baseline.content,
      measured,
      tolerances,
      isMine: (scenario) => isMine(scenario) && isDone(scenario),
    });
  }

  #notDone(): string[] {
    const { scenarios, mutants, corpus, runs } = this.#header.job;
    const counted = new Set(this.#measured.map(({ scenario }) => scenario));
    const hunted = new Set(this.#mutants.map(({ name }) => name));
    const checked = new Set(this.#corpus.map(({ file }) => file));
    return [
      ...scenarios.filter((name) => !counted.has(name)).map((name) => `counters, ${name}`),
      ...mutants.filter((name) => !hunted.has(name)).map((name) => `mutant ${name}`),
      ...corpus.filter((file) => !checked.has(file)).map((file) => `corpus ${file}`),
      ...(runs > 0 && this.#campaign.runs === 0 && this.#findings.length === 0
        ? [`profile ${GATE_PROFILE}`]
        : []),
    ];
  }
}

const sha256Of = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

function reportedBaseline({ path, content }: NonNullable<GateHeader['baseline']>): GateReport['baseline'] {
  return {
    file: path,
    sha256: sha256Of(path),
    scenarios: Object.fromEntries(
      Object.entries(content.scenarios).map(([name, { counters }]) => [name, counters]),
    ),
  };
}

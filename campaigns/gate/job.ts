/** The messages between the command `gate` and its worker thread. Plain data. */
import type { WorkerCount } from '../parallel/parallel-runs.js';
import type { SubjectSpec } from '../subject/subject.js';
import type { CoveredModule } from '../../reports/documents/coverage-report.js';
import type { Measured } from './baseline.js';

export interface GateJob {
  readonly subject: SubjectSpec;
  /** Names of the scenarios to count. */
  readonly scenarios: readonly string[];
  /** Names of the seeded faults that campaigns must find. */
  readonly mutants: readonly string[];
  /** The module with the seeded faults and its SHA-256 in hex; undefined if the user's own canister is tested. */
  readonly faults: { readonly wasm: Uint8Array; readonly sha256: string } | undefined;
  /** Paths of the counterexamples to replay. */
  readonly corpus: readonly string[];
  readonly seed: number;
  /** Index of the first schedule of the campaign. */
  readonly firstRun: number;
  /** Number of schedules of the campaign. */
  readonly runs: number;
  /** Whether the campaign measures coverage. */
  readonly hasCoverage: boolean;
  /** Number of mutants to run for the score; undefined: none. */
  readonly scoreSample: number | undefined;
  /** Names of layers, rules, and relations to judge; undefined: all that apply. */
  readonly rules: readonly string[] | undefined;
  /** Milliseconds for the whole job. */
  readonly budgetMs: number;
  /** Number of threads that execute the schedules of the campaign. */
  readonly workers: WorkerCount;
  /** Folder in which the worker saves new counterexamples. */
  readonly findingsFolder: string;
}

export type GateMessage =
  | { readonly type: 'started'; readonly engine: string }
  | { readonly type: 'progress'; readonly text: string; readonly secondsLeft: number }
  | ({ readonly type: 'counted' } & Measured)
  | { readonly type: 'mutant'; readonly name: string; readonly killed: boolean; readonly runs: number }
  /** `problem` is null if the past failure does not come back. */
  | { readonly type: 'corpus'; readonly file: string; readonly problem: string | null }
  | {
      readonly type: 'finding';
      readonly checker: string;
      readonly rule: string;
      /** Path of the counterexample; null if it was not saved. */
      readonly file: string | null;
    }
  /** Sent only if the campaign ran all of its schedules. */
  | { readonly type: 'coverage'; readonly target: string; readonly modules: readonly CoveredModule[] }
  | {
      readonly type: 'campaign';
      readonly runs: number;
      readonly unknowns: number;
      readonly neverSucceeded: readonly string[];
    };

/** The profile of the gate's campaigns: 300 small schedules, a few seconds. */
export const GATE_PROFILE = 'quick';

/**
 * The mutants that the gate must kill: one fault of each kind, each found by the profile `quick` within a few schedules. The canary
 * comes first, because a suite that misses it finds nothing.
 */
export const SMOKE_MUTANTS = [
  'canary',
  'hash-in-arrival-order',
  'hash-not-compared',
  'cancelled-finishes',
  'key-ignored',
  'sessions-lost-on-upgrade',
  'gaps-by-count',
] as const;

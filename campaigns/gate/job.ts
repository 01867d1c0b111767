/** What goes between `gate` and its worker thread. Plain data. */
import type { SubjectSpec } from '../subject/subject.js';
import type { Measured } from './baseline.js';

export interface GateJob {
  readonly subject: SubjectSpec;
  /** Names of the scenarios to count. */
  readonly scenarios: readonly string[];
  /** Names of the seeded faults that must be found; none without a build that has them. */
  readonly mutants: readonly string[];
  /** The faults build of the built-in canister, and its SHA-256; undefined for a canister of the user's. */
  readonly faults: { readonly wasm: Uint8Array; readonly sha256: string } | undefined;
  /** Paths of counterexamples. */
  readonly corpus: readonly string[];
  readonly seed: number;
  readonly firstRun: number;
  readonly runs: number;
  /** Milliseconds for all of it. */
  readonly budgetMs: number;
  /** Where new counterexamples go. */
  readonly findingsFolder: string;
}

export type GateMessage =
  | { readonly type: 'started'; readonly engine: string }
  | { readonly type: 'progress'; readonly text: string; readonly secondsLeft: number }
  | ({ readonly type: 'counted' } & Measured)
  | { readonly type: 'mutant'; readonly name: string; readonly killed: boolean; readonly runs: number }
  | { readonly type: 'corpus'; readonly file: string; readonly problem: string | null }
  | {
      readonly type: 'finding';
      readonly checker: string;
      readonly rule: string;
      readonly file: string | null;
    }
  | { readonly type: 'campaign'; readonly runs: number; readonly unknowns: number }
  /** The work cannot be done; one line. */
  | { readonly type: 'unusable'; readonly line: string };

/** Profile of the gate's campaigns: a first answer in seconds. */
export const GATE_PROFILE = 'quick';

/**
 * The smoke set: one defect of each kind, each found by the quick profile within a few schedules. The canary comes first: a suite that
 * misses it finds nothing.
 */
export const SMOKE_MUTANTS = [
  ...(['canary', 'hash-in-arrival-order', 'hash-not-compared', 'cancelled-finishes'] as const),
  ...(['key-ignored', 'sessions-lost-on-upgrade', 'gaps-by-count'] as const),
] as const;

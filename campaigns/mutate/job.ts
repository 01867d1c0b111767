/** The messages between the command `mutate` and its worker threads. Plain data. */
import type { ProfileName } from '../../generators/profile.js';
import type { Mutant } from '../../replicas/embedded/mutation/find-mutants.js';
import type { MutantState } from '../../reports/documents/mutation-report.js';
import type { SubjectSpec } from '../subject/subject.js';

export interface MutateSettings {
  readonly subject: SubjectSpec;
  readonly profile: ProfileName;
  /** Seed of the schedules and of the sample. */
  readonly seed: number;
  /** Number of schedules. */
  readonly runs: number;
  /** Names of layers, rules, and relations to judge; undefined: all that apply. */
  readonly rules: readonly string[] | undefined;
  /** Number of mutants to run; undefined: all. */
  readonly sample: number | undefined;
  /** If set, only functions are mutated that differ from those of this module. */
  readonly since: Uint8Array | undefined;
}

/** What a schedule does on the module without a change. */
export interface BaselineRun {
  /** Hash of everything that can be observed, without instruction counts. */
  readonly behavior: string;
  /** Fingerprints of the violations. A mutant is not killed by them. */
  readonly violations: readonly string[];
}

/** A mutant, and the indices of the schedules that reach its block. */
export interface PlannedMutant {
  readonly mutant: Mutant;
  readonly schedules: readonly number[];
  /** Source line as `path:line`, if the module has debug information. */
  readonly location: string | null;
}

export interface MutatedFunction {
  readonly index: number;
  readonly name: string | null;
  readonly exports: readonly string[];
  /** A digest of its code, the same wherever the function is in a module. */
  readonly body: string;
}

/** The result of the first thread. */
export interface MutationPlan {
  readonly baseline: readonly BaselineRun[];
  /** A message that executes more instructions has not ended in time. */
  readonly instructionsMax: number;
  readonly mutants: readonly PlannedMutant[];
  /** The functions of these mutants. */
  readonly functions: readonly MutatedFunction[];
  /** Number of mutants of all functions that the schedules reach, and of those in blocks that they reach. */
  readonly candidates: number;
  readonly candidatesReached: number;
  readonly functionsReached: number;
}

export interface PlanJob {
  readonly kind: 'plan';
  readonly settings: MutateSettings;
}

export interface TrialJob {
  readonly kind: 'trials';
  readonly settings: MutateSettings;
  readonly plan: Pick<MutationPlan, 'baseline' | 'instructionsMax'>;
  /** All mutants to run. Each thread takes the next one that is free. */
  readonly mutants: readonly PlannedMutant[];
  /** One Int32, shared by the threads: the index of the next mutant. */
  readonly next: SharedArrayBuffer;
}

export type MutateJob = PlanJob | TrialJob;

export interface MutantTrial {
  readonly id: string;
  readonly state: MutantState;
  /** Fingerprint of the first violation, or why the module cannot be used. */
  readonly killedBy: string | null;
  /** Number of schedules that ran. */
  readonly runs: number;
  readonly ms: number;
}

export type MutateMessage =
  | { readonly type: 'baseline'; readonly runs: number }
  | { readonly type: 'plan'; readonly plan: MutationPlan }
  | { readonly type: 'trial'; readonly trial: MutantTrial };

/** The messages between the command `mutants` and its worker threads. Plain data. */
import type { ProfileName } from '../../generators/profile.js';
import type { OperationCounts } from '../campaign/operation-tally.js';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';

export type Task =
  /** A campaign on a mutant with one seed. */
  | { readonly kind: 'campaign'; readonly mutant: string; readonly seed: number }
  /** The example-based suite on a mutant. */
  | { readonly kind: 'examples'; readonly mutant: string };

export interface MutantsJob {
  /** All tasks. Each thread takes the next one that is free. */
  readonly tasks: readonly Task[];
  /** One Int32, shared by the threads: the index of the next task. */
  readonly next: SharedArrayBuffer;
  /** Module that exports the target; `undefined`: the built-in target. */
  readonly targetModule: string | undefined;
  /** The module with the seeded faults, and its SHA-256 in hex. */
  readonly faultsWasm: Uint8Array;
  readonly faultsWasmSha256: string;
  /** The module without faults. A counterexample must pass on it. */
  readonly correctWasm: Uint8Array;
  /** Names of layers, rules, and relations to judge; undefined: all that apply. */
  readonly rules: readonly string[] | undefined;
  readonly profile: ProfileName;
  /** Milliseconds per campaign; undefined: the number of schedules of the profile. */
  readonly budgetMs: number | undefined;
}

/** The result of one campaign on a mutant. */
export interface Trial {
  readonly mutant: string;
  readonly seed: number;
  /** Number of schedules up to the one that failed, or all of them. */
  readonly runs: number;
  /** Milliseconds up to the failure, or of the whole campaign; without shrinking. */
  readonly ms: number;
  readonly kill: Kill | undefined;
  /** Which operations succeeded in the campaign. */
  readonly operations: OperationCounts;
  /** Why the finding does not count as a kill. */
  readonly refutation: string | undefined;
}

export interface Kill {
  readonly shrinkMs: number;
  /** Number of schedules executed to shrink the finding. */
  readonly executions: number;
  readonly operations: number;
  readonly contextSwitches: number;
  readonly counterexample: Counterexample;
  /** Other checkers that reject the shrunk schedule too. */
  readonly alsoBy: readonly string[];
}

/** The result of the example-based suite on a mutant. */
export interface ExamplesTrial {
  readonly mutant: string;
  readonly ms: number;
  /** The first example that fails, and the checker that rejects it. */
  readonly kill: { readonly example: string; readonly checker: string } | undefined;
}

export type MutantsMessage =
  | { readonly type: 'trial'; readonly trial: Trial }
  | { readonly type: 'examples'; readonly trial: ExamplesTrial };

/** What goes between `mutants` and its worker threads. Plain data. */
import type { ProfileName } from '../../generators/profile.js';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';

export type Task =
  /** A campaign on a mutant, from one seed. */
  | { readonly kind: 'campaign'; readonly mutant: string; readonly seed: number }
  /** The example-based suite on a mutant. */
  | { readonly kind: 'examples'; readonly mutant: string };

export interface MutantsJob {
  /** All tasks; each thread takes the next one that nobody has taken. */
  readonly tasks: readonly Task[];
  /** One Int32: the index of the next task, shared by the threads. */
  readonly next: SharedArrayBuffer;
  /** The build with the seeded faults, and its SHA-256, hex. */
  readonly faultsWasm: Uint8Array;
  readonly faultsWasmSha256: string;
  /** The production build: a counterexample must pass on it. */
  readonly correctWasm: Uint8Array;
  readonly profile: ProfileName;
  /** Milliseconds of one campaign; undefined: as many runs as the profile says. */
  readonly budgetMs: number | undefined;
}

/** One campaign on a mutant. */
export interface Trial {
  readonly mutant: string;
  readonly seed: number;
  /** Schedules run up to the one that failed, or in all. */
  readonly runs: number;
  /** Up to the run that failed, or in all; without shrinking. */
  readonly ms: number;
  readonly kill: Kill | undefined;
  /** Why what was found does not count as a kill. */
  readonly refutation: string | undefined;
}

export interface Kill {
  readonly shrinkMs: number;
  /** Schedules executed to shrink it. */
  readonly executions: number;
  readonly operations: number;
  readonly contextSwitches: number;
  readonly counterexample: Counterexample;
  /** Checkers that object to the shrunk run besides the one that it is about. */
  readonly alsoBy: readonly string[];
}

/** The example-based suite on a mutant. */
export interface ExamplesTrial {
  readonly mutant: string;
  readonly ms: number;
  /** The first example that fails, and by which checker. */
  readonly kill: { readonly example: string; readonly checker: string } | undefined;
}

export type MutantsMessage =
  | { readonly type: 'trial'; readonly trial: Trial }
  | { readonly type: 'examples'; readonly trial: ExamplesTrial }
  /** The work cannot be done; one line. */
  | { readonly type: 'unusable'; readonly line: string };

/** What an experiment is: a few calls on a fresh canister, and what they show. */
import type { Target } from '../../targets/target.js';
import type { Lab } from './lab.js';
import type { PromiseField, PromiseValue } from './promise-fields.js';

export interface Experiment {
  /** Kebab case; `--evidence NAME` selects it. */
  readonly name: string;
  /** What is tried, as a sentence. */
  readonly tried: string;
  /** Why the interface has nothing to try; `undefined` if it has. */
  readonly lacks?: (target: Target) => string | undefined;
  readonly run: (lab: Lab) => Promise<Observation>;
}

export interface Observation {
  /** What the canister does, in one or two sentences. */
  readonly observed: string;
  /** The promise about which the experiment says something. */
  readonly suggests?: Suggestion | undefined;
  /** Whether a user can lose bytes, or a stranger can change something. */
  readonly isDangerous?: boolean;
}

export interface Suggestion {
  readonly field: PromiseField;
  /** `undefined`: none of the values of this promise holds. */
  readonly value: PromiseValue | undefined;
}

/**
 * Golden steps that the embedded engine does not reproduce, each with the reason. The tests fail if a listed step matches, so that the
 * list stays current.
 */
import type { GoldenTraceName } from './golden-step.js';

export interface ExpectedFailure {
  readonly trace: GoldenTraceName;
  /** Index of the step in its trace. */
  readonly index: number;
  readonly reason: string;
}

export const EXPECTED_FAILURES: readonly ExpectedFailure[] = [];

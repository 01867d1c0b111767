/**
 * Golden steps that the embedded engine is known to miss, each with the reason. A step that matches although it is listed here fails
 * the suite, so the list cannot outlive its causes.
 */
import type { GoldenTraceName } from './golden-step.js';

export interface ExpectedFailure {
  readonly trace: GoldenTraceName;
  /** Index of the step in its trace. */
  readonly index: number;
  readonly reason: string;
}

export const EXPECTED_FAILURES: readonly ExpectedFailure[] = [];

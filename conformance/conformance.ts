/** How much of the golden traces the embedded engine meets. `golden.test.ts` keeps the numbers true. */
import { EXPECTED_FAILURES } from './expected-failures.js';

/** Steps in all seven traces. */
export const GOLDEN_STEPS = 401;

export interface Conformance {
  readonly steps: number;
  readonly met: number;
  readonly expectedFailures: number;
}

export const CONFORMANCE: Conformance = {
  steps: GOLDEN_STEPS,
  met: GOLDEN_STEPS - EXPECTED_FAILURES.length,
  expectedFailures: EXPECTED_FAILURES.length,
};

/** How many golden steps the embedded engine reproduces. `golden.test.ts` checks the numbers. */
import { EXPECTED_FAILURES } from './expected-failures.js';

/** Number of steps in all seven traces. */
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

/** How much of the recorded behaviour the embedded engine reproduces. `golden.test.ts` and `exchanges.test.ts` check the numbers. */
import { EXPECTED_FAILURES } from './expected-failures.js';
import { readExpectedDifferences } from './exchanges/expected-differences.js';
import { exchangeTraceNames } from './exchanges/trace-files.js';

/** Number of steps in all seven traces of the first batch. */
export const GOLDEN_STEPS = 401;
/** Number of exchanges in all 17 traces of the second batch. */
const GOLDEN_EXCHANGES = 10_997;

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

/** The second batch. */
export interface ExchangeConformance {
  readonly exchanges: number;
  readonly met: number;
  readonly expectedDifferences: number;
}

export function readExchangeConformance(): ExchangeConformance {
  const expected = exchangeTraceNames().reduce((sum, name) => sum + readExpectedDifferences(name).size, 0);
  return {
    exchanges: GOLDEN_EXCHANGES,
    met: GOLDEN_EXCHANGES - expected,
    expectedDifferences: expected,
  };
}

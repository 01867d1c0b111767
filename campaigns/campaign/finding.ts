/** A finding that is not made by shrinking a failure of the campaign. */
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import type { Finding } from './campaign-result.js';

/** The finding of a counterexample. One of an earlier version has no fingerprint; its checker takes its place. */
export function findingOf(
  counterexample: Counterexample,
  rest: Pick<Finding, 'id' | 'path' | 'writeFailure'>,
): Finding {
  const { fingerprint = counterexample.checker, severity = 'wrong answer' } = counterexample;
  return { ...rest, counterexample, fingerprint, severity, signs: [], executions: 0 };
}

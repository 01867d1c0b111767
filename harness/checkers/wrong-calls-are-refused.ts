/** A call that the promises call wrong is refused: chunks that do not fit, other bytes, calls after an abort, begins beyond the limits. Uses no model. */
import type { CallRecord } from '../history/calls.js';
import type { Checker, Evidence } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation, firstOfEachKind } from '../evidence/violations.js';
import { expectationOf } from '../ledger/expectation-of.js';

export const wrongCallsAreRefused: Checker = {
  name: 'wrong-calls-are-refused',
  check: (evidence) =>
    firstOfEachKind(evidence.calls.flatMap((call) => acceptedInError(evidence, call) ?? [])),
};

function acceptedInError({ ledger }: Evidence, call: CallRecord): Violation | undefined {
  if (call.outcome !== 'ok') return undefined;
  const expected = expectationOf(ledger, call);
  if (expected?.answer !== 'refusal') return undefined;
  return callViolation(RULES.wrongCallsAreRefused, call, {
    expected: `a refusal, because ${expected.because}`,
    expectedKind: expected.kind,
  });
}

/** Every answer is one that the specification allows at that point in the history. */
import { disagreementKinds } from '../evidence/answer-kinds.js';
import { type Checker, type Evidence, expectedText, firstDisagreement } from '../evidence/evidence.js';
import type { Disagreement } from '../evidence/follow-model.js';
import { type Rule, RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation } from '../evidence/violations.js';

export const outcome: Checker = {
  name: 'outcome',
  check: (evidence) => {
    const found = firstDisagreement(evidence, () => true);
    return found && disagreementViolation(RULES.outcome, evidence, found);
  },
};

/** Reports a disagreement with the model as the violation of a rule. */
export function disagreementViolation(
  rule: Rule,
  { oracle }: Evidence,
  { call, event, expected, result }: Disagreement,
): Violation {
  const kinds = disagreementKinds(expected, result);
  return callViolation(rule, call, { expected: expectedText(expected, oracle), ...kinds, event });
}

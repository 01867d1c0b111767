/** Every answer is one that the specification allows at that point in the history. */
import { type Checker, type Evidence, expectedText, firstDisagreement } from '../judgement/evidence.js';
import type { Disagreement } from '../judgement/follow-model.js';
import { type Rule, RULES } from '../judgement/rules.js';
import type { Violation } from '../judgement/verdict.js';
import { callViolation } from '../judgement/violations.js';

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
  { call, event, expected }: Disagreement,
): Violation {
  return callViolation(rule, call, { expected: expectedText(expected, oracle), event });
}

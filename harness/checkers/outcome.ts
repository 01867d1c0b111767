/** Every answer is one that the specification allows at that point. */
import { operationText } from '../../model/operations.js';
import { resultText } from '../../model/explain.js';
import { type Checker, type Evidence, expectedText, firstDisagreement } from '../judgement/evidence.js';
import type { Disagreement } from '../judgement/follow-model.js';
import type { Violation } from '../judgement/verdict.js';

export const outcome: Checker = {
  name: 'outcome',
  check: (evidence) => {
    const found = firstDisagreement(evidence, () => true);
    return (
      found && violationOf(evidence, found, 'outcome', 'every answer is one that the specification allows')
    );
  },
};

/** A disagreement with the model, as the violation of a rule. */
export function violationOf(
  { oracle }: Evidence,
  { call, event, result, expected }: Disagreement,
  checker: Checker['name'],
  rule: string,
): Violation {
  const operation = operationText(call.operation);
  return {
    checker,
    rule,
    event,
    expected: `${operation}: ${expectedText(expected, oracle)}`,
    seen: `${operation}: ${resultText(result)}`,
  };
}

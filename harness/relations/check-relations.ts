/** Checks which relations an executed schedule breaks. */
import { shownParts } from '../evidence/shown-parts.js';
import { comparisonOf } from './comparison.js';
import { describeOperation, type ShownParts } from '../../model/operations.js';
import { answerText } from '../evidence/violations.js';
import type { Violation } from '../evidence/verdict.js';
import type { Execution } from './execution.js';
import type { Breach, Relation, RelationContext } from './relation.js';

/** The breaches of the relations, as violations in the history of the base. */
export async function checkRelations(
  relations: readonly Relation[],
  base: Execution,
  context: RelationContext,
): Promise<readonly Violation[]> {
  const violations: Violation[] = [];
  for (const relation of relations) {
    const breach = await relation.check(base, context);
    if (breach !== undefined)
      violations.push(violationOf(relation, base, breach, shownParts(base.schedule, context.target)));
  }
  return violations;
}

function violationOf(
  { name, rule }: Relation,
  execution: Execution,
  breach: Breach,
  shownText: ShownParts,
): Violation {
  const { difference, words } = breach;
  const { base, variant, baseKind, variantKind } = difference;
  const isBaseRight = words.right === 'base';
  const operation = describeOperation(base.operation, shownText);
  const shown = isBaseRight ? breach.variant : execution;
  const [right, wrong] = isBaseRight ? [base, variant] : [variant, base];
  const [rightKind, wrongKind] = isBaseRight ? [baseKind, variantKind] : [variantKind, baseKind];
  return {
    layer: 'relation',
    checker: name,
    rule,
    operation: base.operation.op,
    expectedKind: rightKind,
    seenKind: `${wrongKind} ${words.cause}`,
    event: base.ended ?? base.invoked,
    expected: `${words.rightText}, ${operation}: ${answerText(right)}`,
    seen: `${words.wrongText}, ${operation}: ${answerText(wrong)}`,
    comparison: comparisonOf(execution, breach, shownText),
    shownBy: { schedule: shown.schedule, history: shown.history, event: wrong.ended, seenKind: wrongKind },
  };
}

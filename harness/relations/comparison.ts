/** Shows both executions of a breach side by side. */
import { describeStep } from '../../model/describe-step.js';
import { describeOperation, type ShownParts } from '../../model/operations.js';
import type { Schedule } from '../../model/schedule.js';
import { canonicalJson } from '../history/canonical-json.js';
import type { CallRecord } from '../history/calls.js';
import { answerText } from '../evidence/violations.js';
import type { Comparison } from '../evidence/comparison.js';
import type { Execution } from './execution.js';
import { recordsOf, type Breach } from './relation.js';

const CALLS_MAX = 100;

export function comparisonOf(base: Execution, breach: Breach, shown: ShownParts): Comparison {
  const { right, rightText, wrongText } = breach.words;
  const [baseText, variantText] = right === 'base' ? [rightText, wrongText] : [wrongText, rightText];
  const inserted = insertedSteps(base.schedule, breach.variant.schedule, shown);
  return {
    base: baseText,
    variant: variantText,
    calls: rowsOf(base, breach, shown).slice(-CALLS_MAX),
    wrong: right === 'base' ? 'variant' : 'base',
    ...(inserted === undefined || inserted.length === 0 ? {} : { inserted }),
  };
}

/** The steps that the variant has besides those of the base; `undefined` if it lacks or moves some of these. */
function insertedSteps(
  base: Schedule,
  variant: Schedule,
  shown: ShownParts,
): NonNullable<Comparison['inserted']> | undefined {
  const inserted: NonNullable<Comparison['inserted']>[number][] = [];
  let before = 0;
  for (const step of variant.steps) {
    if (canonicalJson(step) === canonicalJson(base.steps[before])) before++;
    else if (step.do !== 'drain') inserted.push({ before, step: describeStep(step, shown) });
  }
  return before === base.steps.length ? inserted : undefined;
}

function rowsOf(
  base: Execution,
  { variant, counterparts, difference }: Breach,
  shownParts: ShownParts,
): Comparison['calls'] {
  const textOf = (record: CallRecord | undefined) =>
    record === undefined ? null : `${describeOperation(record.operation, shownParts)}: ${answerText(record)}`;
  const rows: { base: string | null; variant: string | null }[] = [];
  const shared = new Set(counterparts.values());
  const shown = new Set<number>();
  const alone = recordsOf(base).filter(({ call }) => !shared.has(call));
  for (const record of recordsOf(variant)) {
    const call = counterparts.get(record.call);
    const partner = call === undefined || shown.has(call) ? undefined : base.calls.get(call);
    if (call !== undefined) {
      while ((alone[0]?.call ?? Infinity) < call) rows.push({ base: textOf(alone.shift()), variant: null });
      shown.add(call);
    }
    rows.push({ base: textOf(partner), variant: textOf(record) });
    if (record.call === difference.variant.call) break;
  }
  return rows;
}

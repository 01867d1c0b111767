/** How often a campaign checks relations. */
import {
  applicableRules,
  isSelected,
  REQUIREMENTS,
  type RuleSelection,
} from '../../harness/judgement/applicable-rules.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { applicableRelations } from '../../harness/relations/examine.js';

/** Executions that one relation adds to a run, on average over the default profile. */
const EXECUTIONS_PER_RELATION = 0.66;
/** Executions of the rest of a campaign for each execution that relations take, so that relations take a third. */
const OTHER_EXECUTIONS = 2;

/**
 * Relations are checked on every n-th run, so that they take about a third of a campaign's executions. It depends on the target, the
 * replica, and the selected rules only.
 */
export function relationsEvery(
  { target, replica }: Pick<ScheduleRunner, 'target' | 'replica'>,
  rules?: RuleSelection,
): number {
  const relations = applicableRelations(target, replica.info, rules).length;
  if (relations === 0) return Infinity;
  const others = [...applicableRules(target)].filter((name) =>
    isSelected(rules, name, REQUIREMENTS[name].layer),
  );
  if (others.length === 0) return 1;
  return Math.round(OTHER_EXECUTIONS * (1 + EXECUTIONS_PER_RELATION * relations));
}

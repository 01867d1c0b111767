/** How often a campaign checks relations. */
import { selectedRules, type RuleSelection } from '../../harness/judgement/applicable-rules.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { applicableRelations } from '../../harness/relations/examine.js';

/** Time for the serial form, and for the variants of one relation, in plain runs. Averages over the default profile. */
const RUNS_PER_BASE = 0.7;
const RUNS_PER_RELATION = 0.58;
/** Relations take a third of the time: one part of three. */
const OTHER_PARTS = 2;

/**
 * Relations are checked on every n-th run, so that they take about a third of a campaign's time. It depends on the target, the
 * replica, and the selected rules only.
 */
export function relationsEvery(
  { target, replica }: Pick<ScheduleRunner, 'target' | 'replica'>,
  rules?: RuleSelection,
): number {
  const relations = applicableRelations(target, replica.info, rules).length;
  if (relations === 0) return Infinity;
  if (selectedRules(target, rules).size === 0) return 1;
  return Math.round(OTHER_PARTS * (RUNS_PER_BASE + RUNS_PER_RELATION * relations));
}

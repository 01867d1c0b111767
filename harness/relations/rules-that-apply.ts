/** Which of the rules that a user selects by name apply to a target. Rules that do not apply judge nothing. */
import type { ReplicaInfo } from '../../replicas/replica.js';
import { currentRuleName } from '../../targets/rule-names.js';
import type { RuleName, Target } from '../../targets/target.js';
import { InputError } from '../input-error.js';
import {
  LAYER_NAMES,
  REQUIREMENTS,
  selectedRules,
  selectionOf,
  type RuleSelection,
} from '../judgement/applicable-rules.js';
import { applicableRelations, skippedRelations, type SkippedRelation } from './examine.js';

export interface RulesSubject {
  readonly target: Target;
  readonly replica: { readonly info: ReplicaInfo };
  /** If false, the command checks no relations. */
  readonly hasRelations?: boolean;
}

/**
 * The selected names that judge nothing on this target, with reasons.
 * @throws InputError, one line, if all of them judge nothing
 */
export function requireRules(
  subject: RulesSubject,
  rules: RuleSelection | undefined,
): readonly SkippedRelation[] {
  const names = [...(rules ?? [])];
  const unused = names.filter((name) => !applies(subject, name)).map((name) => unusedName(subject, name));
  if (rules !== undefined && unused.length === names.length)
    throw new InputError(`none of the rules given by --rules applies to this target: ${unusedText(unused)}`);
  return unused;
}

/** A note on selected names that judge nothing, although others do. */
export function unusedRulesLine(unused: readonly SkippedRelation[]): string {
  return `not judged, because the target does not have what they require: ${unusedText(unused)}`;
}

/** For example `expiry (it requires the specification upload.did, and an expiry), list (it requires …)`. */
function unusedText(unused: readonly SkippedRelation[]): string {
  return unused.map(({ name, reason }) => `${name} (${reason})`).join(', ');
}

function applies({ target, replica, hasRelations = true }: RulesSubject, name: string): boolean {
  const only = selectionOf([name]);
  if (selectedRules(target, only).size > 0) return true;
  return hasRelations && applicableRelations(target, replica.info, only).length > 0;
}

function unusedName({ target, replica, hasRelations = true }: RulesSubject, name: string): SkippedRelation {
  if (name === LAYER_NAMES.specification)
    return { name, reason: 'it requires the promise specification: "upload.did"' };
  const requirement = (REQUIREMENTS as Partial<typeof REQUIREMENTS>)[currentRuleName(name) as RuleName];
  if (requirement !== undefined) return { name, reason: `it requires ${requirement.requires}` };
  if (!hasRelations) return { name, reason: 'this command checks no relations' };
  const reasons = skippedRelations(target, replica.info, selectionOf([name])).map(({ reason }) => reason);
  return { name, reason: new Set(reasons).size === 1 ? (reasons[0] ?? '') : 'none of them applies' };
}

/** The selection of rules that the functions of the library take. */
import { InputError } from '../harness/input-error.js';
import { selectionOf, type RuleSelection } from '../harness/judgement/applicable-rules.js';
import { unknownName, unknownNameText } from '../harness/relations/selectable-names.js';

export interface SelectRules {
  /** Names of layers (`facts`, `relations`, `specification`), rules, and relations to judge; default: all that apply. */
  readonly rules?: readonly string[] | undefined;
}

/** @throws InputError if a name is unknown */
export function selectionFrom({ rules }: SelectRules): RuleSelection | undefined {
  const unknown = rules && unknownName(rules);
  if (unknown !== undefined) throw new InputError(`rules: ${unknownNameText(unknown)}`);
  return selectionOf(rules);
}

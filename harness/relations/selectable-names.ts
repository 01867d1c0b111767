/** The names by which `--rules` selects layers, rules, and relations. */
import { currentRuleName } from '../../targets/rule-names.js';
import { LAYER_NAMES, REQUIREMENTS } from '../judgement/applicable-rules.js';
import { RELATION_NAMES } from './relations.js';

/** Layers first, then rules, then relations. */
export const SELECTABLE_NAMES: readonly string[] = [
  ...Object.values(LAYER_NAMES),
  ...Object.keys(REQUIREMENTS),
  ...RELATION_NAMES,
];

/** The first name that selects nothing; `undefined` if there is none. Former names of rules are accepted. */
export function unknownName(names: readonly string[]): string | undefined {
  return names.find((name) => !SELECTABLE_NAMES.includes(currentRuleName(name)));
}

/** One line that names the mistake and the known names. */
export function unknownNameText(name: string): string {
  return `unknown name "${name}"; pass some of: ${SELECTABLE_NAMES.join(', ')}`;
}

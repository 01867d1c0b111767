/** Former names of rules. Saved files and targets written for earlier versions still use them. */
import type { RuleName } from './target.js';

const FORMER_RULE_NAMES: Readonly<Record<string, RuleName>> = { coverage: 'completeness' };

/** The present name of a rule; a name that was never changed stays as it is. */
export function currentRuleName(name: string): string {
  return Object.hasOwn(FORMER_RULE_NAMES, name) ? (FORMER_RULE_NAMES[name] ?? name) : name;
}

/** Whether a target promises a rule, by its present name or a former one. */
export function promisesRule(rules: ReadonlySet<string>, rule: RuleName): boolean {
  return [...rules].some((name) => currentRuleName(name) === rule);
}

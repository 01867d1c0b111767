/** Former names of rules and relations. Saved files and targets written for earlier versions still use them. */
const FORMER_RULE_NAMES: Readonly<Record<string, string>> = {
  coverage: 'completeness',
  isolation: 'strangers-are-refused',
  retries: 'repetition',
};

/** The present name of a rule or relation; a name that was never changed stays as it is. */
export function currentRuleName(name: string): string {
  return Object.hasOwn(FORMER_RULE_NAMES, name) ? (FORMER_RULE_NAMES[name] ?? name) : name;
}

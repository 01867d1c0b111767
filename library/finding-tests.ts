/** The tests of a suite that findings fail. */

export interface FindingTest {
  readonly title: string;
  /** Whether a finding of this checker fails the test. */
  readonly covers: (checker: string) => boolean;
}

/** One test per rule, and one for findings of other rules, so that no finding goes unnoticed. */
export function findingTests(rules: readonly string[]): readonly FindingTest[] {
  return [
    ...rules.map((rule) => ({ title: rule, covers: (checker: string) => checker === rule })),
    { title: 'no other rule', covers: (checker) => !rules.includes(checker) },
  ];
}

import fc from 'fast-check';
import { expect } from 'vitest';

export interface LawOptions<T> {
  /** The size of a value. No shrink may be larger than the value it comes from. */
  readonly size: (value: T) => number;
  /** Throws if a value or a shrink is invalid. */
  readonly check: (value: T) => void;
  /** The kind of a value. The share of each kind is printed, and no kind may have all values. */
  readonly classify: (value: T) => string;
  readonly samples?: number;
}

const STEPS_MAX = 10_000;

/** The laws of arbitraries: the same seed gives the same values, values are plain JSON, and shrinks are valid and no larger. */
export function expectArbitraryLaws<T>(
  arbitrary: fc.Arbitrary<T>,
  { size, check, classify, samples = 60 }: LawOptions<T>,
): void {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- fc.sample ignores the plugin that replaces it
  const sample = () => fc.sample(arbitrary, { seed: 20, numRuns: samples, unbiased: true });
  const values = sample();
  expect(sample(), 'same seed, same values').toEqual(values);
  expect(new Set(values.map((value) => JSON.stringify(value))).size, 'values differ').toBeGreaterThan(1);
  for (const value of values) {
    check(value);
    expect(JSON.parse(JSON.stringify(value)), 'plain JSON').toEqual(value);
  }
  printDistribution(values.map(classify));
  expectShrinks(arbitrary, { size, check });
}

/** `border 25 %, before 23 %, …`, the most frequent first. */
function printDistribution(kinds: readonly string[]): void {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const shares = [...counts].sort(([, a], [, b]) => b - a);
  const text = shares.map(([kind, count]) => `${kind} ${((100 * count) / kinds.length).toFixed(0)} %`);
  console.log(`${expect.getState().currentTestName?.split(' > ').at(-1)}: ${text.join(', ')}`);
  expect(counts.size, 'kinds differ').toBeGreaterThan(1);
}

/** Follows the shrinks that fast-check tries if every value fails. */
function expectShrinks<T>(
  arbitrary: fc.Arbitrary<T>,
  { size, check }: Pick<LawOptions<T>, 'size' | 'check'>,
): void {
  for (let seed = 0; seed < 5; seed++) {
    const walked: T[] = [];
    const everyOneFails = fc.property(arbitrary, (value) => walked.push(value) > STEPS_MAX);
    fc.check(everyOneFails, { seed, numRuns: 1, plugins: [fc.unbiased()] });
    expect(walked.length, 'shrinking ends').toBeLessThan(STEPS_MAX);
    walked.forEach((value, place) => {
      check(value);
      const parent = walked[place - 1];
      if (parent !== undefined)
        expect(size(value), 'a shrink is no larger').toBeLessThanOrEqual(size(parent));
    });
  }
}

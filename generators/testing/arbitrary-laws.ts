import fc from 'fast-check';
import { expect } from 'vitest';

export interface LawOptions<T> {
  /** How large a value is; no shrink may be larger than what it shrinks. */
  readonly size: (value: T) => number;
  /** What every value and every shrink satisfies; throws if not. */
  readonly check: (value: T) => void;
  /** What kinds of value there are: their shares are printed, and none may have all of them. */
  readonly classify: (value: T) => string;
  readonly samples?: number;
}

const STEPS_MAX = 10_000;

/** The laws of every arbitrary here. */
export function expectArbitraryLaws<T>(
  arbitrary: fc.Arbitrary<T>,
  { size, check, classify, samples = 60 }: LawOptions<T>,
): void {
  const parameters = { seed: 20, numRuns: samples, unbiased: true };
  const values = fc.sample(arbitrary, parameters);
  expect(fc.sample(arbitrary, parameters), 'same seed, same values').toEqual(values);
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

/** Walks from generated values down the shrinks that fast-check tries when every one of them fails. */
function expectShrinks<T>(
  arbitrary: fc.Arbitrary<T>,
  { size, check }: Pick<LawOptions<T>, 'size' | 'check'>,
): void {
  for (let seed = 0; seed < 5; seed++) {
    const walked: T[] = [];
    const everyOneFails = fc.property(arbitrary, (value) => walked.push(value) > STEPS_MAX);
    fc.check(everyOneFails, { seed, unbiased: true, numRuns: 1 });
    expect(walked.length, 'shrinking ends').toBeLessThan(STEPS_MAX);
    walked.forEach((value, place) => {
      check(value);
      const parent = walked[place - 1];
      if (parent !== undefined)
        expect(size(value), 'a shrink is no larger').toBeLessThanOrEqual(size(parent));
    });
  }
}

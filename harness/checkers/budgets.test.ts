import { describe, expect, it } from 'vitest';
import { type HistoryBuilder, LIMITS, begunA, done, put, targetOf } from '../testing/history-builder.js';

const rule = 'budgets';
const target = targetOf(
  {},
  { budgets: { heapBytes: 1000, stableBytesPerByte: 2, putInstructions: { fixed: 50, perByte: 1 } } },
);

describe('the budgets checker', () => {
  it.each([
    ['heap', begunA().heap(1001), 'at most 1000 B of heap'],
    ['stable memory', begunA().heap(1, 10).call(put('A', 0), done).heap(1, 211), 'at most 210 B'],
    ['instructions', begunA().call(put('A', 0), done, 151), 'at most 150 instructions for 100 B'],
  ])('reports more %s than the budget', (_title, bad: HistoryBuilder, words) => {
    expect(bad.violation(rule, LIMITS, target)?.expected).toContain(words);
  });

  it('accepts what is within the budgets, and everything without budgets', () => {
    const within = begunA().heap(1000, 10).call(put('A', 0), done, 150).heap(1000, 210);
    expect(within.violation(rule, LIMITS, target)).toBeUndefined();
    expect(begunA().heap(1001).violation(rule)).toBeUndefined();
  });
});

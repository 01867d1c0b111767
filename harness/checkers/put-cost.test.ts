import { describe, expect, it } from 'vitest';
import type { Verdict } from '../evidence/verdict.js';
import { judge } from '../judgement/judge.js';
import { HistoryBuilder, TARGET, begin, begun, done, put } from '../testing/history-builder.js';

const only = new Set(['put-cost']);

/** An upload of chunks of 100 B, put one by one. `cost` returns the instructions of a put by the number of stored chunks. */
function judged(cost: (stored: number) => number, chunks = 80): Verdict {
  const files = [{ name: 'f', bytes: chunks * 100, content: { kind: 'zero' } }] as const;
  const built = new HistoryBuilder().call(begin('A'), begun('1'));
  for (let index = 0; index < chunks; index++) built.call(put('A', index), done, cost(index));
  return judge(built.history, { limits: { chunkSize: 100 }, files }, TARGET, { only });
}

describe('the put-cost checker', () => {
  it('reports a cost that grows with every stored chunk to more than twice the first one', () => {
    expect(judged((stored) => 100_000 + stored * 4_000)).toMatchObject({
      violations: [{ checker: 'put-cost', operation: 'put', seenKind: 'growth with the chunks' }],
    });
  });

  it('accepts growth to no more than twice the cost of the first puts', () => {
    expect(judged((stored) => 100_000 + stored * 1_500)).toEqual({ kind: 'valid' });
  });

  it('accepts growth with the logarithm of the number of chunks', () => {
    expect(judged((stored) => 100_000 * (1 + Math.log2(1 + stored) / 6))).toEqual({ kind: 'valid' });
  });

  it('accepts single expensive puts', () => {
    expect(judged((stored) => (stored % 8 === 7 ? 100_000 : 100_000 + stored * 4_000))).toEqual({
      kind: 'valid',
    });
  });

  it('accepts work that was deferred and makes all later puts more expensive', () => {
    expect(judged((stored) => (stored < 40 ? 100_000 : 1_000_000))).toEqual({ kind: 'valid' });
  });

  it('does not judge uploads of fewer chunks', () => {
    expect(judged((stored) => 100_000 + stored * 10_000, 71)).toEqual({ kind: 'valid' });
    expect(judged((stored) => 100_000 + stored * 10_000, 72).kind).toBe('invalid');
  });
});

import { describe, expect, test } from 'vitest';
import { judge } from '../judge.js';
import { HistoryBuilder, begin, begun, done, put } from '../testing/history-builder.js';

const CHUNKS = 100;
const FILES = [{ name: 'f', bytes: CHUNKS * 100, content: { kind: 'zero' } }] as const;

/** A session of 100 chunks of 100 B, put one by one. `cost` of the put that comes when so many are stored. */
function seenOf(cost: (stored: number) => number): string | undefined {
  const built = new HistoryBuilder().call(begin('A'), begun('1'), 700_000);
  for (let index = 0; index < CHUNKS; index++) built.call(put('A', index), done, cost(index));
  const target = { rules: new Set(['instruction-cost'] as const), defaultChunkSize: 100 };
  const limits = { chunkSize: 100, hashBytesPerCall: 64 };
  const verdict = judge(built.history, { limits, files: FILES }, target);
  return verdict.kind === 'invalid' ? verdict.violations[0].seen : undefined;
}

describe('instruction cost', () => {
  test('a put may cost 1.2 times as much, and what it catches up of the hash', () => {
    expect(seenOf(() => 50_000)).toBeUndefined();
    expect(seenOf((stored) => (stored < 64 ? 50_000 : 60_000 + 64 * 100 + 30_000))).toBeUndefined();
    expect(seenOf((stored) => (stored < 64 ? 50_000 : 60_000 + 64 * 100 + 30_001))).toContain(
      'with 64 chunks',
    );
  });

  test('single dear puts prove nothing', () => {
    expect(seenOf((stored) => (stored % 8 === 7 ? 50_000 : 500_000))).toBeUndefined();
  });

  test('a cost that grows with every chunk is found', () => {
    expect(seenOf((stored) => 50_000 + stored * 4_000)).toContain('put A[');
  });

  test('no call costs out of proportion to its bytes', () => {
    const limit = 3_000_000 + 100 * 12 + 64 * 100;
    expect(seenOf((stored) => (stored === 5 ? limit : 50_000))).toBeUndefined();
    expect(seenOf((stored) => (stored === 5 ? limit + 1 : 50_000))).toBe(`put A[5]: ${limit + 1}`);
  });
});

import { describe, expect, it } from 'vitest';
import type { FileRecipe } from '../../model/schedule.js';
import { judge } from '../judgement/judge.js';
import { HistoryBuilder, TARGET, begin, begun, cleanup, done, on, put } from '../testing/history-builder.js';

const CHUNK = 100_000;
const FILES: readonly FileRecipe[] = [{ name: 'a.bin', bytes: 2 * CHUNK, content: { kind: 'zero' } }];

type Size = (cycle: number) => number;
const HEAP = 1_000_000;

/** Eight uploads of 200 kB that end. The sizes are those of stable memory and of the heap after each. */
function cycles(
  stableAfter: Size,
  end: (built: HistoryBuilder) => HistoryBuilder,
  heapAfter: Size = () => HEAP,
  target = TARGET,
) {
  const built = new HistoryBuilder().heap(HEAP, 0, 'start');
  for (let cycle = 0; cycle < 8; cycle++) {
    built.call(begin('A', { key: `k${cycle}` }), begun(String(cycle + 1)));
    built.call(put('A', 0), done).call(put('A', 1), done);
    end(built).heap(heapAfter(cycle), stableAfter(cycle), 'after the end');
  }
  const limits = { chunkSize: CHUNK, sessionTtlSeconds: 600 };
  const only = new Set(['storage-is-reclaimed']);
  return judge(built.history, { limits, files: FILES }, target, { only });
}

const aborted = (built: HistoryBuilder): HistoryBuilder => built.call(on('abort', 'A'), done);
const expired = (built: HistoryBuilder): HistoryBuilder => built.advance(600).call(cleanup(), done);
const BUCKET = 524_288;
const leaks = (cycle: number): number => Math.ceil(((cycle + 1) * 2 * CHUNK) / BUCKET) * BUCKET;

describe('the storage-is-reclaimed checker', () => {
  it.each([
    ['aborts', aborted],
    ['expiries', expired],
  ])('reports stable memory that grows with each of several %s', (_title, end) => {
    expect(cycles(leaks, end)).toMatchObject({
      violations: [{ checker: 'storage-is-reclaimed', seenKind: 'growth with ended uploads' }],
    });
  });

  it('reports a heap that grows with each of several aborts', () => {
    expect(
      cycles(
        () => BUCKET,
        aborted,
        (cycle) => HEAP + cycle * 2 * CHUNK,
      ),
    ).toMatchObject({
      violations: [{ checker: 'storage-is-reclaimed', operation: 'heap' }],
    });
  });

  it('states the size that is due and the size that was seen in the same words', () => {
    const verdict = cycles(
      () => BUCKET,
      aborted,
      (cycle) => HEAP + cycle * 2 * CHUNK,
    );
    const [violation] = verdict.kind === 'invalid' ? verdict.violations : [];
    expect(violation?.expected).toMatch(/: about 1,000,000 B of heap, because /);
    expect(violation?.seen).toMatch(
      /: 2,400,000 B of heap, which is 1,400,000 B more, after 7 uploads with 1,400,000 B /,
    );
  });

  it('does not judge a heap without a budget, which a garbage collector may let grow', () => {
    const { budgets: _, ...promises } = TARGET.promises;
    const grows = (cycle: number): number => HEAP + cycle * 2 * CHUNK;
    expect(cycles(() => BUCKET, aborted, grows, { ...TARGET, promises })).toEqual({ kind: 'valid' });
  });

  it('reports both memories if both grow', () => {
    const verdict = cycles(leaks, aborted, (cycle) => HEAP + leaks(cycle));
    expect(verdict.kind === 'invalid' && verdict.violations.map(({ operation }) => operation)).toEqual([
      'stable memory',
      'heap',
    ]);
  });

  it('accepts a heap that grows once to hold the chunks of one upload', () => {
    expect(
      cycles(
        () => BUCKET,
        aborted,
        (cycle) => (cycle < 2 ? 1 : 4) * HEAP,
      ),
    ).toEqual({ kind: 'valid' });
  });

  it('accepts stable memory that is used again, even if it grows by one step', () => {
    expect(cycles(() => BUCKET, aborted)).toEqual({ kind: 'valid' });
    expect(cycles((cycle) => (cycle < 5 ? 1 : 3) * BUCKET, aborted)).toEqual({ kind: 'valid' });
  });

  it('accepts growth with uploads that have not ended', () => {
    expect(cycles(leaks, (built) => built)).toEqual({ kind: 'valid' });
  });
});

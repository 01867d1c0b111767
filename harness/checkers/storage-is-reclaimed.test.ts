import { describe, expect, it } from 'vitest';
import type { FileRecipe } from '../../model/schedule.js';
import { judge } from '../judgement/judge.js';
import { HistoryBuilder, TARGET, begin, begun, cleanup, done, on, put } from '../testing/history-builder.js';

const CHUNK = 100_000;
const FILES: readonly FileRecipe[] = [{ name: 'a.bin', bytes: 2 * CHUNK, content: { kind: 'zero' } }];

/** Eight uploads of 200 kB that end. `stableAfter` is the size of stable memory after each. */
function cycles(stableAfter: (cycle: number) => number, end: (built: HistoryBuilder) => HistoryBuilder) {
  const built = new HistoryBuilder().heap(1_000_000, 0, 'start');
  for (let cycle = 0; cycle < 8; cycle++) {
    built.call(begin('A', { key: `k${cycle}` }), begun(String(cycle + 1)));
    built.call(put('A', 0), done).call(put('A', 1), done);
    end(built).heap(1_000_000, stableAfter(cycle), 'after the end');
  }
  const limits = { chunkSize: CHUNK, sessionTtlSeconds: 600 };
  const only = new Set(['storage-is-reclaimed']);
  return judge(built.history, { limits, files: FILES }, TARGET, { only });
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

  it('accepts stable memory that is used again, even if it grows by one step', () => {
    expect(cycles(() => BUCKET, aborted)).toEqual({ kind: 'valid' });
    expect(cycles((cycle) => (cycle < 5 ? 1 : 3) * BUCKET, aborted)).toEqual({ kind: 'valid' });
  });

  it('accepts growth with uploads that have not ended', () => {
    expect(cycles(leaks, (built) => built)).toEqual({ kind: 'valid' });
  });
});

import { describe, expect, it } from 'vitest';
import { cyclesSchedule } from '../../generators/named-schedules.js';
import { judge } from '../judgement/judge.js';
import type { ReferenceBug } from '../testing/reference-bugs.js';
import { runReference } from '../testing/run-reference.js';
import {
  HistoryBuilder,
  RULES,
  begin,
  begun,
  cleanup,
  done,
  on,
  put,
  TARGET,
} from '../testing/history-builder.js';

const BUCKET = 524_288;
const FRESH = 8 * BUCKET;
const FILES = [{ name: 'f', bytes: 300_000, content: { kind: 'zero' } }] as const;
const LIMITS = { chunkSize: 100_000, sessionTtlSeconds: 1_000 };
const only = new Set(['stable-growth']);

function seenOf({ history }: HistoryBuilder): string | undefined {
  const verdict = judge(history, { limits: LIMITS, files: FILES }, TARGET, { only });
  return verdict.kind === 'invalid' ? verdict.violations[0].seen : undefined;
}

/** Cycles of 300 KB each that end in `end`. `buckets` is the growth of stable memory after each cycle. */
function cycles(buckets: readonly number[], end: (built: HistoryBuilder) => void): HistoryBuilder {
  const built = new HistoryBuilder().heap(0, FRESH, 'start');
  buckets.forEach((count, cycle) => {
    built.call(begin('A'), begun(String(cycle + 1)));
    for (const index of [0, 1, 2]) built.call(put('A', index), done);
    end(built);
    built.heap(0, FRESH + count * BUCKET, 'after a cycle');
  });
  return built;
}
const abort = (built: HistoryBuilder): void => void built.call(on('abort', 'A'), done);
const expire = (built: HistoryBuilder): void => void built.advance(1_000).call(cleanup(), done);

describe('the stable-growth checker', () => {
  it.each([
    ['aborts', abort],
    ['expiries', expire],
  ])('allows, over cycles of %s, one bucket for the peak and one for maps', (_title, end) => {
    expect(seenOf(cycles([1, 1, 2, 2, 2, 2], end))).toBeUndefined();
    expect(seenOf(cycles([1, 1, 2, 3, 3, 4], end))).toBe('after a cycle: 1572864 B more');
  });

  it('allows what open sessions hold', () => {
    const open = (buckets: number): HistoryBuilder => {
      const built = new HistoryBuilder().heap(0, FRESH, 'start');
      for (const session of ['A', 'B', 'C', 'D']) {
        built.call(begin(session), begun(session));
        for (const index of [0, 1, 2]) built.call(put(session, index), done);
      }
      return built.heap(0, FRESH + buckets * BUCKET);
    };
    // Four sessions of 19 blocks, a table, and a list, and the table of sessions: 87 blocks, 32 to a bucket.
    expect(seenOf(open(4))).toBeUndefined();
    expect(seenOf(open(5))).toBeDefined();
  });

  it('allows for a put in flight before the abort where the order of calls is unknown', () => {
    const aborted = (buckets: number, also: readonly number[]): HistoryBuilder => {
      const built = new HistoryBuilder().heap(0, FRESH, 'start');
      built.end(built.start(begin('A')), begun('1'));
      const giving = built.start(on('abort', 'A'));
      const puts = also.map((index) => built.start(put('A', index)));
      built.end(giving, done).heap(0, FRESH + buckets * BUCKET, 'after abort');
      for (const one of puts) built.end(one, done);
      return built;
    };
    // Six puts of 100,000 B take two buckets, and maps one.
    expect(seenOf(aborted(3, [0, 1, 2, 0, 1, 2]))).toBeUndefined();
    expect(seenOf(aborted(4, [0, 1, 2, 0, 1, 2]))).toBeDefined();
    expect(seenOf(aborted(3, []))).toBeDefined();
  });

  it('ignores growth within an upgrade', () => {
    const built = (later: number): HistoryBuilder =>
      cycles([1, 1], abort)
        .heap(0, FRESH + BUCKET, 'before upgrade')
        .upgrade()
        .heap(0, FRESH + 4 * BUCKET, 'after upgrade')
        .heap(0, FRESH + later * BUCKET, 'end');
    expect(seenOf(built(5))).toBeUndefined();
    expect(seenOf(built(6))).toBeDefined();
  });
});

describe('the stable-growth checker on the reference canister', () => {
  const checkersOf = (bug?: ReferenceBug): readonly string[] => {
    const schedule = cyclesSchedule('abort', 12);
    const history = runReference(schedule, { isOrdered: true, ...(bug && { bug }) });
    const verdict = judge(history, schedule, TARGET, { only: new Set(RULES) });
    return verdict.kind === 'invalid' ? verdict.violations.map(({ checker }) => checker) : [];
  };

  it('accepts the correct canister, and finds one that keeps aborted uploads', () => {
    expect(checkersOf()).toEqual([]);
    expect(checkersOf('stable-kept-on-abort')).toEqual(['stable-growth', 'storage-is-reclaimed']);
  });
});

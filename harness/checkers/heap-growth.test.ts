import { describe, expect, it } from 'vitest';
import { manySessions } from '../../generators/named-schedules.js';
import { judge } from '../judgement/judge.js';
import {
  HistoryBuilder,
  RULES,
  begin,
  begun,
  done,
  finish,
  on,
  put,
  TARGET,
} from '../testing/history-builder.js';
import type { ReferenceBug } from '../testing/reference-bugs.js';
import { runReference } from '../testing/run-reference.js';

const MB = 1_000_000;
const FILES = [{ name: 'f', bytes: 50 * MB, content: { kind: 'zero' } }] as const;

const target = { ...TARGET, defaultChunkSize: MB };
const only = new Set(['heap-growth']);

/** Uploads of 50 MB in 50 chunks. `heaps` are the heap sizes before the first upload and after each. */
function violationOf(heaps: readonly number[], upgradeBefore?: number): string | undefined {
  const built = new HistoryBuilder().heap(heaps[0] ?? 0);
  heaps.slice(1).forEach((heap, at) => {
    if (at === upgradeBefore) built.upgrade().heap(heaps[0] ?? 0);
    built.call(begin(`S${at}`), begun(String(at)));
    for (let index = 0; index < 50; index++) built.call(put(`S${at}`, index), done);
    built.call(finish(`S${at}`), {
      kind: 'finished',
      blobId: `blob_${at}`,
      memoryId: undefined,
      size: String(50 * MB),
      sha256: undefined,
    });
    built.heap(heap);
  });
  const verdict = judge(built.history, { limits: {}, files: FILES }, target, { only });
  return verdict.kind === 'invalid' ? verdict.violations[0].expected : undefined;
}

describe('the heap-growth checker', () => {
  it('allows 4.9 MB for 50 MB on a fresh canister, but not 5.1 MB', () => {
    expect(violationOf([2 * MB, 6.9 * MB])).toBeUndefined();
    expect(violationOf([2 * MB, 7.1 * MB])).toContain('the fresh canister');
  });

  it('allows 0.9 MB more after one upload, but not 1.1 MB', () => {
    expect(violationOf([2 * MB, 6 * MB, 6.9 * MB])).toBeUndefined();
    expect(violationOf([2 * MB, 6 * MB, 7.2 * MB])).toContain('the warmed canister');
  });

  it('allows 1 MB for every further upload, compared with the fresh canister', () => {
    expect(violationOf([2 * MB, 6 * MB, 6.9 * MB, 7.8 * MB])).toBeUndefined();
  });

  it('measures from the new heap after an upgrade', () => {
    expect(violationOf([2 * MB, 6 * MB, 6 * MB], 1)).toBeUndefined();
    expect(violationOf([2 * MB, 6 * MB, 8 * MB], 1)).toContain('the fresh canister');
  });
});

describe('the heap-growth checker over many sessions', () => {
  const PAGE = 65_536;
  /**
   * Small sessions, one after the other.
   * @param pages heap pages added when this many sessions have begun
   * @param argBytes length of the argument of the put in the session at an index
   */
  function small(
    sessions: number,
    pages: (sessionsBegun: number) => number,
    argBytes: (at: number) => number = () => 200,
  ): HistoryBuilder {
    const built = new HistoryBuilder().heap(20 * PAGE);
    for (let at = 0; at < sessions; at++) {
      built.call(begin(`S${at}`), begun(String(at)));
      built.sized(put(`S${at}`, 0), argBytes(at), done);
      built.call(on('abort', `S${at}`), done).heap((20 + pages(at + 1)) * PAGE);
    }
    return built;
  }
  const expectedOf = (built: HistoryBuilder) => {
    const verdict = judge(built.history, { limits: {}, files: FILES }, target, { only });
    return verdict.kind === 'invalid' ? verdict.violations[0].expected : undefined;
  };

  it('allows two pages once the heap is warm', () => {
    expect(expectedOf(small(100, (n) => Math.min(5, n) + (n > 50 ? 2 : 0)))).toContain('4 sessions');
    expect(expectedOf(small(100, (n) => Math.min(4, n) + (n > 50 ? 2 : 0)))).toBeUndefined();
  });

  it('reports a page for every 30 sessions within 100 sessions, but not within 60', () => {
    expect(expectedOf(small(100, (n) => Math.floor(n / 30)))).toContain('131072 B more heap');
    expect(expectedOf(small(60, (n) => Math.floor(n / 30)))).toBeUndefined();
  });

  it('allows growth for an argument that is longer than any before', () => {
    const atFifty = (at: number) => (at === 50 ? 3 * PAGE : 200);
    expect(expectedOf(small(100, (n) => (n > 50 ? 14 : 0), atFifty))).toBeUndefined();
    expect(expectedOf(small(100, (n) => (n > 50 ? 15 : 0), atFifty))).toBeDefined();
    expect(expectedOf(small(100, (n) => (n > 50 ? 14 : 0)))).toBeDefined();
  });

  it('is the only checker that finds a page lost for every 20 sessions of the reference canister', () => {
    const schedule = manySessions(90);
    const judged = (bug?: ReferenceBug) =>
      judge(runReference(schedule, { isOrdered: true, ...(bug && { bug }) }), schedule, TARGET, {
        only: new Set(RULES),
      });
    expect(judged()).toEqual({ kind: 'valid' });
    expect(judged('heap-leaks-with-sessions')).toMatchObject({ violations: [{ checker: 'heap-growth' }] });
    const verdict = judged('heap-leaks-with-sessions');
    expect(verdict.kind === 'invalid' && verdict.violations).toHaveLength(1);
  });
});

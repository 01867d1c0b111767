import { expect, test } from 'vitest';
import { judge } from '../judge.js';
import { HistoryBuilder, begin, begun, done, finish, put } from '../testing/history-builder.js';

const MB = 1_000_000;
const FILES = [{ name: 'f', bytes: 50 * MB, content: { kind: 'zero' } }] as const;

/** Uploads of 50 MB in 50 chunks; `heaps` are measured before the first and after each. */
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
  const target = { rules: new Set(['heap-growth'] as const), defaultChunkSize: MB };
  const verdict = judge(built.history, { limits: {}, files: FILES }, target);
  return verdict.kind === 'invalid' ? verdict.violations[0].expected : undefined;
}

test('4.9 MB for 50 MB on a fresh canister are right, 5.1 MB are not', () => {
  expect(violationOf([2 * MB, 6.9 * MB])).toBeUndefined();
  expect(violationOf([2 * MB, 7.1 * MB])).toContain('the fresh canister');
});

test('after one upload 0.9 MB more are right, 1.1 MB are not', () => {
  expect(violationOf([2 * MB, 6 * MB, 6.9 * MB])).toBeUndefined();
  expect(violationOf([2 * MB, 6 * MB, 7.2 * MB])).toContain('the warmed canister');
});

test('every further upload may add 1 MB to what a fresh canister takes', () => {
  expect(violationOf([2 * MB, 6 * MB, 6.9 * MB, 7.8 * MB])).toBeUndefined();
});

test('an upgrade begins with a new heap', () => {
  expect(violationOf([2 * MB, 6 * MB, 6 * MB], 1)).toBeUndefined();
  expect(violationOf([2 * MB, 6 * MB, 8 * MB], 1)).toContain('the fresh canister');
});

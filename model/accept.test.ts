import { describe, expect, test } from 'vitest';
import { accept } from './accept.js';
import type { Result } from './result.js';
import { ModelBench, ORACLE, begin, finish, on, put } from './testing/drive-model.js';

function isAccepted(
  bench: ModelBench,
  request: Parameters<ModelBench['allowed']>[0],
  result: Result,
): boolean {
  return bench.allowed(request).some((alternative) => accept(alternative, result, ORACLE) !== undefined);
}

describe('accept', () => {
  test('requires an unused id for a new session and the old id for a repeated begin', () => {
    const bench = new ModelBench().do(begin());
    expect(isAccepted(bench, begin({ key: 'l' }), { kind: 'begun', sessionId: '1' })).toBe(false);
    expect(isAccepted(bench, begin({ key: 'l' }), { kind: 'begun', sessionId: '2' })).toBe(true);
    expect(isAccepted(bench, begin(), { kind: 'begun', sessionId: '2' })).toBe(false);
  });

  test('requires an unused blob id, and the same id for a repeated finish', () => {
    const result = (blobId: string): Result => ({
      kind: 'finished',
      blobId,
      memoryId: undefined,
      size: '250',
      sha256: undefined,
    });
    const bench = new ModelBench().do(begin(), put(0), put(1), put(2));
    expect(isAccepted(bench, finish(), result('x'))).toBe(true);
    expect(isAccepted(bench, finish(), { ...result('x'), size: '249' } as Result)).toBe(false);
    bench.do(finish());
    expect(isAccepted(bench, finish(), result('x'))).toBe(false);
  });

  test('requires error texts, where there are any, to name the wrong number', () => {
    const bench = new ModelBench().do(begin(), put(0), put(2));
    const error = (text: string): Result => ({ kind: 'error', error: 'InvalidArgument', text });
    const withoutText: Result = { kind: 'error', error: 'InvalidArgument' };
    expect(isAccepted(bench, finish(), error('chunk 1 is missing'))).toBe(true);
    expect(isAccepted(bench, finish(), error('chunk 11 is missing'))).toBe(false);
    expect(isAccepted(bench, finish(), error(''))).toBe(false);
    expect(isAccepted(bench, finish(), withoutText)).toBe(true);
    const none = new ModelBench().do(begin());
    for (const index of [0, 1, 2]) expect(isAccepted(none, finish(), error(`no chunk ${index}`))).toBe(true);
    expect(isAccepted(none, finish(), error('no chunk 3'))).toBe(false);
    expect(isAccepted(bench, finish({ lengthOff: 1750 }), error('expected 250, not 2,000 B'))).toBe(true);
  });

  test('allows the status of a Cancelled session with and without its chunks', () => {
    const bench = new ModelBench().do(begin(), put(0), on('abort'));
    const status = (chunksReceived: number): Result => ({
      kind: 'status',
      state: 'Cancelled',
      bytesReceived: String(chunksReceived * 100),
      chunksReceived,
      missing: [],
      chunkSize: '100',
    });
    expect([0, 1, 2].map((count) => isAccepted(bench, on('status'), status(count)))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('requires a list to contain every session once and no other', () => {
    const bench = new ModelBench().do(begin(), begin({ key: 'l' }));
    const list = { op: 'list', by: 0 } as const;
    const seen = (...sessionIds: readonly string[]): boolean =>
      isAccepted(bench, list, { kind: 'sessions', sessionIds });
    expect([seen('2', '1'), seen('1'), seen('1', '2', '3'), seen('1', '2', '2')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

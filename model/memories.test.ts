import { describe, expect, test } from 'vitest';
import { applyUpgrade } from './apply.js';
import type { ModelRequest, RequestedAsset } from './request.js';
import { ModelBench, begin, finish, on, put } from './testing/drive-model.js';

const chunks = [put(0), put(1), put(2)];
/** Session 1 of caller 0, with blob_1 and memory_1. */
const completed = (): ModelBench => new ModelBench().do(begin(), ...chunks, finish());

function memory(assets: readonly RequestedAsset[], by = 0, capsuleOf = by): ModelRequest {
  return {
    op: 'memory',
    by,
    capsuleOf,
    assets,
  };
}
function blob(kind: RequestedAsset['kind'] = 'Original', blobId = 'blob_1'): RequestedAsset {
  return {
    kind,
    blobId,
  };
}
function inline(inlineBytes: number, kind: RequestedAsset['kind'] = 'Thumb'): RequestedAsset {
  return {
    kind,
    inlineBytes,
  };
}
function onMemory(op: 'readMemory' | 'deleteMemory', memoryId: string, by = 0): ModelRequest {
  return {
    op,
    by,
    memoryId,
  };
}

describe('the creation of a memory', () => {
  test.each<[string, ModelRequest, string]>([
    ['a blob and inline bytes', memory([blob(), inline(10)]), 'memory'],
    ['one blob under two kinds', memory([blob(), blob('Display')]), 'memory'],
    ['exactly the limit of inline bytes', memory([inline(32_768)]), 'memory'],
    ['a byte more', memory([inline(32_769)]), 'ResourceExhausted: over-limit'],
    ['no bytes', memory([inline(0)]), 'memory'],
    ['no asset', memory([]), 'InvalidArgument: asset-count'],
    ['a kind twice', memory([inline(1), inline(2)]), 'InvalidArgument: kind-twice'],
    [
      'too many assets before a kind twice',
      memory([1, 2, 3, 4, 5].map((n) => inline(n))),
      'InvalidArgument: asset-count',
    ],
    ['an unknown blob before all else', memory([blob('Original', 'blob_9')], 1, 0), 'NotFound: no-blob'],
    ["the capsule of another before the assets' number", memory([], 1, 0), 'Unauthorized: not-owner'],
    ['the blob of another', memory([blob()], 1), 'Unauthorized: not-owner'],
    ['a kind twice before the limit', memory([inline(40_000), inline(1)]), 'InvalidArgument: kind-twice'],
  ])('%s', (_, request, result) => {
    expect(completed().answer(request)).toBe(result);
  });
});

describe('a blob and its memories', () => {
  test('keep the blob until the last memory that refers to it is deleted', () => {
    const bench = completed().do(memory([blob()]));
    expect(bench.do(onMemory('deleteMemory', 'memory_1')).answer(on('read'))).toBe('blob');
    const second = bench.state.memories[1]?.id ?? '';
    expect(bench.do(onMemory('deleteMemory', second)).answer(on('read'))).toBe('NotFound: blob-freed');
    expect(bench.answer(memory([blob()]))).toBe('NotFound: no-blob');
    expect(bench.answer(finish())).toBe('finished');
  });

  test('are readable by their owner until they are deleted', () => {
    const bench = completed();
    expect(bench.answer(onMemory('readMemory', 'memory_1'))).toBe('memory');
    expect(bench.answer(onMemory('readMemory', 'memory_1', 1))).toBe('Unauthorized: not-owner');
    expect(bench.answer(onMemory('deleteMemory', 'memory_1', 1))).toBe('Unauthorized: not-owner');
    bench.do(onMemory('deleteMemory', 'memory_1'));
    expect(bench.answer(onMemory('readMemory', 'memory_1'))).toBe('NotFound: no-memory');
    expect(bench.answer(onMemory('deleteMemory', 'memory_1'))).toBe('NotFound: no-memory');
  });
});

describe('stats', () => {
  const counters = (bench: ModelBench) => {
    const [only] = bench.allowed({ op: 'stats', by: 0 });
    if (only?.expected.kind !== 'stats') throw new Error('statistics answer statistics');
    return only.expected.counters;
  };

  test('count an open session, then its blob, then nothing', () => {
    const open = counters(new ModelBench().do(begin(), put(0)));
    expect([open.uploading.atLeast, open.bytesPending.atLeast, open.blobs.atLeast]).toEqual([1, 100, 0]);
    const stored = counters(completed());
    expect([stored.completed.atLeast, stored.bytesPending.atMost, stored.bytesStored.atLeast]).toEqual([
      1, 0, 250,
    ]);
    const deleted = counters(completed().do(onMemory('deleteMemory', 'memory_1')));
    expect([deleted.blobs.atMost, deleted.memories.atMost, deleted.bytesStored.atMost]).toEqual([0, 0, 0]);
  });

  test('may count the chunks of an expired session until its owner cleans up', () => {
    const expired = new ModelBench().do(begin(), put(0)).pass(1000);
    expect(counters(expired).bytesPending).toEqual({ atLeast: 0, atMost: 100 });
    expired.do({ op: 'cleanup', by: 1 });
    expect(counters(expired).bytesPending).toEqual({ atLeast: 0, atMost: 100 });
    expired.do({ op: 'cleanup', by: 0 });
    expect(counters(expired)).toMatchObject({
      bytesPending: { atLeast: 0, atMost: 0 },
      failed: { atLeast: 1, atMost: 1 },
    });
  });
});

describe('limits that an upgrade sets', () => {
  test('apply to sessions that begin after it', () => {
    const bench = new ModelBench().do(begin(), put(0));
    bench.state = applyUpgrade(bench.state, { chunkSize: 50, sessionTtlSeconds: 10 });
    expect(bench.session().chunkSize).toBe(100);
    expect(bench.do(put(1, { chunkSize: 100 })).session().bytesReceived).toBe(200);
    expect(bench.pass(999).answer(on('status'))).toBe('status');
    bench.do(begin({ key: 'other', file: 1, chunkSize: 50 }));
    expect(bench.session(1)).toMatchObject({
      chunkSize: 50,
      chunksExpected: 2,
      sessionTtlNs: 10_000_000_000n,
    });
  });

  test('make a begin with the old number of chunks fail', () => {
    const bench = new ModelBench();
    bench.state = applyUpgrade(bench.state, { chunkSize: 50 });
    expect(bench.answer(begin({ chunkSize: 100 }))).toBe('InvalidArgument: wrong-chunk-count');
  });
});

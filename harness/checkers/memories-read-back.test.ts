import { describe, expect, it } from 'vitest';
import { inlineSha256 } from '../../model/memories.js';
import type { AssetResult } from '../../model/result.js';
import {
  HistoryBuilder,
  LIMITS,
  completed,
  done,
  failed,
  memory,
  onMemory,
  original,
  remembered,
} from '../testing/history-builder.js';

const rule = 'memories-read-back';
const limits = { ...LIMITS, inlineBytesMax: 10 };
function inline(bytes: number, sha256: string | undefined = inlineSha256(bytes, 0)): AssetResult {
  return {
    kind: 'Thumb',
    size: String(bytes),
    blobId: undefined,
    inlineSha256: sha256,
  };
}
function created(): HistoryBuilder {
  return new HistoryBuilder().call(
    memory('M', [{ kind: 'Thumb', inlineBytes: 10 }]),
    remembered('m1', inline(10)),
  );
}

describe('the memories-read-back checker', () => {
  it('accepts memories that read back as they were created, and that are gone after a deletion', () => {
    const good = created()
      .call(onMemory('readMemory', 'M'), remembered('m1', inline(10)))
      .call(onMemory('readMemory', 'M', 1), failed('Unauthorized'))
      .call(onMemory('deleteMemory', 'M'), done)
      .call(onMemory('readMemory', 'M'), failed('NotFound'));
    expect(good.violation(rule, limits)).toBeUndefined();
  });

  it.each([
    ['without its bytes', remembered('m1', { ...inline(10), inlineSha256: undefined }), 'asset 0'],
    ['with other bytes', remembered('m1', inline(10, 'ab'.repeat(32))), 'asset 0'],
    ['without its assets', remembered('m1'), 'asset 0'],
    ['with more assets', remembered('m1', inline(10), inline(10)), '1 assets'],
    ['not at all', failed('NotFound'), 'the memory, because it was created before'],
  ])('reports a memory that reads back %s', (_title, answer, words) => {
    const bad = created().call(onMemory('readMemory', 'M'), answer);
    expect(bad.violation(rule, limits)?.expected).toContain(words);
  });

  it('reports a memory that is refused although its assets are within the limits', () => {
    const refused = failed('ResourceExhausted');
    const inlineOf = (bytes: number) =>
      new HistoryBuilder().call(memory('M', [{ kind: 'Thumb', inlineBytes: bytes }]), refused);
    expect(inlineOf(10).violation(rule, limits)?.expected).toContain('a new memory');
    expect(inlineOf(11).violation(rule, limits)).toBeUndefined();
    expect(inlineOf(10).violation(rule)).toBeUndefined();
    const ofBlob = completed().call(memory('M', [{ kind: 'Original', blobOf: 'A' }]), failed('NotFound'));
    expect(ofBlob.violation(rule)?.expected).toContain('a new memory');
    const kept = completed().call(
      memory('M', [{ kind: 'Original', blobOf: 'A' }]),
      remembered('memory_2', original('blob_1')),
    );
    expect(kept.violation(rule)).toBeUndefined();
  });
});

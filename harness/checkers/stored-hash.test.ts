import { describe, expect, it } from 'vitest';
import type { Result } from '../../model/result.js';
import type { ChunkData } from '../../model/schedule.js';
import {
  HistoryBuilder,
  LIMITS,
  begin,
  begun,
  blob,
  done,
  failed,
  finish,
  finished,
  on,
  put,
  targetOf,
} from '../testing/history-builder.js';

describe('the stored-hash checker', () => {
  it('accepts a blob that is read back as it was put', () => {
    const good = new HistoryBuilder()
      .uploaded('A', '1')
      .call(finish('A'), finished(1))
      .call(on('read', 'A'), blob());
    expect(good.violation('stored-hash')).toBeUndefined();
  });

  it('reports other bytes that are read back', () => {
    const bad = new HistoryBuilder().uploaded('A', '1').call(finish('A'), finished(1));
    expect(bad.call(on('read', 'A'), blob(0, 'ab'.repeat(32))).violation('stored-hash')).toMatchObject({
      event: 16,
      seen: 'read A: 250 B with SHA-256 abababababab…',
    });
  });

  it('reports a finish that returns another size', () => {
    const bad = new HistoryBuilder().uploaded('A', '1').call(finish('A'), finished(1, 1));
    expect(bad.violation('stored-hash')?.seen).toContain('100 B');
  });

  it.each(['flipped', 'short', 'empty'] as const)(
    'reports a finish that accepts a hash that is %s',
    (hash) => {
      const bad = new HistoryBuilder().uploaded('A', '1').call(finish('A', hash), finished(1));
      expect(bad.violation('stored-hash')?.expected).toContain('no file has the hash that was given');
    },
  );

  it('reports a finish that accepts a chunk with other bytes than the file', () => {
    const bad = new HistoryBuilder().call(begin('A', { file: 1 }), begun('1'));
    bad.call(put('A', 0, { kind: 'flipped', at: 3 }), done).call(finish('A'), finished(1, 1));
    expect(bad.violation('stored-hash')?.expected).toContain('the bytes put at index 0');
  });

  it('accepts the hash of another file with the same bytes', () => {
    const good = new HistoryBuilder().call(begin('A', { file: 3 }), begun('1'));
    for (const index of [0, 1, 2]) good.call(put('A', index), done);
    // The file after the last one is the first, which has the same bytes.
    expect(good.call(finish('A', 'other-file'), finished(1)).judged()).toEqual({ kind: 'valid' });
  });

  it('expects the put that finishes an upload to verify the hash that begin announced', () => {
    const target = targetOf({ finish: 'implied' }, {});
    const last = (first: ChunkData, answer: Result) =>
      new HistoryBuilder()
        .call(begin('A'), begun('1'))
        .call(put('A', 0, first), done)
        .call(put('A', 1), done)
        .call(put('A', 2), answer);
    const wrong: ChunkData = { kind: 'flipped', at: 1 };
    const violationOf = (built: HistoryBuilder, promises = target.promises) =>
      built.violation('stored-hash', LIMITS, { ...target, promises });
    expect(violationOf(last(wrong, finished(1)))?.expected).toContain('the bytes put at index 0');
    expect(violationOf(last(wrong, failed('ChecksumMismatch')))).toBeUndefined();
    expect(violationOf(last({ kind: 'right' }, finished(1)))).toBeUndefined();
    const { wrongHash: _, ...others } = target.promises;
    expect(violationOf(last(wrong, finished(1)), others)?.expected ?? '').not.toContain('announced');
  });

  describe('with a finish that lists the chunks', () => {
    const target = targetOf({ address: 'receipt', finish: 'list', finishTakesHash: false }, {});
    const part: Result = { kind: 'blob', size: '200', sha256: 'ab'.repeat(32) };

    it('accepts a file without a chunk that was acknowledged after the finish was issued', () => {
      const good = new HistoryBuilder().call(begin('A'), begun('1'));
      good.call(put('A', 0), done).call(put('A', 1), done);
      const finishing = good.start(finish('A'));
      good.call(put('A', 2), done).deliver(finishing).end(finishing, { kind: 'finished', blobId: 'blob_1' });
      good.call(on('read', 'A'), part);
      expect(good.violation('stored-hash', LIMITS, target)).toBeUndefined();
    });

    it('reports a file without a chunk that was acknowledged before', () => {
      const bad = new HistoryBuilder()
        .uploaded('A', '1')
        .call(finish('A'), { kind: 'finished', blobId: 'blob_1' });
      bad.call(on('read', 'A'), part);
      expect(bad.violation('stored-hash', LIMITS, target)?.seen).toContain('200 B');
    });
  });
});

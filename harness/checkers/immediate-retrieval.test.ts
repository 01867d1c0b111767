import { describe, expect, it } from 'vitest';
import {
  HistoryBuilder,
  blob,
  completed,
  done,
  failed,
  finish,
  finished,
  memory,
  on,
  onMemory,
  original,
  remembered,
} from '../testing/history-builder.js';

describe('the immediate-retrieval checker', () => {
  it('accepts a blob that the next call reads', () => {
    expect(completed().call(on('read', 'A'), blob()).violation('immediate-retrieval')).toBeUndefined();
  });

  it('reports a blob that the next call does not find', () => {
    expect(
      completed().call(on('read', 'A'), failed('NotFound')).violation('immediate-retrieval'),
    ).toMatchObject({
      event: 16,
      expected: 'read A: the blob, because finish A succeeded before (event 14)',
      seen: 'read A: NotFound',
    });
  });

  it('expects a blob to stay when the record of its session is gone', () => {
    const later = completed().advance(100_000).call(on('status', 'A'), failed('NotFound'));
    expect(later.call(on('read', 'A'), blob()).judged()).toEqual({ kind: 'valid' });
    expect(later.call(on('read', 'A'), failed('NotFound')).violation('immediate-retrieval')?.event).toBe(21);
  });

  it('accepts that a stranger is refused', () => {
    expect(
      completed()
        .call(on('read', 'A', 1), failed('Unauthorized'))
        .judged(),
    ).toEqual({ kind: 'valid' });
  });

  it('expects a blob to stay until its last memory is deleted', () => {
    const shared = () =>
      new HistoryBuilder()
        .uploaded('A', '1')
        .call(finish('A'), finished(1))
        .call(memory('M', [{ kind: 'Original', blobOf: 'A' }]), remembered('memory_2', original('blob_1')))
        .call(onMemory('deleteMemory', 'A'), done);
    const lost = shared().call(on('read', 'A'), failed('NotFound'));
    expect(lost.violation('immediate-retrieval')?.seen).toBe('read A: NotFound');
    const gone = shared().call(onMemory('deleteMemory', 'M'), done).call(on('read', 'A'), failed('NotFound'));
    expect(gone.judged()).toEqual({ kind: 'valid' });
  });
});

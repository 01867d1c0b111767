import { describe, expect, it } from 'vitest';
import type { ChunkData } from '../../model/schedule.js';
import {
  HistoryBuilder,
  LIMITS,
  begin,
  begun,
  done,
  failed,
  finish,
  finished,
  put,
  targetOf,
} from '../testing/history-builder.js';

describe('the completeness checker', () => {
  it('accepts a finish with every index stored, in any order and with duplicates', () => {
    const good = new HistoryBuilder().call(begin('A'), begun('1'));
    for (const index of [2, 0, 2, 1]) good.call(put('A', index), done);
    expect(good.call(finish('A'), finished(1)).violation('completeness')).toBeUndefined();
  });

  it('reports the missing index of a finish that counts puts instead of indices', () => {
    const bad = new HistoryBuilder().call(begin('A'), begun('1'));
    for (const index of [0, 2, 2]) bad.call(put('A', index), done);
    expect(bad.call(finish('A'), finished(1)).violation('completeness')).toMatchObject({
      event: 14,
      expected: 'finish A: InvalidArgument, because no put of index 1 succeeded',
    });
  });

  it('does not count the chunk of a refused put as stored', () => {
    const bad = new HistoryBuilder()
      .call(begin('A', { file: 1 }), begun('1'))
      .call(put('A', 0), failed('Internal'));
    expect(bad.call(finish('A'), finished(1, 1)).violation('completeness')?.expected).toContain('index 0');
  });

  it('accepts that a put whose answer was lost may have stored its chunk', () => {
    const good = new HistoryBuilder().call(begin('A', { file: 1 }), begun('1'));
    good.lose(good.start(put('A', 0)));
    expect(good.call(finish('A'), finished(1, 1)).violation('completeness')).toBeUndefined();
  });

  it('accepts a finish of an empty file without any put', () => {
    const good = new HistoryBuilder()
      .call(begin('A', { file: 2 }), begun('1'))
      .call(finish('A'), finished(1, 2));
    expect(good.judged()).toEqual({ kind: 'valid' });
  });

  describe('where the client addresses bytes', () => {
    const target = targetOf({ address: 'offset' }, { chunkOrder: 'ascending' });
    // A chunk of 249 B and one byte more are the whole file.
    const limits = { ...LIMITS, chunkSize: 249 };
    const judged = (data: ChunkData) =>
      new HistoryBuilder()
        .call(begin('A'), begun('1'))
        .call(put('A', 0, data), done)
        .call(finish('A'), finished(1))
        .violation('completeness', limits, target);

    it('accepts a finish if one chunk of another length is the whole file', () => {
      expect(judged({ kind: 'long' })).toBeUndefined();
    });

    it('reports the first byte that was never put', () => {
      expect(judged({ kind: 'right' })?.expected).toBe(
        'finish A: InvalidArgument, because no put of byte 249 succeeded',
      );
    });
  });
});

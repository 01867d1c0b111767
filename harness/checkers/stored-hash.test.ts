import { describe, expect, test } from 'vitest';
import {
  HistoryBuilder,
  begin,
  begun,
  blob,
  done,
  finish,
  finished,
  on,
  put,
} from '../testing/history-builder.js';

describe('stored-hash', () => {
  test('what is read back is what was put', () => {
    const good = new HistoryBuilder()
      .uploaded('A', '1')
      .call(finish('A'), finished(1))
      .call(on('read', 'A'), blob());
    expect(good.violation('stored-hash')).toBeUndefined();
  });

  test('other bytes read back are a violation', () => {
    const bad = new HistoryBuilder().uploaded('A', '1').call(finish('A'), finished(1));
    expect(bad.call(on('read', 'A'), blob(0, 'ab'.repeat(32))).violation('stored-hash')).toMatchObject({
      event: 16,
      seen: 'read A: 250 B with SHA-256 abababababab…',
    });
  });

  test('a finish whose answer tells another hash or size is a violation', () => {
    const bad = new HistoryBuilder().uploaded('A', '1').call(finish('A'), finished(1, 1));
    expect(bad.violation('stored-hash')?.seen).toContain('100 B');
  });

  test.each(['flipped', 'short', 'empty'] as const)(
    'finish that accepts a hash that is %s is a violation',
    (hash) => {
      const bad = new HistoryBuilder().uploaded('A', '1').call(finish('A', hash), finished(1));
      expect(bad.violation('stored-hash')?.expected).toContain('the hash given is that of no file');
    },
  );

  test('finish that accepts a stored chunk that is not of the file is a violation', () => {
    const bad = new HistoryBuilder().call(begin('A', { file: 1 }), begun('1'));
    bad.call(put('A', 0, { kind: 'flipped', at: 3 }), done).call(finish('A'), finished(1, 1));
    expect(bad.violation('stored-hash')?.expected).toContain('the bytes put at index 0');
  });

  test('a file of the same bytes has the same hash', () => {
    const good = new HistoryBuilder().call(begin('A', { file: 3 }), begun('1'));
    for (const index of [0, 1, 2]) good.call(put('A', index), done);
    // The next file after the last is the first, which has the same bytes.
    expect(good.call(finish('A', 'other-file'), finished(1)).judged()).toEqual({ kind: 'valid' });
  });
});

import { describe, expect, it } from 'vitest';
import {
  HistoryBuilder,
  begin,
  begun,
  completed,
  done,
  failed,
  finish,
  finished,
  on,
  put,
} from '../testing/history-builder.js';

describe('the idempotency checker', () => {
  it('accepts repetitions that have no further effect, and conflicts for other arguments', () => {
    const good = completed()
      .call(begin('A'), begun('1'))
      .call(begin('B', { key: 'A', file: 1 }), failed('Conflict'))
      .call(begin('C', { key: 'A', caller: 1 }), begun('2'))
      .call(on('abort', 'C'), done)
      .call(on('abort', 'C'), done)
      .call(begin('C', { key: 'A', caller: 1 }), begun('3'))
      .call(finish('A'), finished(1))
      .call(finish('A', 'other-file'), failed('Conflict'));
    expect(good.judged()).toEqual({ kind: 'valid' });
  });

  it('expects a key to be free exactly when its session expires', () => {
    const good = new HistoryBuilder().call(begin('A'), begun('1')).advance(1000).call(begin('A'), begun('2'));
    expect(good.judged()).toEqual({ kind: 'valid' });
    const bad = new HistoryBuilder().call(begin('A'), begun('1')).advance(1000).call(begin('A'), begun('1'));
    expect(bad.violation('idempotency')?.expected).toContain('no session holds this key');
  });

  it.each([
    [
      'a repeated begin makes another session',
      completed().call(begin('A'), begun('2')),
      'the same parameters',
    ],
    [
      'a key is accepted with other parameters',
      completed().call(begin('B', { key: 'A', file: 1 }), begun('1')),
      'Conflict',
    ],
    [
      'a repeated finish makes another blob',
      completed().call(finish('A'), finished(2)),
      'the same arguments',
    ],
    [
      'a repeated finish succeeds with another hash',
      completed().call(finish('A', 'flipped'), finished(1)),
      'other arguments',
    ],
    [
      'a repeated put is a conflict',
      new HistoryBuilder().uploaded('A', '1').call(put('A', 0), failed('Conflict')),
      'the same bytes',
    ],
    [
      'a repeated abort is refused',
      new HistoryBuilder()
        .call(begin('A'), begun('1'))
        .call(on('abort', 'A'), done)
        .call(on('abort', 'A'), failed('InvalidState')),
      'Cancelled already',
    ],
    [
      'the key of an aborted session still leads to it',
      new HistoryBuilder()
        .call(begin('A'), begun('1'))
        .call(on('abort', 'A'), done)
        .call(begin('A'), begun('1')),
      'no session holds this key',
    ],
  ])('reports a violation when %s', (_title, bad, words) => {
    expect(bad.violation('idempotency')?.expected).toContain(words);
  });
});

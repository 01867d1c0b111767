import { describe, expect, it } from 'vitest';
import {
  HistoryBuilder,
  begin,
  begun,
  blob,
  cleanup,
  done,
  failed,
  finish,
  finished,
  list,
  on,
  put,
  status,
} from '../testing/history-builder.js';

function two(): HistoryBuilder {
  return new HistoryBuilder().call(begin('A'), begun('1')).call(begin('B', { caller: 1 }), begun('2'));
}

describe('the isolation checker', () => {
  it('accepts two sessions that are uploaded at the same time', () => {
    const good = two()
      .call(put('A', 0), done)
      .call(on('status', 'B'), status('Initiated'))
      .call(put('B', 0, { kind: 'flipped', at: 1 }), done)
      .call(on('status', 'A'), status('Uploading', 0))
      .call(put('A', 0, { kind: 'right' }, 1), failed('Unauthorized'))
      .call(list(1), { kind: 'sessions', sessionIds: ['2'] });
    expect(good.judged()).toEqual({ kind: 'valid' });
  });

  it.each([
    [
      'the put of a stranger succeeds',
      two().call(put('A', 0, { kind: 'right' }, 1), done),
      'the session belongs to caller 0, not to caller 1',
    ],
    [
      'a stranger begins a session in the capsule of another caller',
      two().call(begin('C', { capsuleOf: 1 }), begun('3')),
      'Unauthorized',
    ],
    [
      'two sessions have the same id',
      two().call(begin('C', { key: 'other' }), begun('1')),
      'a session other than that of begin A',
    ],
    [
      'a list shows the sessions of others',
      two().call(list(), { kind: 'sessions', sessionIds: ['1', '2'] }),
      'only sessions of the caller, not 2',
    ],
    [
      'a status counts a chunk that was never put',
      two().call(on('status', 'B'), status('Uploading', 0)),
      'at most 0 chunks',
    ],
    [
      'a put conflicts with a chunk that was never put',
      two().call(put('A', 0), done).call(put('B', 0), failed('Conflict')),
      'no Conflict',
    ],
    [
      'a cleanup of one caller changes the session of another',
      two()
        .call(on('status', 'A'), status('Initiated'))
        .call(cleanup(1), done)
        .call(on('status', 'A'), status('Cancelled')),
      'nothing was done to this session since event 7',
    ],
    [
      'two sessions share a blob',
      new HistoryBuilder()
        .uploaded('A', '1')
        .uploaded('B', '2')
        .call(finish('A'), finished(1))
        .call(finish('B'), finished(1)),
      'a blob other than that of session 1',
    ],
    [
      'a blob changes',
      new HistoryBuilder()
        .uploaded('A', '1')
        .call(finish('A'), finished(1))
        .call(on('read', 'A'), blob())
        .call(on('read', 'A'), blob(0, 'cd'.repeat(32))),
      'as read before',
    ],
  ])('reports a violation when %s', (_title, bad, words) => {
    expect(bad.violation('isolation')?.expected).toContain(words);
  });

  it('accepts that a delayed status shows a later state than a status issued after it', () => {
    const held = new HistoryBuilder().call(begin('A'), begun('1'));
    const first = held.start(on('status', 'A'));
    held.call(on('status', 'A'), status('Initiated')).call(put('A', 0), done);
    held.deliver(first).end(first, status('Uploading', 0));
    expect(held.violation('isolation')).toBeUndefined();
  });

  it('does not attribute an expiry to other sessions', () => {
    const good = two()
      .call(on('status', 'A'), status('Initiated'))
      .advance(1000)
      .call(on('status', 'A'), status('Failed'));
    expect(good.judged()).toEqual({ kind: 'valid' });
  });
});

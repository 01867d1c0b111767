import { describe, expect, test } from 'vitest';
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

describe('isolation', () => {
  test('two sessions at work side by side are right', () => {
    const good = two()
      .call(put('A', 0), done)
      .call(on('status', 'B'), status('Initiated'))
      .call(put('B', 0, { kind: 'flipped', at: 1 }), done)
      .call(on('status', 'A'), status('Uploading', 0))
      .call(put('A', 0, { kind: 'right' }, 1), failed('Unauthorized'))
      .call(list(1), { kind: 'sessions', sessionIds: ['2'] });
    expect(good.judged()).toEqual({ kind: 'valid' });
  });

  test.each([
    [
      'a stranger puts',
      two().call(put('A', 0, { kind: 'right' }, 1), done),
      'the session belongs to caller 0, not 1',
    ],
    [
      "a stranger begins in another's capsule",
      two().call(begin('C', { capsuleOf: 1 }), begun('3')),
      'Unauthorized',
    ],
    ['one id is two sessions', two().call(begin('C', { key: 'other' }), begun('1')), 'another session'],
    [
      'a list shows the sessions of others',
      two().call(list(), { kind: 'sessions', sessionIds: ['1', '2'] }),
      'such as 2',
    ],
    [
      'a chunk is there that nobody put',
      two().call(on('status', 'B'), status('Uploading', 0)),
      'at most 0 chunks',
    ],
    [
      'a conflict with what nobody put',
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
      'another blob than that of session 1',
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
  ])('%s: a violation', (_title, bad, words) => {
    expect(bad.violation('isolation')?.expected).toContain(words);
  });

  test('a status that is held up tells a later state than one issued after it', () => {
    const held = new HistoryBuilder().call(begin('A'), begun('1'));
    const first = held.start(on('status', 'A'));
    held.call(on('status', 'A'), status('Initiated')).call(put('A', 0), done);
    held.deliver(first).end(first, status('Uploading', 0));
    expect(held.violation('isolation')).toBeUndefined();
  });

  test('what time does is no trace of others', () => {
    const good = two()
      .call(on('status', 'A'), status('Initiated'))
      .advance(1000)
      .call(on('status', 'A'), status('Failed'));
    expect(good.judged()).toEqual({ kind: 'valid' });
  });
});

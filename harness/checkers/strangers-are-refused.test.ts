import { describe, expect, it } from 'vitest';
import {
  HistoryBuilder,
  LIMITS,
  begin,
  begun,
  blob,
  completed,
  done,
  failed,
  list,
  on,
  put,
  status,
  targetOf,
} from '../testing/history-builder.js';

function two(): HistoryBuilder {
  return new HistoryBuilder().call(begin('A'), begun('1')).call(begin('B', { caller: 1 }), begun('2'));
}

describe('the strangers-are-refused checker', () => {
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
      'begin A was by caller 0, not by caller 1',
    ],
    [
      'a stranger begins a session in the capsule of another caller',
      two().call(begin('C', { capsuleOf: 1 }), begun('3')),
      'Unauthorized',
    ],
    [
      'a list shows the sessions of others',
      two().call(list(), { kind: 'sessions', sessionIds: ['1', '2'] }),
      'only sessions of the caller, not 2',
    ],
    ['a stranger aborts', two().call(on('abort', 'A', 1), done), 'begin A was by caller 0, not by caller 1'],
    [
      'a stranger asks for the status',
      two().call(on('status', 'A', 1), status('Initiated')),
      'not by caller 1',
    ],
    ['a stranger reads', completed().call(on('read', 'A', 1), blob()), 'not by caller 1'],
  ])('reports a violation when %s', (_title, bad, words) => {
    expect(bad.violation('strangers-are-refused')?.expected).toContain(words);
  });

  it('states the kinds of the right and of the wrong answer', () => {
    const bad = [
      two().call(put('A', 0, { kind: 'right' }, 1), done),
      two().call(list(), { kind: 'sessions', sessionIds: ['1', '2'] }),
    ];
    expect(bad.map((built) => built.violation('strangers-are-refused'))).toMatchObject([
      { expectedKind: 'Unauthorized', seenKind: 'success' },
      { expectedKind: 'own sessions', seenKind: 'sessions of others' },
    ]);
  });

  it('accepts calls of others where the promises allow them', () => {
    const { access } = targetOf({}, {}).promises;
    const target = targetOf({}, { access: { ...access, put: 'anyone' } });
    const put1 = two().call(put('A', 0, { kind: 'right' }, 1), done);
    expect(put1.violation('strangers-are-refused', LIMITS, target)).toBeUndefined();
  });
});

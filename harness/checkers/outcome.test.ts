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

const history = (): HistoryBuilder => new HistoryBuilder();

describe('the outcome checker', () => {
  it('accepts a whole upload', () => {
    const good = history()
      .uploaded('A', '1')
      .call(on('status', 'A'), status('Uploading', 0, 1, 2))
      .call(finish('A'), finished(1))
      .call(on('read', 'A'), blob())
      .call(list(), { kind: 'sessions', sessionIds: ['1'] })
      .call(cleanup(), done);
    expect(good.judged()).toEqual({ kind: 'valid' });
  });

  it('accepts every error of the interface where the specification requires it', () => {
    const good = history()
      .call(begin('A', { chunksOff: 1 }), failed('InvalidArgument'))
      .call(begin('A', { capsuleOf: 1 }), failed('Unauthorized'))
      .call(begin('A', { key: '' }), failed('InvalidArgument'))
      .call(begin('A'), begun('1'))
      .call(begin('A', { file: 1 }), failed('Conflict'))
      .call(on('pause', 'A'), failed('InvalidState'))
      .call(put('A', 3), failed('InvalidArgument'))
      .call(put('A', 0, { kind: 'long' }), failed('InvalidArgument'))
      .call(put('A', 0, { kind: 'right' }, 1), failed('Unauthorized'))
      .call(put('A', 0), done)
      .call(put('A', 0), done)
      .call(put('A', 0, { kind: 'flipped', at: 1 }), failed('Conflict'))
      .call(finish('A'), failed('InvalidArgument', 'chunk 1 is missing'))
      .call(put('A', 1), done)
      .call(put('A', 2), done)
      .call(finish('A', 'right', 1), failed('InvalidArgument', 'total_len is 251'))
      .call(finish('A', 'short'), failed('InvalidArgument', 'the hash has 31 bytes'))
      .call(finish('A', 'flipped'), failed('ChecksumMismatch'))
      .call(on('pause', 'A'), done)
      .call(finish('A'), failed('InvalidState'))
      .call(on('resume', 'A'), done)
      .call(finish('A'), finished(1))
      .call(finish('A', 'flipped'), failed('Conflict'))
      .call(on('abort', 'A'), failed('InvalidState'))
      .call(put('A', 0), failed('InvalidState'));
    expect(good.judged()).toEqual({ kind: 'valid' });
  });

  it('expects the bytes that were stored first to be kept', () => {
    const first = history()
      .call(begin('A'), begun('1'))
      .call(put('A', 0, { kind: 'flipped', at: 7 }), done)
      .call(put('A', 0), failed('Conflict'))
      .call(put('A', 1), done)
      .call(put('A', 2), done)
      .call(finish('A'), failed('ChecksumMismatch'));
    expect(first.judged()).toEqual({ kind: 'valid' });
  });

  it('reports the first wrong answer in words', () => {
    const bad = history().uploaded('A', '1').call(finish('A'), failed('ChecksumMismatch'));
    expect(bad.violation('outcome')).toMatchObject({
      checker: 'outcome',
      event: 14,
      expected: expect.stringMatching(
        /^finish A: Ok with a new blob, 250 B, SHA-256 \w+…, because indices 0\.\.2 are all stored and the hash is right$/,
      ) as string,
      seen: 'finish A: ChecksumMismatch',
    });
  });

  it('expects the error of a finish to name a missing index', () => {
    const begunWith = (text: string): HistoryBuilder =>
      history()
        .call(begin('A'), begun('1'))
        .call(put('A', 1), done)
        .call(finish('A'), failed('InvalidArgument', text));
    expect(begunWith('chunk 0 is missing').violation('outcome')).toBeUndefined();
    expect(begunWith('something is missing').violation('outcome')?.expected).toContain(
      'nothing is stored at 0, 2',
    );
  });

  it.each([
    [
      'the put of a stranger succeeds',
      history()
        .call(begin('A'), begun('1'))
        .call(put('A', 0, { kind: 'right' }, 1), done),
    ],
    ['an index past the end is accepted', history().call(begin('A'), begun('1')).call(put('A', 3), done)],
    [
      'other bytes are accepted at a stored index',
      history()
        .uploaded('A', '1')
        .call(put('A', 1, { kind: 'flipped', at: 0 }), done),
    ],
    [
      'a status omits a chunk',
      history()
        .uploaded('A', '1')
        .call(on('status', 'A'), status('Uploading', 0, 1)),
    ],
    ['an id is used twice', history().call(begin('A'), begun('1')).call(begin('B'), begun('1'))],
    [
      'a list omits a session',
      history().call(begin('A'), begun('1')).call(list(), { kind: 'sessions', sessionIds: [] }),
    ],
    ['a reply cannot be decoded', history().call(begin('A'), { kind: 'undecodable', text: 'no magic' })],
  ])('reports a violation when %s', (_title, bad) => {
    expect(bad.violation('outcome')).toBeDefined();
  });

  it('does not report the consequences of a wrong answer', () => {
    const bad = history()
      .call(begin('A'), begun('1'))
      .call(put('A', 0, { kind: 'short' }), done)
      .call(on('status', 'A'), status('Uploading', 0));
    expect(bad.violation('outcome')?.event).toBe(5);
  });

  it('expects a session to be Finishing while a finish takes several messages', () => {
    const bad = history().uploaded('A', '1');
    const call = bad.start(finish('A'));
    bad
      .deliver(call)
      .call(on('status', 'A'), status('Finishing', 0, 1, 2))
      .call(put('A', 0), failed('InvalidState'))
      .call(finish('A'), failed('InvalidState'))
      .message(call)
      .end(call, finished(1))
      .call(on('status', 'A'), status('Completed', 0, 1, 2));
    expect(bad.judged()).toEqual({ kind: 'valid' });
    const worse = history().uploaded('A', '1');
    const other = worse.start(finish('A'));
    worse.deliver(other).call(put('A', 0), done);
    expect(worse.violation('outcome')?.expected).toBe(
      'put A[0]: InvalidState, because the session is Finishing',
    );
  });

  it('expects the limit of active sessions to be exact', () => {
    const full = history();
    for (const id of ['1', '2', '3', '4', '5']) full.call(begin(id), begun(id));
    full
      .call(begin('A'), failed('ResourceExhausted'))
      .call(on('abort', '1'), done)
      .call(begin('A'), begun('6'));
    expect(full.judged()).toEqual({ kind: 'valid' });
    expect(full.call(begin('B'), begun('7')).violation('outcome')?.expected).toContain('5 active sessions');
  });
});

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
  status,
} from '../testing/history-builder.js';

const cancelled = (): HistoryBuilder => new HistoryBuilder().uploaded('A', '1').call(on('abort', 'A'), done);

describe('the terminal-states checker', () => {
  it('accepts sessions that do not change after they have ended', () => {
    const good = cancelled()
      .call(put('A', 0), failed('InvalidState'))
      .call(finish('A'), failed('InvalidState'))
      .call(on('abort', 'A'), done)
      .call(on('status', 'A'), status('Cancelled'));
    expect(good.judged()).toEqual({ kind: 'valid' });
    expect(completed().call(finish('A'), finished(1)).judged()).toEqual({ kind: 'valid' });
  });

  it.each([
    ['a Cancelled session finishes', cancelled().call(finish('A'), finished(1))],
    ['a Cancelled session resumes', cancelled().call(on('resume', 'A'), done)],
    ['a Cancelled session is Uploading again', cancelled().call(on('status', 'A'), status('Uploading', 0))],
    ['a Completed session is aborted', completed().call(on('abort', 'A'), done)],
    ['a Completed session accepts a chunk', completed().call(put('A', 0), done)],
    [
      'a Failed session accepts a chunk',
      new HistoryBuilder()
        .call(begin('A'), begun('1'))
        .advance(1000)
        .call(on('status', 'A'), status('Failed'))
        .call(put('A', 0), done),
    ],
  ])('reports a violation when %s', (_title, bad) => {
    expect(bad.violation('terminal-states')?.expected).toContain('showed that state before');
  });

  it('accepts that a call in flight when the session ended took effect before', () => {
    const good = new HistoryBuilder().uploaded('A', '1');
    const call = good.start(on('pause', 'A'));
    const other = good.start(on('abort', 'A'));
    good.deliver(call).deliver(other).end(other, done).end(call, done);
    expect(good.judged()).toEqual({ kind: 'valid' });
  });
});

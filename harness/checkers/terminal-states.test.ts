import { describe, expect, test } from 'vitest';
import {
  HistoryBuilder,
  begin,
  begun,
  done,
  failed,
  finish,
  finished,
  on,
  put,
  status,
} from '../testing/history-builder.js';

const cancelled = (): HistoryBuilder => new HistoryBuilder().uploaded('A', '1').call(on('abort', 'A'), done);
function completed(): HistoryBuilder {
  return new HistoryBuilder().uploaded('A', '1').call(finish('A'), finished(1));
}

describe('terminal-states', () => {
  test('sessions that have ended stay as they are', () => {
    const good = cancelled()
      .call(put('A', 0), failed('InvalidState'))
      .call(finish('A'), failed('InvalidState'))
      .call(on('abort', 'A'), done)
      .call(on('status', 'A'), status('Cancelled'));
    expect(good.judged()).toEqual({ kind: 'valid' });
    expect(completed().call(finish('A'), finished(1)).judged()).toEqual({ kind: 'valid' });
  });

  test.each([
    ['a Cancelled session finishes', cancelled().call(finish('A'), finished(1))],
    ['a Cancelled session resumes', cancelled().call(on('resume', 'A'), done)],
    ['a Cancelled session is Uploading again', cancelled().call(on('status', 'A'), status('Uploading', 0))],
    ['a Completed session is aborted', completed().call(on('abort', 'A'), done)],
    ['a Completed session takes chunks', completed().call(put('A', 0), done)],
    [
      'a Failed session goes on',
      new HistoryBuilder()
        .call(begin('A'), begun('1'))
        .advance(1000)
        .call(on('status', 'A'), status('Failed'))
        .call(put('A', 0), done),
    ],
  ])('%s: a violation', (_title, bad) => {
    expect(bad.violation('terminal-states')?.expected).toContain('showed that before');
  });

  test('a call that was under way when the session ended may come first', () => {
    const good = new HistoryBuilder().uploaded('A', '1');
    const call = good.start(on('pause', 'A'));
    const other = good.start(on('abort', 'A'));
    good.deliver(call).deliver(other).end(other, done).end(call, done);
    expect(good.judged()).toEqual({ kind: 'valid' });
  });
});

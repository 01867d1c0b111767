import { describe, expect, it } from 'vitest';
import { begunA, done, failed, on, put, status } from '../testing/history-builder.js';

const NANOSECOND = 1e-9;
const DAY_SECONDS = 86_400;

describe('the expiry checker', () => {
  it('expects a session to be open until its time is up, and Failed exactly then', () => {
    const last = begunA()
      .advance(1000 - NANOSECOND)
      .call(on('status', 'A'), status('Initiated'));
    expect(last.judged()).toEqual({ kind: 'valid' });
    const failedNow = last.advance(NANOSECOND).call(on('status', 'A'), status('Failed'));
    expect(failedNow.call(put('A', 0), failed('InvalidState')).judged()).toEqual({ kind: 'valid' });
  });

  it('restarts the time with every update, but not with a repeated chunk', () => {
    const good = begunA()
      .advance(900)
      .call(put('A', 0), done)
      .advance(900)
      .call(put('A', 0), done)
      .advance(100)
      .call(on('status', 'A'), status('Failed'));
    expect(good.judged()).toEqual({ kind: 'valid' });
  });

  it('expects the record to stay for a day, also after the chunks were freed', () => {
    const good = begunA()
      .advance(1000)
      .advance(DAY_SECONDS - 1)
      .call(on('status', 'A'), status('Failed'));
    expect(good.advance(1).call(on('status', 'A'), failed('NotFound')).judged()).toEqual({ kind: 'valid' });
  });

  it('restarts that day when a Failed session is aborted', () => {
    const good = begunA()
      .advance(50_000)
      .call(on('abort', 'A'), done)
      .advance(DAY_SECONDS - 1);
    expect(good.call(on('status', 'A'), status('Cancelled')).judged()).toEqual({ kind: 'valid' });
  });

  it.each([
    [
      'an expired session accepts a chunk',
      begunA().advance(1000).call(put('A', 0), done),
      'the session is Failed',
    ],
    ['a session fails early', begunA().advance(999).call(on('status', 'A'), status('Failed')), 'Initiated'],
    ['a session fails late', begunA().advance(1000).call(on('status', 'A'), status('Initiated')), 'Failed'],
    [
      'a put does not restart the time',
      begunA().advance(600).call(put('A', 0), done).advance(600).call(put('A', 1), failed('InvalidState')),
      'nothing is stored at this index',
    ],
    [
      'the record is gone at once',
      begunA().advance(1000).call(on('status', 'A'), failed('NotFound')),
      'Failed',
    ],
  ])('reports a violation when %s', (_title, bad, words) => {
    expect(bad.violation('expiry')?.expected).toContain(words);
  });

  it('ignores a wrong answer that is unrelated to time', () => {
    expect(begunA().call(put('A', 0), failed('InvalidState')).violation('expiry')).toBeUndefined();
  });
});

import { describe, expect, test } from 'vitest';
import { HistoryBuilder, begin, begun, done, failed, on, put, status } from '../testing/history-builder.js';

const begunA = (): HistoryBuilder => new HistoryBuilder().call(begin('A'), begun('1'));
const NANOSECOND = 1e-9;
const DAY_SECONDS = 86_400;

describe('expiry', () => {
  test('a session lives until its time is up, and fails on the instant', () => {
    const last = begunA()
      .advance(1000 - NANOSECOND)
      .call(on('status', 'A'), status('Initiated'));
    expect(last.judged()).toEqual({ kind: 'valid' });
    const failedNow = last.advance(NANOSECOND).call(on('status', 'A'), status('Failed'));
    expect(failedNow.call(put('A', 0), failed('InvalidState')).judged()).toEqual({ kind: 'valid' });
  });

  test('every update begins the time anew, a repeated chunk does not', () => {
    const good = begunA()
      .advance(900)
      .call(put('A', 0), done)
      .advance(900)
      .call(put('A', 0), done)
      .advance(100)
      .call(on('status', 'A'), status('Failed'));
    expect(good.judged()).toEqual({ kind: 'valid' });
  });

  test('the record stays for a day, also after the chunks were freed', () => {
    const good = begunA()
      .advance(1000)
      .advance(DAY_SECONDS - 1)
      .call(on('status', 'A'), status('Failed'));
    expect(good.advance(1).call(on('status', 'A'), failed('NotFound')).judged()).toEqual({ kind: 'valid' });
  });

  test('aborting a Failed session begins that day again', () => {
    const good = begunA()
      .advance(50_000)
      .call(on('abort', 'A'), done)
      .advance(DAY_SECONDS - 1);
    expect(good.call(on('status', 'A'), status('Cancelled')).judged()).toEqual({ kind: 'valid' });
  });

  test.each([
    ['expired sessions take chunks', begunA().advance(1000).call(put('A', 0), done), 'the session is Failed'],
    ['a session fails early', begunA().advance(999).call(on('status', 'A'), status('Failed')), 'Initiated'],
    ['a session fails late', begunA().advance(1000).call(on('status', 'A'), status('Initiated')), 'Failed'],
    [
      'the time counts from begin',
      begunA().advance(600).call(put('A', 0), done).advance(600).call(put('A', 1), failed('InvalidState')),
      'nothing is stored at this index',
    ],
    ['the record goes at once', begunA().advance(1000).call(on('status', 'A'), failed('NotFound')), 'Failed'],
  ])('%s: a violation', (_title, bad, words) => {
    expect(bad.violation('expiry')?.expected).toContain(words);
  });

  test('a wrong answer that has nothing to do with time is not its business', () => {
    expect(begunA().call(put('A', 0), failed('InvalidState')).violation('expiry')).toBeUndefined();
  });
});

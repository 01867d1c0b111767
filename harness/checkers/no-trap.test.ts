import { describe, expect, test } from 'vitest';
import {
  HistoryBuilder,
  begin,
  begun,
  finish,
  on,
  put,
  status,
  trapped,
} from '../testing/history-builder.js';

const begunA = (): HistoryBuilder => new HistoryBuilder().call(begin('A'), begun('1'));

describe('no-trap', () => {
  test('a trap is a violation', () => {
    expect(begunA().call(put('A', 4_000_000_000), trapped).violation('no-trap')).toMatchObject({
      event: 5,
      expected: 'put A[4000000000]: Ok or an error of the interface',
      seen: 'put A[4000000000]: reject IC0503: Canister called `ic0.trap`',
    });
  });

  test('a message that is too large and a stopped canister are not its traps', () => {
    const good = begunA()
      .call(put('A', 0), { kind: 'rejected', code: 1, errorCode: '', text: 'the request is too large' })
      .call(put('A', 0), { kind: 'rejected', code: 5, errorCode: 'IC0508', text: 'Canister x is stopped' });
    expect(good.judged()).toEqual({ kind: 'valid' });
  });

  test('a trap changes nothing that follows', () => {
    const good = begunA().call(put('A', 0), trapped).call(on('status', 'A'), status('Initiated'));
    expect(good.judged(['outcome'])).toEqual({ kind: 'valid' });
  });

  test('a finish that an upgrade cuts short may be rejected, and leaves the session Uploading', () => {
    const good = new HistoryBuilder().uploaded('A', '1');
    const call = good.start(finish('A'));
    good.deliver(call).upgrade().message(call, 'IC0503').end(call, trapped);
    good.call(on('status', 'A'), status('Uploading', 0, 1, 2));
    expect(good.judged()).toEqual({ kind: 'valid' });
  });

  test('a finish rejected without an upgrade is a violation, and so is a message of it that fails', () => {
    const bad = new HistoryBuilder().uploaded('A', '1');
    const call = bad.start(finish('A'));
    bad.deliver(call).message(call, 'IC0522 too many instructions').end(call, trapped);
    expect(bad.violation('no-trap')).toMatchObject({
      event: 14,
      seen: 'response step: IC0522 too many instructions',
    });
  });

  test('a call that is never answered is a violation', () => {
    const bad = begunA();
    const call = bad.start(put('A', 0));
    bad.deliver(call).lose(call, 'no answer when everything in flight was delivered');
    expect(bad.violation('no-trap')?.expected).toBe('put A[0]: an answer');
  });
});

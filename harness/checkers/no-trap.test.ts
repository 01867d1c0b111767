import { describe, expect, it } from 'vitest';
import {
  HistoryBuilder,
  LIMITS,
  begunA,
  finish,
  on,
  put,
  status,
  targetOf,
  trapped,
} from '../testing/history-builder.js';

describe('the no-trap checker', () => {
  it('reports a trap', () => {
    expect(begunA().call(put('A', 4_000_000_000), trapped).violation('no-trap')).toMatchObject({
      event: 5,
      expected: 'put A[4000000000]: Ok or an error of the interface',
      expectedKind: 'an answer',
      seen: 'put A[4000000000]: reject IC0503: Canister called `ic0.trap`',
    });
  });

  it('accepts traps of a canister that reports errors by traps, and no call without an answer', () => {
    const target = targetOf({}, { errors: 'traps' });
    const bad = begunA().call(put('A', 4_000_000_000), trapped);
    expect(bad.violation('no-trap', LIMITS, target)).toBeUndefined();
    const call = bad.start(put('A', 0));
    bad.deliver(call).lose(call, 'no answer when everything in flight was delivered');
    expect(bad.violation('no-trap', LIMITS, target)?.expected).toBe('put A[0]: an answer');
  });

  it('reports a timer that fails', () => {
    const bad = begunA();
    bad.timer(1);
    expect(bad.violation('no-trap')).toBeUndefined();
    bad.timer(1, 'IC0503 trapped explicitly');
    expect(bad.violation('no-trap')).toMatchObject({
      operation: 'timer',
      expected: 'timers and calls of the canister to itself succeed',
      expectedKind: 'success',
      seen: 'timer: IC0503 trapped explicitly',
      seenKind: 'failure',
    });
  });

  it('accepts a call of a stopping canister that is refused, and no call after it runs again', () => {
    const refused = () => {
      const built = new HistoryBuilder().uploaded('A', '1');
      const call = built.start(finish('A'));
      return { built: built.deliver(call).stopping(), call };
    };
    const stopping = refused();
    stopping.built.message(stopping.call, 'IC0509 Canister x is stopping');
    expect(stopping.built.violation('no-trap')).toBeUndefined();
    const running = refused();
    running.built.restarted().message(running.call, 'IC0509 Canister x is stopping');
    expect(running.built.violation('no-trap')?.seen).toContain('IC0509');
  });

  it('ignores rejects for a message that is too large and for a stopped canister', () => {
    const good = begunA()
      .call(put('A', 0), { kind: 'rejected', code: 1, errorCode: '', text: 'the request is too large' })
      .call(put('A', 0), { kind: 'rejected', code: 5, errorCode: 'IC0508', text: 'Canister x is stopped' });
    expect(good.judged()).toEqual({ kind: 'valid' });
  });

  it('expects a trap to leave the session as it was', () => {
    const good = begunA().call(put('A', 0), trapped).call(on('status', 'A'), status('Initiated'));
    expect(good.judged(['outcome'])).toEqual({ kind: 'valid' });
  });

  it('accepts that an upgrade interrupts a finish, which leaves the session Uploading', () => {
    const good = new HistoryBuilder().uploaded('A', '1');
    const call = good.start(finish('A'));
    good.deliver(call).upgrade().message(call, 'IC0503').end(call, trapped);
    good.call(on('status', 'A'), status('Uploading', 0, 1, 2));
    expect(good.judged()).toEqual({ kind: 'valid' });
  });

  it('reports a finish that is rejected without an upgrade, at its first failed message', () => {
    const bad = new HistoryBuilder().uploaded('A', '1');
    const call = bad.start(finish('A'));
    bad.deliver(call).message(call, 'IC0522 too many instructions').end(call, trapped);
    expect(bad.violation('no-trap')).toMatchObject({
      event: 14,
      seen: 'response step: IC0522 too many instructions',
    });
  });

  it('reports a call that is never answered', () => {
    const bad = begunA();
    const call = bad.start(put('A', 0));
    bad.deliver(call).lose(call, 'no answer when everything in flight was delivered');
    expect(bad.violation('no-trap')?.expected).toBe('put A[0]: an answer');
  });
});

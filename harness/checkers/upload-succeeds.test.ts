import type { Result } from '../../model/result.js';
import { describe, expect, it } from 'vitest';
import {
  HistoryBuilder,
  LIMITS,
  begin,
  begun,
  begunA,
  cleanup,
  completed,
  done,
  failed,
  finish,
  finished,
  on,
  put,
  targetOf,
  trapped,
} from '../testing/history-builder.js';

const rule = 'upload-succeeds';
const history = (): HistoryBuilder => new HistoryBuilder();
const refusedFinish = failed('ChecksumMismatch');

describe('the upload-succeeds checker', () => {
  it.each([
    ['a put', begunA().call(put('A', 1), failed('InvalidState')), 'put A[1]: success'],
    [
      'a repeated put of the same bytes',
      begunA().call(put('A', 1), done).call(put('A', 1), failed('Conflict')),
      'the same bytes are stored there',
    ],
    [
      'a finish of a complete upload',
      history().uploaded('A', '1').call(finish('A'), refusedFinish),
      'every chunk is stored',
    ],
    [
      'a finish of an empty file',
      history()
        .call(begin('A', { file: 2 }), begun('1'))
        .call(finish('A'), failed('InvalidArgument')),
      'every chunk is stored',
    ],
    ['a repeated finish', completed().call(finish('A'), failed('InvalidState')), 'the upload was finished'],
    [
      'a put after a call of a stranger that was rejected',
      begunA()
        .call(on('abort', 'A', 1), failed('Unauthorized'))
        .call(put('A', 0), failed('InvalidState')),
      'the upload is open',
    ],
    [
      'a put after an earlier rejection that is a violation, too',
      begunA().call(put('A', 0), done).call(finish('A'), finished(1)).call(begin('B'), failed('Internal')),
      'within the limits',
    ],
    [
      'a put after a cleanup',
      begunA().call(cleanup(), done).call(put('A', 0), failed('NotFound')),
      'the upload is open',
    ],
    [
      'a put that renews the lifetime in time',
      begunA().advance(900).call(put('A', 0), done).advance(900).call(put('A', 1), failed('InvalidState')),
      'the upload is open',
    ],
    [
      'a put after an upgrade that keeps everything',
      begunA().upgrade().call(put('A', 0), failed('NotFound')),
      'the upload is open',
    ],
    ['an abort', begunA().call(put('A', 0), done).call(on('abort', 'A'), failed('InvalidState')), 'is open'],
    [
      'an abort of a paused upload',
      begunA().call(on('pause', 'A'), done).call(on('abort', 'A'), failed('InvalidState')),
      'the upload is open',
    ],
    [
      'an abort after an incomplete finish that was rejected',
      begunA().call(finish('A'), failed('InvalidArgument')).call(on('abort', 'A'), failed('InvalidState')),
      'the upload is open',
    ],
    [
      'a finish after one that an upgrade cut short',
      (() => {
        const cut = history().uploaded('A', '1');
        const first = cut.start(finish('A'));
        cut.deliver(first).upgrade().lose(first, 'an upgrade cut it short: no answer');
        return cut.call(finish('A'), failed('InvalidState'));
      })(),
      'a finish may be repeated',
    ],
  ])('reports the rejection of %s', (_title, bad, words) => {
    expect(bad.violation(rule)?.expected).toContain(words);
  });

  it('counts the open uploads of a caller from the answers', () => {
    const limits = { ...LIMITS, activeSessionsMax: 2 };
    const two = () => history().call(begin('A'), begun('1')).call(begin('B'), begun('2'));
    const third = failed('ResourceExhausted');
    expect(two().call(begin('C'), third).violation(rule, limits)).toBeUndefined();
    const cancelled = two().call(on('abort', 'A'), done).call(begin('C'), third);
    expect(cancelled.violation(rule, limits)?.expected).toContain('within the limits');
    const ofAnother = two().call(begin('C', { caller: 1 }), third);
    expect(ofAnother.violation(rule, limits)?.expected).toContain('within the limits');
    const expired = two().advance(5000).call(begin('C'), third);
    expect(expired.violation(rule, limits)?.expected).toContain('within the limits');
  });

  it('counts a begin that fails later, because it may hold an upload until then', () => {
    const limits = { ...LIMITS, activeSessionsMax: 1 };
    const refused = failed('ResourceExhausted');
    const during = (): HistoryBuilder => {
      const built = begunA().call(on('abort', 'A'), done);
      const waiting = built.start(begin('C'));
      return built.deliver(waiting).call(begin('B'), refused).end(waiting, failed('Unavailable'));
    };
    expect(during().violation(rule, limits)).toBeUndefined();
    expect(during().call(begin('B'), refused).violation(rule, limits)?.expected).toContain(
      'begin B: success',
    );
  });

  it('compares with earlier begins where the limits are not known', () => {
    const { activeSessionsMax: _, ...limits } = LIMITS;
    const refused = failed('ResourceExhausted');
    const once = history().call(begin('A'), begun('1')).call(begin('B'), refused);
    expect(once.violation(rule, limits)).toBeUndefined();
    const again = history()
      .call(begin('A'), begun('1'))
      .call(begin('B'), begun('2'))
      .call(on('abort', 'B'), done)
      .call(begin('C'), refused);
    expect(again.violation(rule, limits)?.expected).toContain('within the limits');
  });

  it.each([
    ['wrong bytes', begunA().call(put('A', 0, { kind: 'short' }), failed('InvalidArgument'))],
    ['a stranger', begunA().call(put('A', 0, { kind: 'right' }, 1), failed('Unauthorized'))],
    ['an abort by a stranger', begunA().call(on('abort', 'A', 1), failed('Unauthorized'))],
    ['an abort after a finish', completed().call(on('abort', 'A'), failed('InvalidState'))],
    ['a second abort', begunA().call(on('abort', 'A'), done).call(on('abort', 'A'), failed('InvalidState'))],
    [
      'an abort after the upload has expired',
      begunA().advance(1000).call(on('abort', 'A'), failed('NotFound')),
    ],
    ['a put after an abort', begunA().call(on('abort', 'A'), done).call(put('A', 0), failed('InvalidState'))],
    [
      'a put while the upload is paused',
      begunA().call(on('pause', 'A'), done).call(put('A', 0), failed('InvalidState')),
    ],
    ['a put after the upload has expired', begunA().advance(1000).call(put('A', 0), failed('InvalidState'))],
    ['an incomplete finish', begunA().call(put('A', 0), done).call(finish('A'), failed('InvalidArgument'))],
    [
      'a finish after wrong bytes were accepted',
      begunA()
        .call(put('A', 0, { kind: 'flipped', at: 1 }), done)
        .call(put('A', 1), done)
        .call(put('A', 2), done)
        .call(finish('A'), failed('ChecksumMismatch')),
    ],
    ['a trap, which is a violation of its own', begunA().call(put('A', 0), trapped)],
    [
      'a begin with the key of another upload',
      begunA().call(begin('B', { key: 'A', file: 1 }), failed('Conflict')),
    ],
  ])('accepts the rejection of %s', (_title, good) => {
    expect(good.violation(rule)).toBeUndefined();
  });

  it('accepts rejections while another call on the upload runs or may still take effect', () => {
    const running = history().uploaded('A', '1');
    const first = running.start(finish('A'));
    running
      .deliver(first)
      .call(finish('A'), failed('InvalidState'))
      .call(put('A', 0), failed('InvalidState'));
    expect(running.end(first, finished(1)).violation(rule)).toBeUndefined();
    const held = history().uploaded('A', '1');
    const held1 = held.start(finish('A'));
    held.deliver(held1).call(on('abort', 'A'), failed('InvalidState'));
    expect(held.end(held1, finished(1)).violation(rule)).toBeUndefined();
    const lost = history().uploaded('A', '1');
    const abort = lost.start(on('abort', 'A'));
    lost.deliver(abort).lose(abort).call(finish('A'), failed('InvalidState'));
    expect(lost.violation(rule)).toBeUndefined();
  });

  it('accepts the rejection of a call that runs while a canister of the system is stopped', () => {
    const stopped = history().uploaded('A', '1').stopping().call(finish('A'), failed('Internal')).restarted();
    expect(stopped.violation(rule)).toBeUndefined();
  });

  it('judges an abort after a put where no call begins an upload', () => {
    const target = targetOf({ session: 'key', begin: 'implied' }, { overwriting: 'replaces' });
    const aborted = (answer: Result) =>
      history()
        .call(begin('A'), begun('A'))
        .call(put('A', 0), answer)
        .call(on('abort', 'A'), failed('NotFound'))
        .violation(rule, LIMITS, target);
    expect(aborted(done)?.expected).toContain('success of abort A');
    expect(aborted(failed('ResourceExhausted'))?.operation).not.toBe('abort');
  });

  it('does not judge an abort unless the target promises that it ends an upload', () => {
    const refused = begunA().call(on('abort', 'A'), failed('InvalidState'));
    const { abort: _, ...others } = targetOf({}, {}).promises;
    expect(refused.violation(rule)).toBeDefined();
    expect(refused.violation(rule, LIMITS, { ...targetOf({}, {}), promises: others })).toBeUndefined();
  });

  it('accepts every rejection after an upgrade that does not keep uploads, and after a pause without a known expiry', () => {
    const upgraded = begunA().upgrade().call(put('A', 0), failed('NotFound'));
    expect(upgraded.violation(rule, LIMITS, targetOf({}, { upgrade: 'files' }))).toBeUndefined();
    const later = begunA().advance(1).call(put('A', 0), failed('NotFound'));
    const { expiry: _, ...others } = targetOf({}, {}).promises;
    expect(later.violation(rule, LIMITS, { ...targetOf({}, {}), promises: others })).toBeUndefined();
  });

  it('judges only the next chunk where the order is ascending', () => {
    const target = targetOf({ address: 'offset' }, { chunkOrder: 'ascending' });
    const skipped = begunA().call(put('A', 1), failed('InvalidArgument'));
    expect(skipped.violation(rule, LIMITS, target)).toBeUndefined();
    const next = begunA().call(put('A', 0), done).call(put('A', 1), failed('InvalidArgument'));
    expect(next.violation(rule, LIMITS, target)?.expected).toContain('put A[1]: success');
  });

  it('judges a finish of appended bytes only if they came in order and once', () => {
    const target = targetOf({ address: 'append', finishTakesLength: false }, { repeatedPut: 'accepted' });
    const inOrder = history().uploaded('A', '1').call(finish('A'), refusedFinish);
    expect(inOrder.violation(rule, LIMITS, target)?.expected).toContain('every chunk is stored');
    const twice = begunA();
    for (const index of [0, 1, 1, 2]) twice.call(put('A', index), done);
    expect(twice.call(finish('A'), refusedFinish).violation(rule, LIMITS, target)).toBeUndefined();
  });

  it('judges the put that finishes an upload', () => {
    const target = targetOf({ finish: 'implied' }, {});
    const last = (answer: Result) =>
      begunA().call(put('A', 0), done).call(put('A', 1), done).call(put('A', 2), answer);
    expect(last(done).violation(rule, LIMITS, target)?.expected).toContain('put A[2] finishes the upload');
    expect(last(finished(1)).violation(rule, LIMITS, target)).toBeUndefined();
    expect(last(refusedFinish).violation(rule, LIMITS, target)?.expected).toContain('put A[2]: success');
    const afterWrongBytes = begunA()
      .call(put('A', 0, { kind: 'flipped', at: 1 }), done)
      .call(put('A', 1), done)
      .call(put('A', 2), refusedFinish);
    expect(afterWrongBytes.violation(rule, LIMITS, target)).toBeUndefined();
  });

  it('judges the last put after one beyond the end of the file, which must be refused', () => {
    const target = targetOf({ address: 'offset', finish: 'implied' }, { chunkOrder: 'ascending' });
    const refused = begunA()
      .call(put('A', 0), done)
      .call(put('A', 1), done)
      .call(put('A', 2, { kind: 'long' }), failed('InvalidArgument'))
      .call(put('A', 2), failed('InvalidArgument'));
    expect(refused.violation(rule, LIMITS, target)?.expected).toContain('put A[2]: success');
    const { wrongPut: _, ...others } = target.promises;
    expect(refused.violation(rule, LIMITS, { ...target, promises: others })).toBeUndefined();
  });

  it('follows the chunk size that a begin chooses', () => {
    const target = targetOf({ finish: 'implied' }, {});
    const whole = history()
      .call(begin('A', { chunkSize: 1_000_000 }), begun('1'))
      .call(put('A', 0), done);
    expect(whole.violation(rule, LIMITS, target)?.expected).toContain('put A[0] finishes the upload');
    expect(begunA().call(put('A', 0), done).violation(rule, LIMITS, target)).toBeUndefined();
  });

  it('accepts that the begin of an empty file finishes its upload', () => {
    const target = targetOf({ finish: 'implied' }, {});
    const limits = { ...LIMITS, activeSessionsMax: 1 };
    const empty = () => history().call(begin('A', { file: 2 }), begun('1'));
    const second = empty().call(begin('B'), begun('2'));
    expect(second.violation('wrong-calls-are-refused', limits, target)).toBeUndefined();
    const empty0 = put('A', 0);
    expect(empty().call(empty0, done).violation(rule, limits, target)?.expected).toContain(
      'finishes the upload',
    );
  });

  it('takes an empty chunk for an empty file where no call begins an upload', () => {
    const target = targetOf(
      { session: 'key', begin: 'implied', finish: 'implied' },
      { overwriting: 'replaces' },
    );
    const limits = { ...LIMITS, bytesMax: 1000, chunksMax: 10 };
    const put0 = (answer: Result) =>
      history()
        .call(begin('A', { file: 2 }), begun('A'))
        .call(put('A', 0), answer)
        .violation(rule, limits, target)?.expected;
    expect(put0(done)).toContain('put A[0] finishes the upload');
    expect(put0(failed('InvalidArgument'))).toContain('success of put A[0]');
    expect(put0(finished(1))).toBeUndefined();
  });

  it('does not judge an upload beside others unless uploads are independent', () => {
    const beside = history()
      .call(begin('A'), begun('1'))
      .call(begin('B', { caller: 1 }), begun('2'))
      .call(put('A', 0), failed('InvalidState'));
    const { uploads: _, ...others } = targetOf({}, {}).promises;
    expect(beside.violation(rule, LIMITS, { ...targetOf({}, {}), promises: others })).toBeUndefined();
    expect(beside.violation(rule)).toBeDefined();
  });
});

import { describe, expect, it } from 'vitest';
import type { Operation } from '../../model/schedule.js';
import {
  HistoryBuilder,
  LIMITS,
  begin,
  begun,
  begunA,
  completed,
  done,
  failed,
  finish,
  on,
  targetOf,
} from '../testing/history-builder.js';

const plain = targetOf({}, { expiry: 'init', upgrade: 'everything' });
const target = { ...plain, operations: new Set([...plain.operations, 'usage'] as const) };
const usage: Operation = { op: 'usage', caller: 0 };
const history = (): HistoryBuilder => new HistoryBuilder();
const used = (openUploads: number, bytes: number) => ({ kind: 'usage' as const, openUploads, bytes });
const violationOf = (built: HistoryBuilder) => built.violation('usage-is-exact', LIMITS, target);
const aborted = () => begunA().call(on('abort', 'A'), done);

describe('the usage-is-exact checker', () => {
  it.each([
    ['an open upload does not count', begunA().call(usage, used(0, 250)), '1 open uploads'],
    ['the bytes of an open upload do not count', begunA().call(usage, used(1, 0)), '250 bytes'],
    ['an aborted upload counts', aborted().call(usage, used(1, 250)), '0 open uploads'],
    ['the bytes of an aborted upload count', aborted().call(usage, used(0, 250)), '0 bytes'],
    ['a finished upload counts as open', completed().call(usage, used(1, 250)), '0 open uploads'],
    ['the bytes of a file do not count', completed().call(usage, used(0, 0)), '250 bytes'],
    ['the bytes of a file count twice', completed().call(usage, used(0, 500)), '250 bytes'],
    [
      'a refused begin counts',
      history().call(begin('A'), failed('Unavailable')).call(usage, used(1, 250)),
      '0 open uploads',
    ],
    [
      'an upload that expired long ago counts',
      begunA().advance(3000).call(usage, used(1, 250)),
      '0 open uploads',
    ],
  ])('reports a violation when %s', (_title, bad, words) => {
    expect(violationOf(bad)?.expected).toContain(words);
  });

  it('accepts that a begin counts until it fails', () => {
    const counted = (openUploads: number, bytes: number) => {
      const built = history();
      const waiting = built.start(begin('A'));
      return built.deliver(waiting).call(usage, used(openUploads, bytes)).end(waiting, failed('Unavailable'));
    };
    expect(violationOf(counted(0, 0))).toBeUndefined();
    expect(violationOf(counted(1, 250))).toBeUndefined();
    expect(violationOf(counted(2, 500))?.expected).toContain('0 to 1 open uploads');
  });

  it.each([
    ['too few open uploads', begunA().call(usage, used(0, 250)), '1 open uploads', 'open uploads'],
    ['too many open uploads', begunA().call(usage, used(2, 250)), '1 open uploads', 'open uploads'],
    ['too few bytes', begunA().call(usage, used(1, 249)), '250 bytes', 'bytes'],
    ['too many bytes', begunA().call(usage, used(1, 251)), '250 bytes', 'bytes'],
    [
      'too many open uploads',
      begunA().advance(1500).call(usage, used(2, 0)),
      '0 to 1 open uploads',
      'open uploads',
    ],
    ['too many bytes', begunA().advance(1500).call(usage, used(0, 251)), '0 to 250 bytes', 'bytes'],
  ])('reports %s with the right number', (seenKind, bad, range, what) => {
    expect(violationOf(bad)).toMatchObject({
      expected: `usage by caller 0: ${range}, because the answers to the caller's calls say so`,
      expectedKind: `the right number of ${what}`,
      seenKind,
    });
  });

  it.each([
    ['an open upload', begunA().call(usage, used(1, 250))],
    ['a file', completed().call(usage, used(0, 250))],
    ['a usage that counts no bytes', begunA().call(usage, { kind: 'usage', openUploads: 1 })],
    ['a usage that is rejected', begunA().call(usage, failed('Unavailable'))],
    [
      'a usage whose answer is lost',
      (() => {
        const lost = begunA();
        return lost.lose(lost.start(usage));
      })(),
    ],
    ['a call on an upload that was never begun', begunA().call(on('abort', 'B'), failed('NotFound'))],
    ['an upload that was aborted', aborted().call(usage, used(0, 0))],
    ['an upload that may have expired', begunA().advance(1500).call(usage, used(0, 0))],
    [
      'an upload whose finish does not know the outcome, as open',
      history().uploaded('A', '1').call(finish('A'), failed('OutcomeUnknown')).call(usage, used(1, 250)),
    ],
    [
      'an upload whose finish does not know the outcome, as finished',
      history().uploaded('A', '1').call(finish('A'), failed('OutcomeUnknown')).call(usage, used(0, 250)),
    ],
    [
      'a begin that is under way, as open or not',
      (() => {
        const open = history();
        const call = open.start(begin('A'));
        return open.deliver(call).call(usage, used(1, 250)).end(call, begun('1'));
      })(),
    ],
    [
      'any number while a canister is stopped',
      (() => {
        const open = begunA().stopping();
        return open.call(usage, used(7, 7)).restarted();
      })(),
    ],
  ])('accepts %s', (_title, good) => {
    expect(violationOf(good)).toBeUndefined();
  });
});

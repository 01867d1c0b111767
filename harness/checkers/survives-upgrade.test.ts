import { describe, expect, test } from 'vitest';
import {
  HistoryBuilder,
  begin,
  begun,
  blob,
  failed,
  finish,
  finished,
  on,
  status,
} from '../testing/history-builder.js';

const upgraded = (): HistoryBuilder => new HistoryBuilder().uploaded('A', '1').upgrade();

describe('survives-upgrade', () => {
  test('everything is there afterwards', () => {
    const good = upgraded()
      .call(on('status', 'A'), status('Uploading', 0, 1, 2))
      .call(begin('A'), begun('1'))
      .call(finish('A'), finished(1))
      .upgrade()
      .call(finish('A'), finished(1))
      .call(on('read', 'A'), blob())
      .call(begin('B'), begun('2'));
    expect(good.judged()).toEqual({ kind: 'valid' });
  });

  test('a finish under way is cut short and can be tried again', () => {
    const good = new HistoryBuilder().uploaded('A', '1');
    const call = good.start(finish('A'));
    good
      .deliver(call)
      .upgrade()
      .call(on('status', 'A'), status('Uploading', 0, 1, 2));
    good.lose(call, 'an upgrade cut it short').call(finish('A'), finished(1));
    expect(good.judged()).toEqual({ kind: 'valid' });
  });

  test('a restart cuts a finish short, or lets it end, and refuses what has not begun', () => {
    const running = () => {
      const built = new HistoryBuilder().uploaded('A', '1');
      const call = built.start(finish('A'));
      return { built: built.deliver(call).stopping(), call };
    };
    const cut = running();
    cut.built.end(cut.call, failed('Internal', 'interrupted')).restarted();
    expect(cut.built.call(on('status', 'A'), status('Uploading', 0, 1, 2)).judged()).toEqual({
      kind: 'valid',
    });
    const ended = running();
    ended.built.end(ended.call, finished(1)).restarted();
    expect(ended.built.call(on('read', 'A'), blob()).judged()).toEqual({ kind: 'valid' });
    const stuck = running();
    stuck.built.end(stuck.call, failed('Internal', 'interrupted')).restarted();
    stuck.built.call(on('status', 'A'), status('Finishing', 0, 1, 2));
    expect(stuck.built.violation('survives-upgrade')?.rule).toContain('survive a restart');
  });

  test('without a stop a finish is not interrupted', () => {
    const built = new HistoryBuilder().uploaded('A', '1');
    const call = built.start(finish('A'));
    built.deliver(call).message(call).end(call, failed('Internal', 'interrupted'));
    expect(built.violation('outcome')).toBeDefined();
  });

  test('a session that is gone after a restart, and a restart that fails, are violations', () => {
    const restarted = () => new HistoryBuilder().uploaded('A', '1').stopping();
    const lost = restarted().restarted().call(on('status', 'A'), failed('NotFound'));
    expect(lost.violation('survives-upgrade')?.rule).toContain('survive a restart');
    expect(restarted().restarted('IC0509 no').violation('survives-upgrade')?.seen).toBe('IC0509 no');
  });

  test.each([
    ['a session is lost', upgraded().call(on('status', 'A'), failed('NotFound'))],
    ['a chunk is lost', upgraded().call(on('status', 'A'), status('Uploading', 0, 1))],
    [
      'a chunk is lost, as finish shows',
      upgraded().call(finish('A'), failed('InvalidArgument', 'chunk 2 is missing')),
    ],
    ['a key is lost', upgraded().call(begin('A'), begun('2'))],
    ['an id is used again', upgraded().call(begin('B'), begun('1'))],
    [
      'a blob is lost',
      new HistoryBuilder()
        .uploaded('A', '1')
        .call(finish('A'), finished(1))
        .upgrade()
        .call(on('read', 'A'), failed('NotFound')),
    ],
  ])('%s: a violation', (_title, bad) => {
    expect(bad.violation('survives-upgrade')).toBeDefined();
  });

  test('a finish stuck for ever is a violation', () => {
    const bad = new HistoryBuilder().uploaded('A', '1');
    const call = bad.start(finish('A'));
    bad.deliver(call).upgrade().lose(call, 'an upgrade cut it short');
    bad.call(finish('A'), failed('InvalidState', 'Finishing'));
    expect(bad.violation('survives-upgrade')?.seen).toBe('finish A: InvalidState (Finishing)');
  });

  test('an upgrade that fails is a violation, and changes nothing', () => {
    const bad = new HistoryBuilder().uploaded('A', '1').upgrade('IC0503 trap in post_upgrade');
    bad.call(on('status', 'A'), status('Uploading', 0, 1, 2));
    expect(bad.violation('survives-upgrade')).toMatchObject({
      event: 12,
      seen: 'IC0503 trap in post_upgrade',
    });
    expect(bad.judged(['outcome'])).toEqual({ kind: 'valid' });
  });

  test('a loss without an upgrade is the business of others', () => {
    const bad = new HistoryBuilder().uploaded('A', '1').call(on('status', 'A'), failed('NotFound'));
    expect(bad.violation('survives-upgrade')).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
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

describe('the survives-upgrade checker', () => {
  it('accepts an upgrade after which everything is still there', () => {
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

  it('accepts that an upgrade interrupts a finish, which can be repeated', () => {
    const good = new HistoryBuilder().uploaded('A', '1');
    const call = good.start(finish('A'));
    good
      .deliver(call)
      .upgrade()
      .call(on('status', 'A'), status('Uploading', 0, 1, 2));
    good.lose(call, 'an upgrade cut it short').call(finish('A'), finished(1));
    expect(good.judged()).toEqual({ kind: 'valid' });
  });

  it('accepts that a restart interrupts a finish or lets it end, and reports a session that stays Finishing', () => {
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

  it('does not accept an interrupted finish without an upgrade or a restart', () => {
    const built = new HistoryBuilder().uploaded('A', '1');
    const call = built.start(finish('A'));
    built.deliver(call).message(call).end(call, failed('Internal', 'interrupted'));
    expect(built.violation('outcome')).toBeDefined();
  });

  it('reports a session that is lost in a restart, and a restart that fails', () => {
    const restarted = () => new HistoryBuilder().uploaded('A', '1').stopping();
    const lost = restarted().restarted().call(on('status', 'A'), failed('NotFound'));
    expect(lost.violation('survives-upgrade')?.rule).toContain('survive a restart');
    expect(restarted().restarted('IC0509 no').violation('survives-upgrade')?.seen).toBe('IC0509 no');
  });

  it.each([
    ['a session is lost', upgraded().call(on('status', 'A'), failed('NotFound'))],
    ['a chunk is lost', upgraded().call(on('status', 'A'), status('Uploading', 0, 1))],
    [
      'finish shows that a chunk is lost',
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
  ])('reports a violation when %s', (_title, bad) => {
    expect(bad.violation('survives-upgrade')).toBeDefined();
  });

  it('reports a finish that is stuck after an upgrade', () => {
    const bad = new HistoryBuilder().uploaded('A', '1');
    const call = bad.start(finish('A'));
    bad.deliver(call).upgrade().lose(call, 'an upgrade cut it short');
    bad.call(finish('A'), failed('InvalidState', 'Finishing'));
    expect(bad.violation('survives-upgrade')?.seen).toBe('finish A: InvalidState (Finishing)');
  });

  it('reports an upgrade that fails, which changes nothing', () => {
    const bad = new HistoryBuilder().uploaded('A', '1').upgrade('IC0503 trap in post_upgrade');
    bad.call(on('status', 'A'), status('Uploading', 0, 1, 2));
    expect(bad.violation('survives-upgrade')).toMatchObject({
      event: 12,
      seen: 'IC0503 trap in post_upgrade',
    });
    expect(bad.judged(['outcome'])).toEqual({ kind: 'valid' });
  });

  it('accepts that an upgrade is refused while a call is under way, and reports it after the call has returned', () => {
    const built = new HistoryBuilder().uploaded('A', '1');
    const call = built.start(finish('A'));
    built.deliver(call).upgrade('IC0503 outstanding callbacks').end(call, finished(1));
    expect(built.judged()).toEqual({ kind: 'valid' });
    built.upgrade('IC0503 outstanding callbacks');
    expect(built.violation('survives-upgrade')?.expected).toBe('the upgrade succeeds');
  });

  it('ignores a loss without an upgrade', () => {
    const bad = new HistoryBuilder().uploaded('A', '1').call(on('status', 'A'), failed('NotFound'));
    expect(bad.violation('survives-upgrade')).toBeUndefined();
  });
});

/** Histories of a replica that chooses the order: no `delivered` events, calls in flight at once. */
import { describe, expect, it } from 'vitest';
import {
  HistoryBuilder,
  begin,
  begun,
  done,
  failed,
  finish,
  finished,
  memory,
  on,
  onMemory,
  original,
  put,
  remembered,
  status,
} from '../testing/history-builder.js';

/** All operations are in flight at once, then answer in this order. */
function together(
  history: HistoryBuilder,
  ...calls: readonly (readonly [
    Parameters<HistoryBuilder['call']>[0],
    Parameters<HistoryBuilder['call']>[1],
  ])[]
): HistoryBuilder {
  const numbers = calls.map(([operation]) => history.start(operation));
  calls.forEach(([, result], at) => history.end(numbers[at] ?? -1, result));
  return history;
}

const begunA = (): HistoryBuilder => together(new HistoryBuilder(), [begin('A'), begun('1')]);

describe('calls in flight whose order is unknown', () => {
  it('are valid if some order explains their answers', () => {
    const good = together(
      begunA(),
      [finish('A'), finished(1)],
      [put('A', 2), done],
      [put('A', 0), done],
      [put('A', 1), done],
      [on('abort', 'A'), failed('InvalidState')],
    );
    expect(good.judged()).toEqual({ kind: 'valid' });
  });

  it('are a violation if no order explains their answers', () => {
    const bad = together(begunA(), [finish('A'), finished(1)], [put('A', 2), done], [put('A', 0), done]);
    expect(bad.violation('outcome')?.expected).toContain('nothing is stored at');
  });

  it('include two puts of different bytes, either of which may be the conflict', () => {
    const flipped = put('A', 0, { kind: 'flipped', at: 1 });
    for (const results of [
      [done, failed('Conflict')],
      [failed('Conflict'), done],
    ] as const) {
      const good = together(begunA(), [put('A', 0), results[0]], [flipped, results[1]]);
      expect(good.judged()).toEqual({ kind: 'valid' });
    }
    expect(together(begunA(), [put('A', 0), done], [flipped, done]).violation('outcome')).toBeDefined();
  });

  it('include a read by a stranger while the last memory of the blob is deleted', () => {
    const blobOfA = [{ kind: 'Original', blobOf: 'A' }] as const;
    const twice = () =>
      new HistoryBuilder()
        .uploaded('A', '1')
        .call(finish('A'), finished(1))
        .call(memory('M', blobOfA), remembered('memory_2', original('blob_1')))
        .call(onMemory('deleteMemory', 'A'), done);
    const asked = memory('N', blobOfA, { caller: 1 });
    for (const error of ['Unauthorized', 'NotFound'] as const) {
      const good = together(twice(), [onMemory('deleteMemory', 'M'), done], [asked, failed(error)]);
      expect(good.judged(), error).toEqual({ kind: 'valid' });
    }
  });

  it('take effect after every call that was answered before they were issued', () => {
    const bad = together(begunA(), [on('abort', 'A'), done]);
    expect(together(bad, [put('A', 0), done]).violation('outcome')).toBeDefined();
  });

  it('may see a session Finishing during a finish of several messages', () => {
    const good = together(begunA(), [put('A', 0), done]);
    together(good, [put('A', 1), done], [put('A', 2), done]);
    const first = good.start(finish('A'));
    const second = good.start(finish('A'));
    good.end(first, finished(1)).end(second, failed('InvalidState'));
    expect(good.judged()).toEqual({ kind: 'valid' });
  });

  it('may take effect late, or not at all, if their answer was lost', () => {
    const lost = begunA();
    lost.lose(lost.start(put('A', 0)));
    const before = together(lost, [on('status', 'A'), status('Initiated')]);
    expect(together(before, [on('status', 'A'), status('Uploading', 0)]).judged()).toEqual({ kind: 'valid' });
    expect(together(before, [on('status', 'A'), status('Initiated')]).violation('outcome')).toBeDefined();
  });

  it('include a begin whose answer was lost, which is found again by its key', () => {
    const lost = new HistoryBuilder();
    lost.lose(lost.start(begin('A')));
    expect(together(lost, [begin('A'), begun('7')]).judged()).toEqual({ kind: 'valid' });
    expect(together(lost, [begin('A'), begun('8')]).violation('outcome')).toBeDefined();
  });

  it('include queries, which may see the time of the last round', () => {
    const good = begunA().advance(1000);
    expect(together(good, [on('status', 'A'), status('Initiated')]).judged()).toEqual({ kind: 'valid' });
    expect(together(good, [on('status', 'A'), status('Failed')]).judged()).toEqual({ kind: 'valid' });
    expect(together(good, [on('status', 'A'), status('Initiated')]).violation('outcome')).toBeDefined();
  });

  it('include a finish that may have ended just before an upgrade', () => {
    for (const result of [finished(1), failed('Internal')]) {
      const built = new HistoryBuilder();
      together(built, [begin('A'), begun('1')]);
      for (const index of [0, 1, 2]) together(built, [put('A', index), done]);
      const finishing = built.start(finish('A'));
      built
        .call(on('status', 'A'), status('Finishing', 0, 1, 2))
        .upgrade()
        .end(finishing, result);
      expect(built.judged()).toEqual({ kind: 'valid' });
    }
  });

  it('include a finish that an upgrade interrupts, which may answer Internal', () => {
    const good = together(begunA(), [put('A', 0), done], [put('A', 1), done], [put('A', 2), done]);
    const call = good.start(finish('A'));
    good.upgrade().end(call, failed('Internal'));
    expect(together(good, [finish('A'), finished(1)]).judged()).toEqual({ kind: 'valid' });
    const bad = together(begunA(), [put('A', 0), done], [put('A', 1), done], [put('A', 2), done]);
    expect(together(bad, [finish('A'), failed('Internal')]).violation('outcome')).toBeDefined();
  });
});

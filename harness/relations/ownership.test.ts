import { describe, expect, it } from 'vitest';
import type { Operation } from '../../model/operations.js';
import type { CallRecord } from '../history/calls.js';
import {
  HistoryBuilder,
  begin,
  begun,
  begunA,
  done,
  failed,
  on,
  put,
  targetOf,
} from '../testing/history-builder.js';
import { executed } from '../testing/executed.js';
import { recordsOf } from './execution.js';
import { isByOwner, isByStranger, ownersOf } from './ownership.js';

function ownersIn(built: HistoryBuilder) {
  return [...ownersOf(executed(built))];
}

describe('the owners of uploads', () => {
  it('are the callers whose begins were accepted', () => {
    const two = begunA().call(begin('B', { caller: 1 }), begun('2'));
    expect(ownersIn(two.call(begin('C'), failed('Unavailable')))).toEqual([
      ['1', 0],
      ['2', 1],
    ]);
  });

  it('do not change with a repeated begin or with another call', () => {
    const again = begunA().call(begin('B', { key: 'A' }), begun('1'));
    expect(ownersIn(again.call(put('A', 0, { kind: 'right' }, 1), done))).toEqual([['1', 0]]);
  });

  it('are unknown for an id that two callers begin, also after the first one begins it again', () => {
    const shared = begunA().call(begin('B', { caller: 1 }), begun('1'));
    expect(ownersIn(shared.call(begin('C'), begun('1')).call(begin('D'), begun('2')))).toEqual([['2', 0]]);
  });

  it('are unknown for a begin whose answer is lost', () => {
    const lost = new HistoryBuilder();
    expect(ownersIn(lost.lose(lost.start(begin('A'))))).toEqual([]);
  });
});

describe('a call on an upload', () => {
  const owned = targetOf({}, { access: { put: 'owner', finish: 'anyone' } });
  const callsIn = (built: HistoryBuilder) => {
    const execution = executed(built);
    const owners = ownersOf(execution);
    const calls = recordsOf(execution).filter(({ operation }) => operation.op !== 'begin');
    const isStrange = (call: CallRecord) => isByStranger(call, owners, owned.promises);
    return { own: calls.map((call) => isByOwner(call, owners)), strange: calls.map(isStrange) };
  };

  it("is the owner's or a stranger's", () => {
    const calls = begunA()
      .call(put('A', 0), done)
      .call(put('A', 0, { kind: 'right' }, 1), failed('Unauthorized'))
      .call(on('pause', 'A', 1), failed('Unauthorized'));
    expect(callsIn(calls)).toEqual({ own: [true, false, false], strange: [false, true, true] });
  });

  it("is never a stranger's where the target does not promise that only owners have the permission", () => {
    const calls = begunA()
      .call({ op: 'finish', session: 'A', hash: 'right', lengthOff: 0, by: 1 }, failed('NotFound'))
      .call(on('status', 'A', 1), failed('NotFound'))
      .call({ op: 'stats', caller: 1 }, done);
    expect(callsIn(calls)).toEqual({ own: [false, false, false], strange: [false, false, false] });
    const { access: _, ...others } = owned.promises;
    const execution = executed(begunA().call(put('A', 0, { kind: 'right' }, 1), done));
    const [, strange] = recordsOf(execution);
    expect(strange && isByStranger(strange, ownersOf(execution), others)).toBe(false);
  });

  it("is neither the owner's nor a stranger's if nobody owns the upload", () => {
    const shared = begunA().call(begin('B', { caller: 1 }), begun('1'));
    expect(callsIn(shared.call(put('A', 0), done))).toEqual({ own: [false], strange: [false] });
  });

  it("is a stranger's if the owner calls over HTTP without a token", () => {
    const calls = begunA().call(
      { ...put('A', 0), via: 'http-no-token' } as Operation,
      failed('Unauthorized'),
    );
    expect(callsIn(calls).strange).toEqual([true]);
  });
});

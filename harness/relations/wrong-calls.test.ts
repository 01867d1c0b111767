import { describe, expect, it } from 'vitest';
import type { Shape } from '../../targets/shape.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import {
  HistoryBuilder,
  begin,
  begun,
  completed,
  done,
  finish,
  finished,
  put,
  targetOf,
} from '../testing/history-builder.js';
import { executed } from '../testing/executed.js';
import type { CallInsertion } from './insertions.js';
import { strangersCallsOf, wrongCallsOf } from './wrong-calls.js';

function inserted(insertions: readonly CallInsertion[]) {
  return insertions.map(({ before, step }) => {
    expect(step).toMatchObject({ do: 'call', lane: 0 });
    return [before, step.operation];
  });
}
function wrongCalls(built: HistoryBuilder, shape: Partial<Shape> = {}, target = targetOf(shape, {})) {
  return inserted(wrongCallsOf(executed(built), target));
}

/** The calls 0 to 4 of an upload of three chunks: the begin, the puts, and the finish. */
const HALFWAY = 2;
const LAST_PUT = 3;
const END = 4;
const beyond = [HALFWAY, put('A', 3)];
const tooLong = [LAST_PUT, put('A', 2, { kind: 'long' })];
const early = [HALFWAY, finish('A')];
const flipped = [END, finish('A', 'flipped')];
const unknown = [
  [HALFWAY, { ...put('A', 0), unknown: true }],
  [END, { ...finish('A'), unknown: true }],
  [HALFWAY, { op: 'abort', session: 'A', unknown: true }],
];

describe('the wrong calls of an owner', () => {
  it('are misplaced puts, wrong finishes, and calls on uploads that do not exist', () => {
    expect(wrongCalls(completed())).toEqual([beyond, tooLong, early, flipped, ...unknown]);
  });

  it.each<[title: string, shape: Partial<Shape>, calls: readonly unknown[]]>([
    ['no place is named', { address: 'append' }, [tooLong, early, flipped, ...unknown]],
    ['puts return receipts', { address: 'receipt' }, [early, flipped, ...unknown]],
    ['places are offsets', { address: 'offset' }, [beyond, tooLong, early, flipped, ...unknown]],
    ['the last put finishes', { finish: 'implied' }, [beyond, tooLong, ...unknown]],
    ['the finish lists chunks', { finish: 'list' }, [beyond, tooLong, flipped, ...unknown]],
    ['the finish takes no hash', { finishTakesHash: false }, [beyond, tooLong, early, ...unknown]],
    ['clients choose the keys', { session: 'key' }, [beyond, tooLong, early, flipped]],
  ])('fit an interface where %s', (_title, shape, calls) => {
    expect(wrongCalls(completed(), shape)).toEqual(calls);
  });

  it('leave out what the target does not support', () => {
    const plain = targetOf({}, {});
    const operations = new Set([...plain.operations].filter((name) => name !== 'abort'));
    const target: JudgedTarget = { ...plain, operations };
    expect(wrongCalls(completed(), {}, target)).toEqual([
      beyond,
      tooLong,
      early,
      flipped,
      ...unknown.slice(0, 2),
    ]);
  });

  it('leave out what needs a call that the upload does not have', () => {
    const begunOnly = new HistoryBuilder().call(begin('A'), begun('1'));
    expect(wrongCalls(begunOnly)).toEqual([]);
    expect(wrongCalls(begunOnly.call(put('A', 0), done))).toEqual([[1, put('A', 0, { kind: 'long' })]]);
  });

  it('are made for the first four uploads', () => {
    const many = new HistoryBuilder();
    for (const [index, name] of ['A', 'B', 'C', 'D', 'E'].entries()) {
      many.uploaded(name, name).call(finish(name), finished(index));
    }
    const calls = wrongCallsOf(executed(many), targetOf({}, {}));
    const labels = calls.map(({ step: { operation } }) => 'session' in operation && operation.session);
    expect(new Set(labels)).toEqual(new Set(['A', 'B', 'C', 'D']));
  });
});

describe('the calls of a stranger', () => {
  const strangersCalls = (isMeant: (name: string) => boolean, shape: Partial<Shape> = {}, callers = 1) =>
    inserted(strangersCallsOf(executed(completed(), callers), targetOf(shape, {}), isMeant));
  const puts = [HALFWAY, put('A', 1, { kind: 'flipped', at: 0 }, 1)];
  const finishes = [END, { ...finish('A'), by: 1 }];

  it('are made by the next caller, for the permissions that are meant', () => {
    expect(strangersCalls((name) => name === 'put')).toContainEqual(puts);
    expect(strangersCalls((name) => name === 'put')).not.toContainEqual(finishes);
    expect(strangersCalls((name) => name === 'finish')).toEqual([finishes]);
    expect(strangersCalls(() => false)).toEqual([]);
  });

  it('leave out the finish where the last put finishes', () => {
    expect(strangersCalls((name) => name === 'finish', { finish: 'implied' })).toEqual([]);
  });

  it('are not made where every caller has keys of its own', () => {
    expect(strangersCalls(() => true, { session: 'key' })).toEqual([]);
    expect(strangersCalls(() => true, { session: 'key', keySpace: 'shared' })).toContainEqual(puts);
  });
});

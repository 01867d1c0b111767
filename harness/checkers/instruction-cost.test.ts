import { describe, expect, test } from 'vitest';
import { judge } from '../judgement/judge.js';
import { HistoryBuilder, begin, begun, done, on, put, status } from '../testing/history-builder.js';

const CHUNKS = 100;
const FILES = [{ name: 'f', bytes: CHUNKS * 100, content: { kind: 'zero' } }] as const;

/** A session of 100 chunks of 100 B, put one by one. `cost` of the put that comes when so many are stored. */
function seenOf(cost: (stored: number) => number): string | undefined {
  const built = new HistoryBuilder().call(begin('A'), begun('1'), 700_000);
  for (let index = 0; index < CHUNKS; index++) built.call(put('A', index), done, cost(index));
  const target = { rules: new Set(['instruction-cost'] as const), defaultChunkSize: 100 };
  const limits = { chunkSize: 100, hashBytesPerCall: 64 };
  const verdict = judge(built.history, { limits, files: FILES }, target);
  return verdict.kind === 'invalid' ? verdict.violations[0].seen : undefined;
}

describe('instruction cost', () => {
  test('a put may cost 1.2 times as much, and what it catches up of the hash', () => {
    expect(seenOf(() => 50_000)).toBeUndefined();
    expect(seenOf((stored) => (stored < 64 ? 50_000 : 60_000 + 64 * 100 + 30_000))).toBeUndefined();
    expect(seenOf((stored) => (stored < 64 ? 50_000 : 60_000 + 64 * 100 + 30_001))).toContain(
      'with 64 chunks',
    );
  });

  test('single dear puts prove nothing', () => {
    expect(seenOf((stored) => (stored % 8 === 7 ? 50_000 : 400_000))).toBeUndefined();
  });

  test('a cost that grows with every chunk is found', () => {
    expect(seenOf((stored) => 50_000 + stored * 4_000)).toContain('put A[');
  });

  test('of what only reads nothing is known, where it is an update call', () => {
    const built = new HistoryBuilder().call(begin('A'), begun('1'), 700_000);
    const asked = built.start(on('status', 'A'));
    built.deliver(asked, 5_000_000).end(asked, status('Initiated'));
    expect(built.violation('instruction-cost')).toBeUndefined();
  });

  test('no message costs out of proportion to its bytes', () => {
    const limit = 1_000_000 + 100 * 12 + 64 * 100;
    expect(seenOf((stored) => (stored === 5 ? limit : 50_000))).toBeUndefined();
    expect(seenOf((stored) => (stored === 5 ? limit + 1 : 50_000))).toBe(`put A[5]: ${limit + 1}`);
  });
});

describe('instruction cost over sessions', () => {
  /** Sessions of two puts and an abort; what each costs when so many sessions have been begun. */
  function expectedOf(
    sessions: number,
    { put: putCost = () => 50_000, begin: beginCost = () => 600_000, abort = () => 100_000 }: Costs,
  ): string | undefined {
    const built = new HistoryBuilder();
    for (let at = 0; at < sessions; at++) {
      built.call(begin(`S${at}`), begun(String(at)), beginCost(at));
      for (const index of [1, 0]) built.call(put(`S${at}`, index), done, putCost(at));
      built.call(on('abort', `S${at}`), done, abort(at));
    }
    const target = { rules: new Set(['instruction-cost'] as const), defaultChunkSize: 100 };
    const limits = { chunkSize: 100, hashBytesPerCall: 64 };
    const verdict = judge(built.history, { limits, files: FILES }, target);
    return verdict.kind === 'invalid' ? verdict.violations[0].expected : undefined;
  }
  interface Costs {
    readonly put?: (sessions: number) => number;
    readonly begin?: (sessions: number) => number;
    readonly abort?: (sessions: number) => number;
  }

  test('single dear calls prove nothing, however many they are', () => {
    const put = (at: number) => (at % 8 === 3 ? 50_000 : 130_000);
    const beginCost = (at: number) => (at === 128 ? 2_400_000 : 600_000 + at * 500);
    expect(expectedOf(300, { put, begin: beginCost })).toBeUndefined();
  });

  test('a put costs at most 1.2 times as much beside many sessions', () => {
    expect(expectedOf(150, { put: (at) => (at < 70 ? 50_000 : 65_000) })).toBeUndefined();
    expect(expectedOf(150, { put: (at) => (at < 70 ? 50_000 : 65_001) })).toMatch(
      /^put S72\[1\]: at most 65000/,
    );
  });

  test('a slope that would reach that at 500 sessions is found at 250', () => {
    expect(expectedOf(250, { put: (at) => 50_000 + at * 19 })).toBeUndefined();
    expect(expectedOf(250, { put: (at) => 50_000 + at * 22 })).toMatch(/^put S240.*at most 60000/);
    expect(expectedOf(150, { put: (at) => 50_000 + at * 22 })).toBeUndefined();
  });

  test('what goes through maps may grow with the logarithm, not with the sessions', () => {
    const logarithm = (at: number) => 100_000 + 12_000 * Math.log2(at + 1);
    expect(expectedOf(500, { abort: logarithm })).toBeUndefined();
    expect(expectedOf(500, { abort: (at) => 100_000 + at * 600 })).toMatch(/^abort S/);
    expect(expectedOf(500, { begin: (at) => 600_000 + at * 4_000 })).toMatch(/^begin S/);
  });

  test('a message of its own, a step or the timer, is held against what it may do', () => {
    const timer = (instructions: number) => {
      const built = new HistoryBuilder().call(begin('A'), begun('1')).timer(instructions);
      const target = { rules: new Set(['instruction-cost'] as const), defaultChunkSize: 100 };
      return judge(built.history, { limits: { chunkSize: 100 }, files: FILES }, target).kind;
    };
    expect(timer(3_300_000)).toBe('valid');
    expect(timer(3_300_001)).toBe('invalid');
  });
});

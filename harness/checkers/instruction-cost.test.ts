import { describe, expect, it } from 'vitest';
import { judge } from '../judgement/judge.js';
import { HistoryBuilder, begin, begun, done, on, put, status, TARGET } from '../testing/history-builder.js';

const CHUNKS = 100;
const only = new Set(['instruction-cost']);
const FILES = [{ name: 'f', bytes: CHUNKS * 100, content: { kind: 'zero' } }] as const;

/** A session of 100 chunks of 100 B, put one by one. `cost` returns the instructions of a put by the number of stored chunks. */
function seenOf(cost: (stored: number) => number): string | undefined {
  const built = new HistoryBuilder().call(begin('A'), begun('1'), 700_000);
  for (let index = 0; index < CHUNKS; index++) built.call(put('A', index), done, cost(index));
  const limits = { chunkSize: 100, hashBytesPerCall: 64 };
  const verdict = judge(built.history, { limits, files: FILES }, TARGET, { only });
  return verdict.kind === 'invalid' ? verdict.violations[0].seen : undefined;
}

describe('the instruction-cost checker', () => {
  it('allows a put to cost 1.2 times as much, plus the hashing of earlier chunks', () => {
    expect(seenOf(() => 50_000)).toBeUndefined();
    expect(seenOf((stored) => (stored < 64 ? 50_000 : 60_000 + 64 * 100 + 30_000))).toBeUndefined();
    expect(seenOf((stored) => (stored < 64 ? 50_000 : 60_000 + 64 * 100 + 30_001))).toContain(
      'with 64 stored chunks',
    );
  });

  it('ignores single expensive puts', () => {
    expect(seenOf((stored) => (stored % 8 === 7 ? 50_000 : 400_000))).toBeUndefined();
  });

  it('reports a cost that grows with every chunk', () => {
    expect(seenOf((stored) => 50_000 + stored * 4_000)).toContain('put A[');
  });

  it('does not judge the cost of a read that is an update call', () => {
    const built = new HistoryBuilder().call(begin('A'), begun('1'), 700_000);
    const asked = built.start(on('status', 'A'));
    built.deliver(asked, 5_000_000).end(asked, status('Initiated'));
    expect(built.violation('instruction-cost')).toBeUndefined();
  });

  it('reports a message whose cost exceeds the bound for its size', () => {
    const limit = 1_000_000 + 100 * 12 + 64 * 100;
    expect(seenOf((stored) => (stored === 5 ? limit : 50_000))).toBeUndefined();
    expect(seenOf((stored) => (stored === 5 ? limit + 1 : 50_000))).toBe(`put A[5]: ${limit + 1}`);
  });
});

describe('the instruction-cost checker over many sessions', () => {
  /** Sessions of two puts and an abort. The costs depend on the number of sessions begun before. */
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
    const limits = { chunkSize: 100, hashBytesPerCall: 64 };
    const verdict = judge(built.history, { limits, files: FILES }, TARGET, { only });
    return verdict.kind === 'invalid' ? verdict.violations[0].expected : undefined;
  }
  interface Costs {
    readonly put?: (sessions: number) => number;
    readonly begin?: (sessions: number) => number;
    readonly abort?: (sessions: number) => number;
  }

  it('ignores single expensive calls, however many there are', () => {
    const put = (at: number) => (at % 8 === 3 ? 50_000 : 130_000);
    const beginCost = (at: number) => (at === 128 ? 2_400_000 : 600_000 + at * 500);
    expect(expectedOf(300, { put, begin: beginCost })).toBeUndefined();
  });

  it('allows a put to cost 1.2 times as much with many sessions', () => {
    expect(expectedOf(150, { put: (at) => (at < 70 ? 50_000 : 65_000) })).toBeUndefined();
    expect(expectedOf(150, { put: (at) => (at < 70 ? 50_000 : 65_001) })).toMatch(
      /^put S72\[1\]: at most 65000/,
    );
  });

  it('reports at 250 sessions a slope that would exceed the limit at 500', () => {
    expect(expectedOf(250, { put: (at) => 50_000 + at * 19 })).toBeUndefined();
    expect(expectedOf(250, { put: (at) => 50_000 + at * 22 })).toMatch(/^put S240.*at most 60000/);
    expect(expectedOf(150, { put: (at) => 50_000 + at * 22 })).toBeUndefined();
  });

  it('allows the cost of calls that search maps to grow with the logarithm, but not linearly', () => {
    const logarithm = (at: number) => 100_000 + 12_000 * Math.log2(at + 1);
    expect(expectedOf(500, { abort: logarithm })).toBeUndefined();
    expect(expectedOf(500, { abort: (at) => 100_000 + at * 600 })).toMatch(/^abort S/);
    expect(expectedOf(500, { begin: (at) => 600_000 + at * 4_000 })).toMatch(/^begin S/);
  });

  it('limits the cost of the timer', () => {
    const timer = (instructions: number) => {
      const built = new HistoryBuilder().call(begin('A'), begun('1')).timer(instructions);
      return judge(built.history, { limits: { chunkSize: 100 }, files: FILES }, TARGET, { only }).kind;
    };
    expect(timer(3_300_000)).toBe('valid');
    expect(timer(3_300_001)).toBe('invalid');
  });
});

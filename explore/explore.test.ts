/** Exploring the reference canister: coverage, strategies, findings, and the choice that makes the difference. */
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../harness/evidence/fingerprint.js';
import { at } from '../harness/at.js';
import { judge } from '../harness/judgement/judge.js';
import { findCriticalChoice } from './critical-choice.js';
import { explored, referenceRunner, referenceWorkload } from './testing/explored.js';
import { pct } from './strategies/pct.js';
import { pos } from './strategies/pos.js';
import { randomWalk } from './strategies/random-walk.js';
import { replay } from './strategies/replay.js';
import type { Operation } from '../model/schedule.js';
import type { Workload } from './workload.js';

/** Two lanes of three calls each have 20 orders. */
function threeCallsEach(last: 'finish' | 'status' = 'finish'): Workload {
  const begin = (session: string, file: number) =>
    ({ do: 'call', operation: { op: 'begin', session, file, caller: file, key: `key-${session}` } }) as const;
  const end = (session: string): Operation =>
    last === 'finish' ? { op: 'finish', session, hash: 'right', lengthOff: 0 } : { op: 'status', session };
  const rest = (session: string) =>
    [
      { do: 'call', operation: { op: 'put', session, index: 0, data: { kind: 'right' } } },
      { do: 'call', operation: end(session) },
    ] as const;
  return {
    name: 'three-calls-each',
    limits: { chunkSize: 64 },
    callers: 2,
    files: [0, 1].map((seed) => ({ name: `file-${seed}`, bytes: 40, content: { kind: 'random', seed } })),
    lanes: [
      [begin('A', 0), ...rest('A')],
      [begin('B', 1), ...rest('B')],
    ],
  };
}

describe('the exhaustive search', () => {
  it('runs all 20 orders of two lanes with three calls each', async () => {
    const options = { reduces: false, recognisesStates: false };
    const { result } = await explored(referenceRunner(), threeCallsEach(), options);
    expect(result).toMatchObject({ isComplete: true, orders: 20, executed: 20, messages: 6, failing: 0 });
  });

  it('counts the orders that it merges', async () => {
    const { result } = await explored(referenceRunner(), threeCallsEach('status'), { reduces: false });
    expect(result).toMatchObject({ isComplete: true, orders: 20 });
    expect(result.executed).toBeLessThan(20);
  });

  it('merges less and misses nothing if it has no memory for states', async () => {
    const { result } = await explored(referenceRunner(), threeCallsEach(), {
      memoryBytes: 1,
      reduces: false,
    });
    expect(result).toMatchObject({ isComplete: true, orders: 20, executed: 20 });
  });

  it('says that it is incomplete if a bound ends it', async () => {
    const { result } = await explored(referenceRunner(), threeCallsEach(), { ordersMax: 3 });
    expect(result).toMatchObject({ isComplete: false, executed: 3 });
    const short = await explored(referenceRunner(), threeCallsEach(), { transitionsMax: 4 });
    expect(short.result).toMatchObject({ isComplete: false, executed: 0 });
    expect(short.result.givenUp).toBeGreaterThan(0);
  });
});

const SAMPLERS = [randomWalk, pct(2), pos];

describe.each(SAMPLERS)('the strategy $name', (strategy) => {
  it('draws the same orders for the same seed, and does not claim to be complete', async () => {
    const drawn = async (seed: number) => {
      const orders: string[] = [];
      const { result } = await explored(referenceRunner(), threeCallsEach(), {
        strategy,
        seed,
        ordersMax: 12,
        recognisesStates: false,
        onOrder: ({ history }) => orders.push(history.traceHash),
      });
      expect(result).toMatchObject({ isComplete: false, executed: 12 });
      return orders;
    };
    const first = await drawn(1);
    expect(await drawn(1)).toEqual(first);
    expect(await drawn(2)).not.toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(2);
  });

  it('finds a defect that needs two finishes at the same time', async () => {
    const runner = referenceRunner('shared-finish-slot');
    const { verdicts } = await explored(runner, referenceWorkload('two-uploads', runner), {
      strategy,
      ordersMax: 40,
      recognisesStates: false,
    });
    expect(verdicts.join()).toContain('finish answers ChecksumMismatch instead of finished');
  });
});

describe('a failing order', () => {
  it('replays by its steps, and shows the choice that makes the difference', async () => {
    const runner = referenceRunner('shared-finish-slot');
    const workload = referenceWorkload('two-uploads', runner);
    const { result } = await explored(runner, workload, { ordersMax: 30 });
    const failing = at(result.failures, 0);
    const again = await explored(runner, workload, { strategy: replay(failing.schedule.steps) });
    expect(again.verdicts).toContain(failing.fingerprint);

    const choice = await findCriticalChoice({
      runner,
      schedule: failing.schedule,
      fails: (history, schedule) => {
        const verdict = judge(history, schedule, runner.target);
        return (
          verdict.kind === 'invalid' &&
          verdict.violations.some((one) => fingerprintOf(one) === failing.fingerprint)
        );
      },
    });
    expect(choice?.failing[0]).not.toEqual(choice?.passing[0]);
    expect(choice?.passing.toSorted()).not.toEqual([]);
  });
});

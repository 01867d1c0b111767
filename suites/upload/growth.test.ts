/** What must not grow: the cost of a call, the heap and stable memory, over many sessions and many cycles, on every replica present. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cyclesSchedule, manySessions } from '../../generators/named-schedules.js';
import type { History } from '../../harness/history/history.js';
import { judge } from '../../harness/judgement/judge.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { Schedule } from '../../model/schedule.js';
import type { Replica } from '../../replicas/replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { presentReplicas } from './present-replicas.js';

function moduleOf(name: string) {
  return Uint8Array.from(readFileSync(new URL(`../../canister/wasm/${name}.wasm`, import.meta.url)));
}
const { present } = await presentReplicas();

const WASM_PAGE_BYTES = 65_536;
const SESSIONS = 500;

function instructionsOf({ events }: History, session: (label: string) => boolean): number[] {
  return events.flatMap((event) => {
    const isMeant =
      event.type === 'delivered' && event.operation.op === 'put' && session(event.operation.session);
    return isMeant ? [event.instructions] : [];
  });
}
function pagesOf({ events }: History, of: 'heapBytes' | 'stableBytes'): number[] {
  return events.flatMap((event) => (event.type === 'metrics' ? [event[of] / WASM_PAGE_BYTES] : []));
}
const least = (numbers: readonly number[]): number => Math.min(...numbers);

describe.each(present)('the canister on $name', ({ create }) => {
  let replica: Replica;
  beforeAll(async () => {
    replica = await create();
  });
  afterAll(() => replica.dispose());

  async function run(schedule: Schedule, wasm = moduleOf('upload'), fault?: string) {
    const history = await new ScheduleRunner({ replica, target: uploadTarget, wasm, fault }).run(schedule);
    return { history, verdict: judge(history, schedule, uploadTarget) };
  }

  it('spends at most 1.2 times the instructions on a put beside 500 chunks and 500 sessions, and no more heap', async () => {
    const { history, verdict } = await run(manySessions(SESSIONS));
    expect(verdict).toEqual({ kind: 'valid' });
    const heap = pagesOf(history, 'heapBytes');
    expect(heap.at(-1)! - heap[0]!).toBeLessThanOrEqual(2);
    if (!replica.info.abilities.has('instructions')) return;
    const long = instructionsOf(history, (label) => label === 'A');
    const short = instructionsOf(history, (label) => label !== 'A');
    expect([long.length, short.length]).toEqual([SESSIONS, 3 * SESSIONS]);
    // Of each session the first put, which hashes nothing.
    const firsts = short.filter((_, at) => at % 3 === 0);
    for (const [name, costs] of [
      ['500 chunks', long],
      ['500 sessions', firsts],
    ] as const) {
      const [early, late] = [least(costs.slice(0, 8)), least(costs.slice(-8))];
      console.log(
        `a put with none: ${early} instructions, beside ${name}: ${late} (${(late / early).toFixed(3)})`,
      );
      expect(late / early).toBeLessThan(1.2);
    }
  });

  it.each([
    ['abort', 120],
    ['expiry', 120],
    ['delete', 40],
  ] as const)(
    'cycles that end in %s, %i of them, leave stable memory and the heap as the first',
    async (end, cycles) => {
      const { history, verdict } = await run(cyclesSchedule(end, cycles));
      expect(verdict).toEqual({ kind: 'valid' });
      const stable = pagesOf(history, 'stableBytes');
      console.log(
        `${end}: stable memory ${stable[0]} pages at first, ${stable[1]} after one cycle, ${stable.at(-1)} after ${cycles}`,
      );
      // One bucket of 512 KiB more, for what maps keep of the records, which stay for a day.
      expect(stable.at(-1)! - stable[1]!).toBeLessThanOrEqual(8);
      const heap = pagesOf(history, 'heapBytes');
      expect(heap.at(-1)! - heap[1]!).toBeLessThanOrEqual(1);
    },
  );

  it.each([
    ['chunks-kept-on-abort', 'abort'],
    ['chunks-kept-on-expiry', 'expiry'],
  ] as const)('finds the fault %s by the size of memory alone', async (fault, end) => {
    const { verdict } = await run(cyclesSchedule(end, 12), moduleOf('upload-faults'), fault);
    expect(verdict.kind === 'invalid' && verdict.violations.map(({ checker }) => checker)).toEqual([
      'stable-growth',
      'storage-is-reclaimed',
    ]);
  });
});

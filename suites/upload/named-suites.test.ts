/** The uploads that people try by hand, and those that fail in production, on every replica present. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { History, HistoryEvent } from '../../harness/history/history.js';
import { judge } from '../../harness/judgement/judge.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { Schedule } from '../../model/schedule.js';
import type { Replica } from '../../replicas/replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { presentReplicas } from './present-replicas.js';
import {
  duplicates,
  eightUnderOneName,
  immediateRetrieval,
  largeUpload,
  sparseInterleaving,
} from '../../generators/named-schedules.js';

const wasm = Uint8Array.from(readFileSync(new URL('../../canister/wasm/upload.wasm', import.meta.url)));
const { present, absent } = await presentReplicas();
const MB = 1_000_000;

function reads(history: History) {
  return history.events.filter(
    (event): event is HistoryEvent & { type: 'ok' } => event.type === 'ok' && event.operation.op === 'read',
  );
}
function errorsOf(history: History) {
  return history.events.flatMap((event) =>
    event.type === 'fail' ? [event.result.kind === 'error' ? event.result.error : event.result.kind] : [],
  );
}

/** Bytes by which the heap grew until the first finish, and from there to the end. */
function heapGrowthPerFinish({ events }: History): readonly [number, number] {
  const metrics = events.flatMap((event) => (event.type === 'metrics' ? [event] : []));
  const sizeAt = (place: string) => metrics.find(({ at }) => at === place)!.heapBytes;
  return [sizeAt('after finish') - sizeAt('start'), sizeAt('end') - sizeAt('after finish')];
}

if (absent.length > 0) {
  console.log(`not run on ${absent.map(({ name, reason }) => `${name} (${reason})`).join(', ')}`);
}

describe.each(present)('the canister on $name', ({ create }) => {
  let replica: Replica;
  let runner: ScheduleRunner;
  beforeAll(async () => {
    replica = await create();
    runner = new ScheduleRunner({ replica, target: uploadTarget, wasm });
  });
  afterAll(async () => {
    await replica.dispose();
  });

  async function run(schedule: Schedule): Promise<History> {
    const history = await runner.run(schedule);
    expect(judge(history, schedule, uploadTarget)).toEqual({ kind: 'valid' });
    return history;
  }

  it('passes 100 rounds of begin, put, finish, and read', async () => {
    const history = await run(immediateRetrieval(100));
    expect(reads(history)).toHaveLength(100);
    expect(errorsOf(history)).toEqual([]);
  });

  it('stores both hashes of the sparse interleaving A0 B0 A2 B2 A1 B1', async () => {
    const history = await run(sparseInterleaving());
    const hashes = reads(history).map(({ result }) => (result.kind === 'blob' ? result.sha256 : ''));
    expect(new Set(hashes).size).toBe(2);
  });

  it('stores and returns 50 MB twice with less than 5 MB of heap growth, of which the second has less than 1 MB', async () => {
    const history = await run(largeUpload(50, uploadTarget.defaultChunkSize, true));
    expect(reads(history)).toHaveLength(2);
    const [first, second] = heapGrowthPerFinish(history);
    console.log(
      `50 MB from a fresh install: heap grew by ${first} bytes, and by ${second} for another 50 MB`,
    );
    expect(first).toBeLessThan(5 * MB);
    expect(second).toBeLessThan(MB);
  });

  it('accepts the same bytes again and rejects other bytes, and neither changes its state', async () => {
    const history = await run(duplicates());
    expect(errorsOf(history)).toEqual(['Conflict', 'Conflict']);
    expect(reads(history)).toHaveLength(1);
  });

  it('keeps eight parallel uploads of 1 KB to 21 MB under one name apart', async () => {
    const history = await run(eightUnderOneName(uploadTarget.defaultChunkSize));
    expect(reads(history)).toHaveLength(8);
    expect(errorsOf(history)).toEqual([]);
  });
});

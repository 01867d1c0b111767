/** A finish that takes tens of thousands of messages is long, not stuck. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { drainMessagesMax, hashStepsMax } from './hash-steps.js';
import { judge } from '../judgement/judge.js';
import { begin, call, file, finish, put, schedule } from '../testing/schedules.js';
import { ScheduleRunner } from './schedule-runner.js';

const limits = { chunkSize: 1_000_000, hashBytesPerCall: 64 };

describe('the number of messages of a finish', () => {
  it('follows from the smallest hashBytesPerCall of the schedule, but at least 64', () => {
    const steps = [{ do: 'upgrade', limits: { hashBytesPerCall: 100 } }] as const;
    expect(hashStepsMax(1_000, { limits: {}, steps: [] })).toBe(0);
    expect(hashStepsMax(1_000, { limits: { hashBytesPerCall: 500 }, steps: [] })).toBe(2);
    expect(hashStepsMax(1_000, { limits: { hashBytesPerCall: 500 }, steps })).toBe(10);
    expect(hashStepsMax(640, { limits: { hashBytesPerCall: 1 }, steps })).toBe(10);
  });

  it('increases the bound of a drain for every begin', () => {
    const two = schedule([call(begin('A', 0)), call(begin('B', 0), 1)], { files: [file(6_400)], limits });
    expect(drainMessagesMax(two)).toBe(20_000 + 2 * 2 * 100);
    expect(drainMessagesMax({ ...two, limits: {} })).toBe(20_000);
  });

  it('may exceed 20,000 on the embedded engine', async () => {
    const wasm = Uint8Array.from(readFileSync(new URL('../../canister/wasm/upload.wasm', import.meta.url)));
    const replica = createEmbeddedReplica();
    const long = schedule(
      [begin('A', 0), put('A', 0), finish('A')].map((operation) => call(operation)),
      { files: [file(1_000_000)], limits },
    );
    const history = await new ScheduleRunner({ replica, target: uploadTarget, wasm }).run(long);
    const messages = history.events.filter(({ type }) => type === 'message');
    expect(messages.length).toBeGreaterThan(20_000);
    expect(judge(history, long, uploadTarget)).toEqual({ kind: 'valid' });
    await replica.dispose();
  });
});

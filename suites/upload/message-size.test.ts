/** What a message can carry, on every replica present: chunks above it, blobs around the longest that is read whole. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { begin, finish, put, read, scheduleOf } from '../../generators/named-schedules.js';
import type { History } from '../../harness/history/history.js';
import { judge } from '../../harness/judgement/judge.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { Schedule, Step } from '../../model/schedule.js';
import type { Replica } from '../../replicas/replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { presentReplicas } from './present-replicas.js';

const wasm = Uint8Array.from(readFileSync(new URL('../../canister/wasm/upload.wasm', import.meta.url)));
const { present } = await presentReplicas();

const MESSAGE_BYTES_MAX = 2 * 1024 * 1024;
const status: Step = { do: 'call', lane: 0, operation: { op: 'status', session: 'A' } };
const readWhole: Step = { do: 'call', lane: 0, operation: { op: 'readWhole', session: 'A' } };

/** An upload of `bytes` in chunks of `chunkSize`; each put is followed by a look at the session. */
function upload(bytes: number, chunkSize: number, ends: readonly Step[]): Schedule {
  const indices = [...Array(Math.ceil(bytes / chunkSize)).keys()];
  return {
    ...scheduleOf({
      limits: { chunkSize },
      files: [{ name: 'a.bin', bytes, content: { kind: 'random', seed: 1 } }],
      steps: [begin('A', 0), ...indices.flatMap((index) => [put('A', index), status]), ...ends],
    }),
    epilogue: { chunksMax: 2 },
  };
}

/** Of every call of `op` the answer, and the lengths of argument and reply in bytes. */
function answersOf({ events }: History, op: string) {
  return events.flatMap((event) => {
    if ((event.type !== 'ok' && event.type !== 'fail') || event.operation.op !== op) return [];
    const { result, replyBytes, call } = event;
    const invoke = events.find((one) => one.type === 'invoke' && one.call === call);
    const argBytes = invoke?.type === 'invoke' ? invoke.argBytes : undefined;
    return [{ result, argBytes: argBytes ?? 0, replyBytes: replyBytes ?? 0 }];
  });
}

describe.each(present)('the canister on $name', ({ create }) => {
  let replica: Replica;
  beforeAll(async () => {
    replica = await create();
  });
  afterAll(() => replica.dispose());

  async function run(schedule: Schedule): Promise<History> {
    const history = await new ScheduleRunner({ replica, target: uploadTarget, wasm }).run(schedule);
    expect(judge(history, schedule, uploadTarget)).toEqual({ kind: 'valid' });
    return history;
  }

  it('does not receive a chunk larger than a message, and its session is unchanged', async () => {
    const history = await run(upload(2_100_100, 2_100_000, [finish('A')]));
    const [large, small] = answersOf(history, 'put');
    expect(large!.argBytes).toBeGreaterThan(MESSAGE_BYTES_MAX);
    expect(large!.result).toMatchObject({
      kind: 'rejected',
      text: expect.stringMatching(/too large.*larger than the max allowed 2097152/) as string,
    });
    expect(small!.result).toEqual({ kind: 'done' });
    const states = answersOf(history, 'status').map(({ result }) =>
      result.kind === 'status' ? `${result.state}, ${result.bytesReceived} B` : result.kind,
    );
    expect(states.slice(0, 2)).toEqual(['Initiated, 0 B', 'Uploading, 100 B']);
    expect(answersOf(history, 'finish')[0]!.result).toMatchObject({
      kind: 'error',
      error: 'InvalidArgument',
    });
  });

  it('stores and returns the longest chunk that fits into a message', async () => {
    const chunkSize = MESSAGE_BYTES_MAX - 1_000;
    const history = await run(upload(chunkSize, chunkSize, [finish('A'), read('A')]));
    const [only] = answersOf(history, 'put');
    expect(only!.result).toEqual({ kind: 'done' });
    expect(only!.argBytes).toBeGreaterThan(chunkSize);
    expect(answersOf(history, 'read')[0]!.replyBytes).toBeGreaterThan(chunkSize);
  });

  it.each([1_999_999, 2_000_000, 2_000_001])(
    'a blob of %i B is read whole up to 2,000,000 B',
    async (bytes) => {
      const history = await run(upload(bytes, 1_000_000, [finish('A'), read('A'), readWhole]));
      const [whole] = answersOf(history, 'readWhole');
      if (bytes <= 2_000_000) {
        expect(whole!.result).toEqual(answersOf(history, 'read')[0]!.result);
        expect(whole!.replyBytes).toBeGreaterThan(bytes);
      } else {
        expect(whole!.result).toMatchObject({ kind: 'error', error: 'ResourceExhausted' });
        expect(whole!.replyBytes).toBeLessThan(1_000);
      }
    },
  );
});

/** The blocks of files of many lengths, compared with the real canister. Tables of block numbers get a second level at 64 MiB. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Step } from '../../model/schedule.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { ScheduleRunner } from '../execution/schedule-runner.js';
import { judge } from '../judgement/judge.js';
import { begin, call, put, schedule } from '../testing/schedules.js';

const path = new URL('../../canister/wasm/upload.wasm', import.meta.url);
const runner = new ScheduleRunner({
  replica: createEmbeddedReplica(),
  target: uploadTarget,
  wasm: Uint8Array.from(readFileSync(path)),
});
const CHUNK_SIZE = 1_000_000;
const STATS = call({ op: 'stats', caller: 0 });
const BLOCK_BYTES = 16_384;
const SECOND_LEVEL_BYTES = 64 * 1024 * 1024;

it.each([
  1,
  BLOCK_BYTES,
  BLOCK_BYTES + 1,
  CHUNK_SIZE,
  CHUNK_SIZE + 1,
  SECOND_LEVEL_BYTES - BLOCK_BYTES,
  SECOND_LEVEL_BYTES,
  SECOND_LEVEL_BYTES + 1,
  120_000_000,
  135_000_000,
  200_000_000,
])('the canister uses the expected blocks for parts of a file of %i B', async (bytes) => {
  const last = Math.ceil(bytes / CHUNK_SIZE) - 1;
  // The first chunk comes last, so the canister cannot hash anything before.
  const indices = [...new Set([last, Math.floor(last / 2), Math.min(1, last), 0])];
  const steps: readonly Step[] = [
    call(begin('A')),
    STATS,
    ...indices.flatMap((index) => [call(put('A', index)), STATS]),
    call({ op: 'abort', session: 'A' }),
    STATS,
  ];
  const plan = schedule(steps, {
    files: [{ name: 'a', bytes, content: { kind: 'zero' } }],
    limits: { chunkSize: CHUNK_SIZE, bytesMax: 200_000_000 },
  });
  const history = await runner.run(plan);
  const failed = history.events.filter(({ type }) => type === 'fail' || type === 'skipped');
  expect(failed).toEqual([]);
  const only = new Set(['conservation']);
  expect(judge(history, plan, uploadTarget, { only })).toEqual({ kind: 'valid' });
});

/** Reads of certified responses, on the asset canister, which stores a wrong hash as it is given and certifies it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import assetCanister from '../../examples/asset-canister/target.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { begin, call, put, read, schedule } from '../testing/schedules.js';
import { ScheduleRunner } from './schedule-runner.js';

const path = new URL('../../examples/asset-canister/wasm/asset-canister.wasm.gz', import.meta.url);
const wasm = Uint8Array.from(readFileSync(path));

async function readAfter(hash: 'right' | 'flipped') {
  const puts = [0, 1, 2].map((index) => call(put('A', index)));
  const steps = [
    call(begin('A')),
    ...puts,
    call({ op: 'finish', session: 'A', hash, lengthOff: 0 }),
    call(read('A')),
  ];
  const runner = new ScheduleRunner({ replica: createEmbeddedReplica(), target: assetCanister, wasm });
  const { events } = await runner.run(schedule(steps));
  return events.flatMap((event) => ('result' in event ? [event.result] : [])).at(-1);
}

describe('read of a certified response', () => {
  it('is the file if the certificate covers all parts of it', async () => {
    expect(await readAfter('right')).toMatchObject({ kind: 'blob', size: '290' });
  });

  it('is an error if the certificate does not cover the file', async () => {
    const text = 'the certificate does not cover the response';
    expect(await readAfter('flipped')).toEqual({ kind: 'error', error: 'other', text });
  });
});

/** Relations on an interface with byte offsets and chunks of any size, on the canister of an example. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import target from '../../examples/rust-tus/target.js';
import type { Operation } from '../../model/schedule.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { ScheduleRunner } from '../execution/schedule-runner.js';
import { begin, call, file, put, schedule } from '../testing/schedules.js';
import { examine } from './examine.js';

const path = new URL('../../examples/rust-tus/wasm/rust-tus.wasm.gz', import.meta.url);
const wasm = Uint8Array.from(readFileSync(path));
const runner = new ScheduleRunner({ replica: createEmbeddedReplica(), target, wasm });

describe('relations on uploads by byte offset', () => {
  it('accept two begins of one upload that choose different chunk sizes', async () => {
    const first = { ...begin('A'), chunkSize: 32 } as Operation;
    const second = { ...begin('B'), key: 'key-A', chunkSize: 64 } as Operation;
    const steps = [first, second, put('B', 0), put('A', 1)].map((operation) => call(operation));
    const examined = await examine(
      runner,
      { ...schedule(steps), files: [file(65)] },
      { relation: 'chunk-size' },
    );
    expect(examined.verdict).toEqual({ kind: 'valid' });
    expect(examined.history.events.filter(({ type }) => type === 'ok')).toHaveLength(4);
  });
});

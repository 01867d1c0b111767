/** Relations on an interface whose finish lists the chunks, on the storage of a Juno satellite. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import junoStorage from '../../examples/juno-storage/target.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { ScheduleRunner } from '../execution/schedule-runner.js';
import { begin, call, drain, file, finish, put, read, schedule } from '../testing/schedules.js';
import { examine } from './examine.js';

const path = new URL('../../examples/juno-storage/wasm/juno-storage.wasm.gz', import.meta.url);
const wasm = Uint8Array.from(readFileSync(path));
const runner = new ScheduleRunner({ replica: createEmbeddedReplica(), target: junoStorage, wasm });

describe('serializability with a finish that lists the chunks', () => {
  it('does not judge a put that is in flight with the finish, which cannot list it', async () => {
    const steps = [call(begin('A')), call(finish('A'), 0, true), call(put('A', 0)), drain, call(read('A'))];
    const plan = { ...schedule(steps), files: [file(1)] };
    const { history, verdict } = await examine(runner, plan, { relation: 'serializability' });
    const read0 = history.events.find((event) => event.type === 'ok' && event.operation.op === 'read');
    expect(read0).toMatchObject({ result: { kind: 'blob', size: '0' } });
    expect(verdict).toEqual({ kind: 'valid' });
  });
});

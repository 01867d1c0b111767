/** The chunks that a finish lists in an interface with receipts, on the storage of a Juno satellite. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import junoStorage from '../../examples/juno-storage/target.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { begin, call, finish, put, read, schedule } from '../testing/schedules.js';
import { ScheduleRunner } from './schedule-runner.js';

const path = new URL('../../examples/juno-storage/wasm/juno-storage.wasm.gz', import.meta.url);
const wasm = Uint8Array.from(readFileSync(path));

describe('finish that lists receipts', () => {
  it('lists each chunk of the file once, in the order of the file, and none beyond its end', async () => {
    const puts = [2, 0, 3, 1, 0].map((index) => call(put('A', index)));
    const runner = new ScheduleRunner({ replica: createEmbeddedReplica(), target: junoStorage, wasm });
    const { events } = await runner.run(
      schedule([call(begin('A')), ...puts, call(finish('A')), call(read('A'))]),
    );
    const results = events.flatMap((event) => ('result' in event ? [event.result] : []));
    const kinds = results.map(({ kind }) => kind);
    expect(kinds).toEqual(['begun', ...puts.map(() => 'done'), 'finished', 'blob']);
    expect(results.at(-1)).toMatchObject({ size: '290' });
  });
});

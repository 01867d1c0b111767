/** Relations on an interface without begins and finishes, in which keys name uploads, on the canister of an example. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import target from '../../examples/motoko-keys/target.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import type { Limits, Operation } from '../../model/schedule.js';
import { ScheduleRunner } from '../execution/schedule-runner.js';
import { begin, call, drain, file, put, read, schedule } from '../testing/schedules.js';
import { examine } from './examine.js';

function runnerOn(file: string, fault?: string): ScheduleRunner {
  const path = new URL(`../../examples/motoko-keys/wasm/${file}.wasm.gz`, import.meta.url);
  const wasm = Uint8Array.from(readFileSync(path));
  return new ScheduleRunner({ replica: createEmbeddedReplica(), target, wasm, fault });
}

const correct = runnerOn('motoko-keys');
/** Of two chunks and of one. */
const files = [file(200), file(100)];

async function verdictOf(
  runner: ScheduleRunner,
  relation: string,
  operations: readonly Operation[],
  limits: Limits = { chunkSize: 100 },
) {
  const steps = operations.flatMap((operation) => [call(operation), drain]);
  const { verdict } = await examine(runner, { ...schedule(steps), callers: 2, files, limits }, { relation });
  return verdict.kind;
}

describe('relations between uploads that are named by keys', () => {
  it('accept a put that is sent again after an abort', async () => {
    const steps: Operation[] = [
      begin('A'),
      put('A', 0),
      { op: 'abort', session: 'A' },
      put('A', 0),
      put('A', 1),
      read('A'),
    ];
    expect(await verdictOf(correct, 'repetition', steps)).toBe('valid');
  });

  it('report a repeated put that counts twice', async () => {
    const steps = [begin('A'), put('A', 0), put('A', 0), put('A', 1)];
    expect(await verdictOf(correct, 'repetition', steps)).toBe('valid');
    const counting = runnerOn('motoko-keys-faults', 'retry-counts-twice');
    expect(await verdictOf(counting, 'repetition', steps)).toBe('invalid');
  });

  it('accept that a put begins no upload while another one fills the limit', async () => {
    const steps = [begin('A'), put('A', 0), begin('B'), put('B', 0), put('A', 1), put('B', 1), put('B', 0)];
    const limits = { chunkSize: 100, activeSessionsMax: 1 };
    expect(await verdictOf(correct, 'unrelated-uploads', steps, limits)).toBe('valid');
  });

  it('report an abort that ends the upload of another caller under the same key', async () => {
    const other = { ...begin('B', 0), key: 'key-A', caller: 1 } as Operation;
    const steps = [
      begin('A'),
      put('A', 0),
      other,
      put('B', 0),
      { op: 'abort', session: 'B' } as const,
      put('A', 1),
    ];
    expect(await verdictOf(correct, 'unrelated-uploads', steps)).toBe('valid');
    const careless = runnerOn('motoko-keys-faults', 'abort-by-anyone');
    expect(await verdictOf(careless, 'unrelated-uploads', steps)).toBe('invalid');
  });

  it('accept any order of chunks beside wrong bytes and another file with the same key', async () => {
    const wrong = { ...put('A', 0), data: { kind: 'flipped', at: 0 } } as Operation;
    const mended = [begin('A'), wrong, put('A', 0), put('A', 1)];
    expect(await verdictOf(correct, 'chunk-order', mended)).toBe('valid');
    const other = { ...begin('B', 1), key: 'key-A' } as Operation;
    const mixed = [begin('A'), put('A', 1), other, put('B', 0)];
    expect(await verdictOf(correct, 'chunk-order', mixed)).toBe('valid');
  });
});

/** Relations on an interface without begins and finishes, in which keys name uploads, on the canister of an example. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import target from '../../examples/motoko-keys/target.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import type { Operation } from '../../model/schedule.js';
import { ScheduleRunner } from '../execution/schedule-runner.js';
import { begin, call, file, put, read, schedule } from '../testing/schedules.js';
import { examine } from './examine.js';

function runnerOn(file: string, fault?: string): ScheduleRunner {
  const path = new URL(`../../examples/motoko-keys/wasm/${file}.wasm.gz`, import.meta.url);
  const wasm = Uint8Array.from(readFileSync(path));
  return new ScheduleRunner({ replica: createEmbeddedReplica(), target, wasm, fault });
}

const correct = runnerOn('motoko-keys');
/** Of two chunks and of one. */
const files = [file(200), file(100)];

async function verdictOf(runner: ScheduleRunner, relation: string, operations: readonly Operation[]) {
  const steps = operations.map((operation) => call(operation));
  const { verdict } = await examine(runner, { ...schedule(steps), files }, { relation });
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

  it('accept any order of chunks beside wrong bytes and another file with the same key', async () => {
    const wrong = { ...put('A', 0), data: { kind: 'flipped', at: 0 } } as Operation;
    const mended = [begin('A'), wrong, put('A', 0), put('A', 1)];
    expect(await verdictOf(correct, 'chunk-order', mended)).toBe('valid');
    const other = { ...begin('B', 1), key: 'key-A' } as Operation;
    const mixed = [begin('A'), put('A', 1), other, put('B', 0)];
    expect(await verdictOf(correct, 'chunk-order', mixed)).toBe('valid');
  });
});

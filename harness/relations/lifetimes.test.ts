/** Relations and uploads that have expired, on the asset canister, which removes them when anyone begins the next one. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import assetCanister from '../../examples/asset-canister/target.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { ScheduleRunner } from '../execution/schedule-runner.js';
import { begin, call, file, finish, put, schedule } from '../testing/schedules.js';
import { examine } from './examine.js';
import { executionOf } from './execution.js';
import { outlivedCalls } from './lifetimes.js';

const path = new URL('../../examples/asset-canister/wasm/asset-canister.wasm.gz', import.meta.url);
const wasm = Uint8Array.from(readFileSync(path));
const runner = new ScheduleRunner({ replica: createEmbeddedReplica(), target: assetCanister, wasm });

function pausedFor(seconds: number) {
  const steps = [
    call(begin('A')),
    call(put('A', 0)),
    { do: 'advance', seconds } as const,
    call(begin('B', 1)),
    call(finish('A')),
  ];
  const { epilogue: _, ...plan } = schedule(steps);
  return { ...plan, files: [file(1), { ...file(1), name: 'other' }] };
}

async function outlivedIn(plan: ReturnType<typeof pausedFor>): Promise<number[]> {
  const execution = executionOf(plan, await runner.run(plan), assetCanister.defaultChunkSize);
  return [...outlivedCalls(execution, assetCanister)].sort((a, b) => a - b);
}

describe('uploads that have expired', () => {
  it('are those that are used after the promised time without activity', async () => {
    expect(await outlivedIn(pausedFor(600))).toEqual([0, 1, 3]);
    expect(await outlivedIn(pausedFor(200))).toEqual([]);
  });

  it('may depend on other uploads', async () => {
    const { history, verdict } = await examine(runner, pausedFor(600), { relation: 'unrelated-uploads' });
    expect(history.events.filter(({ type }) => type === 'fail')).toHaveLength(1);
    expect(verdict).toEqual({ kind: 'valid' });
  });
});

/** The harness on the embedded engine with the real canister: what no fake can tell. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROFILES } from '../../generators/profile.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { SESSION_STATES } from '../../model/result.js';
import { runCampaign } from '../../campaigns/campaign/campaign.js';
import type { CampaignOptions } from '../../campaigns/campaign/campaign-options.js';
import { judge } from '../judgement/judge.js';
import { replay } from '../counterexamples/replay.js';
import { begin, call, file, finish, put, read, schedule, wholeUpload } from '../testing/schedules.js';
import { ScheduleRunner } from './schedule-runner.js';

function wasmOf(name: string) {
  return Uint8Array.from(readFileSync(new URL(`../../canister/wasm/${name}.wasm`, import.meta.url)));
}
const clean = wasmOf('upload');
const faults = wasmOf('upload-faults');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function benchOf(fault?: string): ScheduleRunner {
  const wasm = fault === undefined ? clean : faults;
  return new ScheduleRunner({ replica: createEmbeddedReplica(), target: uploadTarget, wasm, fault });
}
function campaignOf(runner: ScheduleRunner, more: Partial<CampaignOptions> = {}) {
  return runCampaign({ runner, wasmSha256: sha256(clean), seed: 1, findingsMax: 1, clock: () => 0, ...more });
}

describe('the embedded engine', () => {
  it('finds nothing in the clean canister, and repeats every tenth run exactly', async () => {
    const result = await campaignOf(benchOf(), { runs: 30, determinismEvery: 10 });
    expect(result).toMatchObject({ verdict: 'valid', runs: 30, determinismChecks: 3 });
    for (const state of SESSION_STATES) expect(result.states[state], state).toBeGreaterThan(0);
    expect(result.memory.stableBytesPeak).toBeGreaterThan(0);
  });

  it.each([
    ['canary', 4],
    ['hash-in-arrival-order', 4],
    ['chunk-key-by-name', 6],
    ['partial-hash-lost-on-upgrade', 6],
  ] as const)(
    'the fault %s is found and shrunk to at most %i steps, and replays on a new engine',
    async (fault, stepsMax) => {
      const result = await campaignOf(benchOf(fault), { fault });
      const [finding] = result.findings;
      expect(finding?.counterexample.schedule.steps.length).toBeLessThanOrEqual(stepsMax);
      expect(finding?.counterexample.isMinimal).toBe(true);
      const again = await replay(benchOf(fault), finding!.counterexample);
      expect(again).toMatchObject({ outcome: 'same', isSameTrace: true });
      expect(await replay(benchOf(), finding!.counterexample)).toMatchObject({ outcome: 'passes' });
    },
  );

  it('continues an upload across an upgrade to another layout and chunk size, and keeps the blob after its first memory is deleted', async () => {
    const sides = [
      { kind: 'Original', blobOf: 'A' },
      { kind: 'Thumb', inlineBytes: 32_768 },
    ] as const;
    const story = schedule(
      [
        call(begin('A')),
        call(put('A', 1)),
        { do: 'upgrade', limits: { chunkSize: 64 } },
        call({ op: 'config', caller: 0 }),
        ...[0, 2].map((index) => call(put('A', index))),
        call(finish('A')),
        { do: 'drain' },
        call({ op: 'memory', memory: 'M', caller: 0, assets: sides }),
        call({ op: 'deleteMemory', memory: 'A' }),
        call({ op: 'readMemory', memory: 'M' }),
        call(read('A')),
        call({ op: 'listMemories', caller: 0 }),
        call({ op: 'stats', caller: 0 }),
        call({ op: 'deleteMemory', memory: 'M' }),
        call({ op: 'stats', caller: 0 }),
      ],
      { from: 'older layout' },
    );
    const history = await benchOf().run(story);
    expect(judge(history, story, uploadTarget)).toEqual({ kind: 'valid' });
    const results = history.events.flatMap((event) => (event.type === 'ok' ? [event.result] : []));
    expect(results).toHaveLength(14);
    const [config] = results.filter(({ kind }) => kind === 'config');
    expect(config).toMatchObject({ limits: { chunkSize: 64 } });
    const used = results.flatMap((result) => (result.kind === 'stats' ? [result.blocks.used] : []));
    // The table of sessions stays; the blob had one block, the inline bytes two and one of block numbers.
    expect(used).toEqual([7, 3]);
  });

  it.each([
    ['over HTTP, where no number of chunks is said', 150, [0], { via: 'http' }, []],
    ['where the number of chunks stays the same', 250, [1, 0], {}, []],
    ['which another of the same key had overtaken', 250, [1, 0], {}, [call(begin('A'))]],
  ] as const)('an upgrade to another chunk size overtakes a begin, %s', async (...parts) => {
    const [, bytes, indices, via, others] = parts;
    const story = schedule(
      [
        { do: 'call', lane: 0, operation: { ...begin('A'), ...via }, hold: true },
        ...others,
        { do: 'upgrade', limits: { chunkSize: 200 } },
        { do: 'drain' },
        ...indices.map((index) => call(put('A', index))),
        call(finish('A')),
        { do: 'drain' },
        call(read('A')),
      ],
      { files: [file(bytes)], limits: { chunkSize: 130 } },
    );
    const history = await benchOf().run(story);
    expect(judge(history, story, uploadTarget)).toEqual({ kind: 'valid' });
    expect(history.events.at(-2)).toMatchObject({ type: 'ok', result: { kind: 'blob' } });
  });

  it('records log lines, instructions, and memory sizes', async () => {
    const { events } = await benchOf().run(schedule(wholeUpload));
    const logs = events.flatMap((event) => (event.type === 'log' ? [event.text] : []));
    expect(logs.length).toBeGreaterThanOrEqual(5);
    expect(logs.some((text) => text.startsWith('FINISH'))).toBe(true);
    const delivered = events.flatMap((event) => (event.type === 'delivered' ? [event.instructions] : []));
    expect(delivered).toHaveLength(5);
    expect(Math.min(...delivered)).toBeGreaterThan(10_000);
    const metrics = events.flatMap((event) => (event.type === 'metrics' ? [event] : []));
    expect(metrics.map(({ at }) => at)).toEqual(['start', 'after finish', 'end']);
    expect(metrics[0]!.heapBytes).toBeGreaterThan(65_536);
  });

  it('gives the same trace on two engines, regardless of earlier runs', async () => {
    const [one, other] = [benchOf(), benchOf()];
    await campaignOf(other, { runs: 3, profile: PROFILES.quick });
    expect((await other.run(schedule(wholeUpload))).traceHash).toBe(
      (await one.run(schedule(wholeUpload))).traceHash,
    );
  });
});

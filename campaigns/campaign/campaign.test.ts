import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROFILES } from '../../generators/profile.js';
import type { UserFile } from '../../generators/user-file.js';
import { contentOf } from '../../model/content.js';
import { runCampaign } from './campaign.js';
import type { CampaignOptions } from './campaign-options.js';
import type { CampaignRun } from './run-result.js';
import type { Finding, Progress } from './campaign-result.js';
import { readCounterexample } from '../../harness/counterexamples/counterexample.js';
import { replay } from '../../harness/counterexamples/replay.js';
import { SESSION_STATES } from '../../model/result.js';
import { FakeReplica, fakeTarget, type FakeReplicaOptions } from '../../harness/testing/fake-replica.js';
import { file } from '../../harness/testing/schedules.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';

const wasm = new Uint8Array();
function runnerOf(options: FakeReplicaOptions = {}) {
  return new ScheduleRunner({ replica: new FakeReplica(options), target: fakeTarget, wasm });
}
function optionsOf(more: Partial<CampaignOptions> = {}, fake: FakeReplicaOptions = {}): CampaignOptions {
  return {
    runner: runnerOf(fake),
    wasmSha256: '00'.repeat(32),
    seed: 5,
    findingsMax: 1,
    ...more,
  };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'campaign-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a campaign', () => {
  it('finds nothing in a correct canister, and counts its runs and operations', async () => {
    const runs: CampaignRun[] = [];
    const result = await runCampaign(
      optionsOf({ runs: 60, determinismEvery: 10, onRun: (run) => void runs.push(run) }),
    );
    expect(result).toMatchObject({
      verdict: 'valid',
      runs: 60,
      seed: 5,
      profile: 'default',
      findings: [],
      determinismChecks: 6,
    });
    expect(result.isInterrupted).toBe(false);
    const invoked = runs
      .flatMap(({ history }) => history.events)
      .filter(({ type }) => type === 'invoke').length;
    expect(result.operationsTotal).toBe(invoked);
    expect(Object.values(result.operations).reduce((sum, count) => sum + count)).toBe(invoked);
    for (const state of SESSION_STATES) expect(result.states[state], state).toBeGreaterThan(0);
    expect(result.memory.heapBytesPeak).toBeGreaterThan(0);
    expect(runs.map(({ runIndex }) => runIndex)).toEqual(Array.from({ length: 60 }, (_, index) => index));
  });

  it('repeats no run, not even the first, if it is told to repeat none', async () => {
    expect(await runCampaign(optionsOf({ runs: 2, determinismEvery: 0 }))).toMatchObject({
      runs: 2,
      determinismChecks: 0,
    });
  });

  it('finds a bug, shrinks it, and saves a file that replays with the same trace', async () => {
    const findings: Finding[] = [];
    const bug = { bug: 'hash-in-arrival-order' } as const;
    const result = await runCampaign(
      optionsOf({ corpusFolder: folder, onFinding: (found) => findings.push(found) }, bug),
    );
    expect(result.verdict).toBe('invalid');
    expect(result.findings).toEqual(findings);
    const [{ counterexample, path } = {} as Finding] = findings;
    expect(counterexample.schedule.steps.length).toBeLessThanOrEqual(4);
    expect(counterexample.isMinimal).toBe(true);
    expect(counterexample.campaign).toEqual({ profile: 'default', seed: 5, runIndex: result.runs - 1 });
    const saved = await readCounterexample(path!);
    expect(saved).toEqual(counterexample);
    expect(await replay(runnerOf(bug), saved)).toMatchObject({ outcome: 'same', isSameTrace: true });
    expect(await replay(runnerOf(), saved)).toMatchObject({ outcome: 'passes', isSameTrace: false });
    expect(await replay(runnerOf({ bug: 'pause-of-initiated' }), saved)).toMatchObject({ outcome: 'passes' });
  });

  it('has the same result for the same seed', async () => {
    const bug = { bug: 'second-finish-makes-another-blob' } as const;
    const one = await runCampaign(optionsOf({ clock: () => 0 }, bug));
    expect(await runCampaign(optionsOf({ clock: () => 0 }, bug))).toEqual(one);
  });

  it('ends after the given number of findings', async () => {
    const bug = ['hash-in-arrival-order', 'put-while-paused', 'second-finish-makes-another-blob'] as const;
    const result = await runCampaign(optionsOf({ findingsMax: 2, runs: 500 }, { bug }));
    expect(result.findings).toHaveLength(2);
    expect(result).toMatchObject({ isComplete: false });
    expect(result.runs).toBeLessThan(500);
  });

  it('ends when its budget is spent', async () => {
    let now = 0;
    const result = await runCampaign(optionsOf({ budgetMs: 1_000, clock: () => (now += 10) }));
    expect(result.verdict).toBe('valid');
    expect(result.runs).toBeGreaterThan(5);
    expect(result.runs).toBeLessThan(100);
    expect(result.isInterrupted).toBe(false);
  });

  it('stops when asked to, and still returns its result', async () => {
    const signal = { aborted: false };
    const result = await runCampaign(
      optionsOf({ signal, onRun: ({ runIndex }) => void (signal.aborted = runIndex === 3) }),
    );
    expect(result).toMatchObject({ verdict: 'valid', isInterrupted: true, runs: 4 });
  });

  it('keeps the best schedule so far if it is stopped while it shrinks', async () => {
    const signal = { aborted: false };
    const onProgress = ({ shrinking }: Progress) =>
      void (signal.aborted ||= (shrinking?.executions ?? 0) > 3);
    let now = 0;
    const clock = () => (now += 200);
    const result = await runCampaign(
      optionsOf({ signal, onProgress, clock }, { bug: 'hash-in-arrival-order' }),
    );
    expect(result).toMatchObject({ verdict: 'invalid', isInterrupted: true });
    const { counterexample } = result.findings[0]!;
    expect(counterexample.isMinimal).toBe(false);
    expect(await replay(runnerOf({ bug: 'hash-in-arrival-order' }), counterexample)).toMatchObject({
      outcome: 'same',
      isSameTrace: true,
    });
  });

  it('reports a finding that cannot be written', async () => {
    const blocked = join(folder, 'a-file');
    writeFileSync(blocked, '');
    const result = await runCampaign(optionsOf({ corpusFolder: blocked }, { bug: 'hash-in-arrival-order' }));
    expect(result.findings[0]).toMatchObject({
      path: undefined,
      writeFailure: expect.stringMatching(/cannot be written: /) as string,
    });
  });

  it('reports a replica that does not repeat itself', async () => {
    const replica = new FakeReplica();
    let salt = 0;
    const metrics = replica.metrics.bind(replica);
    replica.metrics = async (canister) => ({ ...(await metrics(canister)), stableBytes: salt++ });
    const runner = new ScheduleRunner({ replica, target: fakeTarget, wasm });
    const result = await runCampaign(optionsOf({ runner, determinismEvery: 1 }));
    expect(result.findings[0]?.counterexample).toMatchObject({
      checker: 'determinism',
      schedule: { steps: [] },
    });
    expect(await replay(runner, result.findings[0]!.counterexample)).toMatchObject({ outcome: 'same' });
  });

  it("uploads the user's file at the default chunk size and reads it back", async () => {
    const recipe = file(4_000_000, 9);
    const bytes = contentOf(recipe).slice(0, recipe.bytes);
    const sha256 = Buffer.from(contentOf(recipe).sha256()).toString('hex');
    const userFile: UserFile = {
      name: 'mine.bin',
      bytes: recipe.bytes,
      content: { kind: 'path', path: 'mine.bin', sha256 },
    };
    const reader = (_path: string, start: number, end: number) => bytes.slice(start, end);
    const runner = new ScheduleRunner({ replica: new FakeReplica(), target: fakeTarget, wasm, reader });
    const result = await runCampaign(optionsOf({ runner, userFile, runs: 3 }));
    expect(result).toMatchObject({ verdict: 'valid', runs: 3, userFileReadBacks: 3 });
    expect(result.userFileFailure).toBeUndefined();

    const lossy = new FakeReplica({ bug: 'read-drops-last-byte' });
    const broken = new ScheduleRunner({ replica: lossy, target: fakeTarget, wasm, reader });
    const failed = await runCampaign(optionsOf({ runner: broken, userFile, runs: 1, shrinkMsMax: 0 }));
    expect(failed).toMatchObject({ userFileReadBacks: 0 });
    expect(failed.userFileFailure?.calls[0]).toMatch(/^begin A: Ok with session/);
    expect(failed.userFileFailure?.calls.join('\n')).toContain('\nread A: 3999999 B');
  });

  it('names the operations that never succeeded', async () => {
    const decode: typeof fakeTarget.decode = (request, outcome, call) =>
      request.op === 'status' ? { kind: 'error', error: 'other' } : fakeTarget.decode(request, outcome, call);
    const target = { ...fakeTarget, decode };
    const runner = new ScheduleRunner({ replica: new FakeReplica(), target, wasm });
    const only = optionsOf({ runner, runs: 40, findingsMax: 1000, shrinkExecutionsMax: 0 });
    expect((await runCampaign(only)).neverSucceeded).toContain('status');
  });

  it('starts at the given run index', async () => {
    const seen: number[] = [];
    const onRun = ({ runIndex }: CampaignRun) => void seen.push(runIndex);
    await runCampaign(optionsOf({ firstRun: 7, runs: 3, profile: PROFILES.quick, onRun }));
    expect(seen).toEqual([7, 8, 9]);
  });
});

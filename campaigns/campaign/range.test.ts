/** A campaign that is executed as ranges has the result of one that is executed in one piece. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROFILES } from '../../generators/profile.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { FakeReplica, fakeTarget } from '../../harness/testing/fake-replica.js';
import type { ReferenceBug } from '../../harness/testing/reference-bugs.js';
import { CampaignAggregator } from './aggregator.js';
import { runCampaign } from './campaign.js';
import type { CampaignResult } from './campaign-result.js';
import { runRange } from './range.js';
import type { RunResult } from './run-result.js';

const RUNS = 60;

function runnerOf(bug: readonly ReferenceBug[]) {
  return new ScheduleRunner({
    replica: new FakeReplica({ bug }),
    target: fakeTarget,
    wasm: new Uint8Array(),
  });
}

function campaignOn(bug: readonly ReferenceBug[], findingsMax: number) {
  const runner = runnerOf(bug);
  const clock = () => 0;
  return { runner, clock, findingsMax, wasmSha256: '00'.repeat(32), seed: 1, profile: PROFILES.quick };
}

type Campaign = ReturnType<typeof campaignOn>;

/** Executes the runs in ranges of these sizes, each on its own canister, and sends the results as JSON. */
async function inRanges(bug: readonly ReferenceBug[], campaign: Campaign, sizes: readonly number[]) {
  const aggregator = new CampaignAggregator(campaign);
  for (let firstRun = 0, next = 0; firstRun < RUNS && !aggregator.isOver; next++) {
    const count = Math.min(sizes[next % sizes.length] ?? 1, RUNS - firstRun);
    const results = await runRange({ ...campaign, runner: runnerOf(bug) }, { firstRun, count });
    await aggregator.takeAll(JSON.parse(JSON.stringify(results)) as RunResult[]);
    firstRun += count;
  }
  return aggregator.finish({ isInterrupted: false });
}

const BUGS = [
  [],
  ['hash-in-arrival-order', 'list-shows-all', 'pause-of-initiated'],
  ['second-finish-makes-another-blob', 'index-past-end-traps'],
] as const satisfies readonly (readonly ReferenceBug[])[];

const asJson = (result: CampaignResult) => JSON.parse(JSON.stringify(result)) as unknown;

describe('a campaign in ranges', () => {
  it.each([
    { bug: BUGS[0], findingsMax: 20 },
    { bug: BUGS[1], findingsMax: 20 },
    { bug: BUGS[1], findingsMax: 2 },
    { bug: BUGS[2], findingsMax: 1 },
  ])('has the result of a whole campaign: $bug, at most $findingsMax', async ({ bug, findingsMax }) => {
    const whole = asJson(await runCampaign({ ...campaignOn(bug, findingsMax), runs: RUNS }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 4 }),
        async (sizes) => {
          expect(asJson(await inRanges(bug, campaignOn(bug, findingsMax), sizes))).toEqual(whole);
        },
      ),
      { numRuns: 3 },
    );
  });

  it('sends failures with the same signs once', async () => {
    const [, bug] = BUGS;
    const results = await runRange(campaignOn(bug, 20), { firstRun: 0, count: RUNS });
    const invalid = results.filter(({ verdict }) => verdict === 'invalid');
    const sent = invalid.filter(({ failures }) => failures.length > 0);
    expect(sent.length).toBeGreaterThan(1);
    expect(sent.length).toBeLessThan(invalid.length);
  });

  it('rejects a result that is out of order', async () => {
    const campaign = campaignOn([], 20);
    const [second] = await runRange(campaign, { firstRun: 1, count: 1 });
    if (second === undefined) expect.unreachable();
    await expect(new CampaignAggregator(campaign).take(second)).rejects.toThrow(
      'run 1 is out of order: 0 is next',
    );
  });

  it('ends with the runs that were judged before it was stopped', async () => {
    const signal = { aborted: false };
    const results = await runRange(
      { ...campaignOn([], 20), signal },
      { firstRun: 5, count: 20 },
      (result) => {
        signal.aborted = result.runIndex === 9;
      },
    );
    expect(results.map(({ runIndex }) => runIndex)).toEqual([5, 6, 7, 8, 9]);
  });
});

describe('the digest of a campaign', () => {
  it('covers every run, and no shrinking', async () => {
    const runs: string[] = [];
    const onResult = ({ traceHash = '' }: RunResult) => void runs.push(`${traceHash}\n`);
    const { digest, runs: count } = await runCampaign({ ...campaignOn(BUGS[1], 20), runs: RUNS, onResult });
    expect(runs).toHaveLength(count);
    expect(digest).toBe(createHash('sha256').update(runs.join('')).digest('hex'));
  });

  it('differs if one schedule behaves differently', async () => {
    const digests = await Promise.all(
      BUGS.map(
        async (bug) => (await runCampaign({ ...campaignOn(bug, 1000), runs: 20, shrinkMsMax: 0 })).digest,
      ),
    );
    expect(new Set(digests).size).toBe(BUGS.length);
  });
});

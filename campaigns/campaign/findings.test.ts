/** A campaign reports every cause once, the worst first, shrunk without a change of its wrong answer. */
import { describe, expect, it } from 'vitest';

import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import { replay } from '../../harness/counterexamples/replay.js';
import { SEVERITIES } from '../../harness/evidence/rules.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { FakeReplica, fakeTarget } from '../../harness/testing/fake-replica.js';
import type { ReferenceBug } from '../../harness/testing/reference-bugs.js';
import { begin, call, file, finish, put, schedule } from '../../harness/testing/schedules.js';
import { examine } from '../../harness/relations/examine.js';
import type { Operation } from '../../model/schedule.js';
import { counterexampleOf } from './counterexample-of.js';
import { FindingCollector } from './finding-collector.js';
import { runCampaign } from './campaign.js';
import type { CampaignOptions } from './campaign-options.js';

function runnerOf(bug: readonly ReferenceBug[]) {
  return new ScheduleRunner({
    replica: new FakeReplica({ bug }),
    target: fakeTarget,
    wasm: new Uint8Array(),
  });
}

function campaignOn(bug: readonly ReferenceBug[], options: Partial<CampaignOptions> = {}) {
  const clock = () => 0;
  return runCampaign({
    runner: runnerOf(bug),
    wasmSha256: '00'.repeat(32),
    seed: 1,
    runs: 60,
    clock,
    ...options,
  });
}

/** What the fingerprint of the finding of each bug must say. */
const SIX = {
  'second-finish-makes-another-blob': /: finish answers .* \[finish repeated\]$/,
  'hash-in-arrival-order': /: finish answers ChecksumMismatch instead of finished \[chunks out of order\]$/,
  'list-shows-all': /^fact\/strangers-are-refused: list answers sessions of others instead of own sessions$/,
  'index-past-end-traps':
    /^fact\/no-trap: put answers reject IC0503 instead of an answer \[chunk past the end\]$/,
  'pause-of-initiated': /: pause answers done instead of InvalidState \[pause\]$/,
  'cancelled-session-finishes': /: finish answers .* \[(missing chunks, )?abort\]$/,
} as const satisfies Partial<Record<ReferenceBug, RegExp>>;

const bugs = Object.keys(SIX) as ReferenceBug[];

const campaigns = new Map<number, ReturnType<typeof campaignOn>>();

/** A campaign on all six bugs at once. It runs once for each seed. */
function campaignOnSix(seed: number): ReturnType<typeof campaignOn> {
  const campaign = campaigns.get(seed) ?? campaignOn(bugs, { seed, runs: 120 });
  campaigns.set(seed, campaign);
  return campaign;
}

describe('the findings of a campaign', () => {
  it.each([1, 2])('are one per cause for six bugs at once, with seed %i', async (seed) => {
    const { findings } = await campaignOnSix(seed);
    const fingerprints = findings.map(({ fingerprint }) => fingerprint);
    for (const [bug, says] of Object.entries(SIX))
      expect(
        fingerprints.filter((one) => says.test(one)),
        bug,
      ).toHaveLength(1);
    expect(fingerprints).toHaveLength(bugs.length);
  });

  it('are ordered by severity, minimal, and replay with their fingerprint', async () => {
    const runner = runnerOf(bugs);
    const { findings } = await campaignOnSix(1);
    expect(findings.length).toBeGreaterThan(2);
    const places = findings.map(({ severity }) => SEVERITIES.indexOf(severity));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    for (const { counterexample } of findings) {
      expect(counterexample).toMatchObject({ isMinimal: true });
      expect(await replay(runner, counterexample)).toMatchObject({ outcome: 'same', isSameTrace: true });
    }
  });

  const wrongPut = { ...put('A', 0), data: { kind: 'flipped', at: 0 } } as Operation;
  it.each<[title: string, operation: string, calls: readonly Operation[]]>([
    ['a stranger sent the wrong bytes', 'put', [{ ...wrongPut, by: 1 } as Operation, finish('A')]],
    ['a stranger finished them', 'finish', [wrongPut, { ...finish('A'), by: 1 } as Operation]],
  ])('of one schedule are a stranger and wrong bytes, though %s', async (_title, operation, calls) => {
    const runner = runnerOf(['owner-not-checked', 'hash-not-checked']);
    const steps = [begin('A'), begin('B', 0, 1), ...calls].map((one) => call(one));
    const run = schedule(steps, { callers: 2, files: [file(50)] });
    const { history, verdict } = await examine(runner, run);
    const origin = { runner, wasmSha256: '00'.repeat(32) };
    const collector = new FindingCollector({
      runner,
      findingsMax: 9,
      clock: () => 0,
      counterexampleOf: (failure, parts) =>
        counterexampleOf(failure, parts, origin, { profile: 'quick', seed: 1 }),
      isAccepted: () => false,
      onShrinking: () => undefined,
    });
    const violations = verdict.kind === 'invalid' ? verdict.violations : [];
    await collector.take({ schedule: run, history, violations }, 0);
    const findings = await collector.finish();
    expect(findings.map(({ fingerprint }) => fingerprint)).toEqual([
      'fact/stored-hash: finish answers finished instead of ChecksumMismatch for wrong bytes [wrong bytes]',
      `fact/strangers-are-refused: ${operation} answers success instead of Unauthorized [another caller]`,
    ]);
  });

  it('do not include what only follows from them', async () => {
    const { findings } = await campaignOn(['put-while-paused']);
    expect(findings.map(({ fingerprint }) => fingerprint)).toEqual([
      'fact/wrong-calls-are-refused: put answers done instead of refusal during a pause [pause]',
    ]);
    expect(findings[0]?.signs.length).toBeGreaterThan(0);
  });

  it('are the same however slow the machine is', async () => {
    const slow = async (msPerReading: number) => {
      let now = 0;
      const { findings } = await campaignOn(bugs.slice(0, 3), {
        runs: 25,
        clock: () => (now += msPerReading),
      });
      expect(findings.length).toBeGreaterThan(1);
      return findings;
    };
    expect(await slow(60_000)).toEqual(await slow(0));
  });

  it('are shrunk at the end if their share of the budget runs out', async () => {
    let now = 0;
    const failing = new Map<number, Counterexample[]>();
    const { findings, runs } = await campaignOn(['hash-in-arrival-order'], {
      runs: undefined,
      budgetMs: 800,
      shrinkMsMax: 30_000,
      clock: () => (now += 1),
      onFailing: (counterexample, id) => void failing.set(id, [...(failing.get(id) ?? []), counterexample]),
    });
    // Every reading of the clock takes a millisecond, so exploration goes on only if shrinking stops after an eighth.
    expect(runs).toBeGreaterThan(100);
    expect(findings).toHaveLength(1);
    expect(failing.get(findings[0]!.id)?.[0]).toMatchObject({ isMinimal: false });
    expect(findings[0]?.counterexample).toMatchObject({ isMinimal: true });
  });

  it('do not fail the campaign if they are accepted', async () => {
    const accepted = [
      {
        fingerprint: 'fact/strangers-are-refused: list answers sessions of others instead of own sessions',
        reason: 'lists are public',
      },
      { fingerprint: 'spec/outcome: pause answers done instead of InvalidState', reason: 'harmless' },
    ];
    const both = ['list-shows-all', 'pause-of-initiated'] as const;
    const result = await campaignOn(both, { accepted, findingsMax: 1 });
    expect(result).toMatchObject({ verdict: 'valid', isComplete: true, runs: 60 });
    expect(result.findings).toHaveLength(2);
    expect(await campaignOn(both, { accepted: accepted.slice(1), findingsMax: 1 })).toMatchObject({
      verdict: 'invalid',
    });
  });
});

/**
 * No false alarm, however senseless the schedule, whether the order of what is in flight is told or not. A campaign of it, other
 * schedules each time: `SCRAMBLED_RUNS=100000 SCRAMBLED_SEED=7 npx vitest run suites/upload/scrambled.test.ts -t blamed`.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROFILES } from '../../generators/profile.js';
import { abilitiesOf } from '../../campaigns/campaign/abilities.js';
import { describeSchedule } from '../../harness/counterexamples/describe-schedule.js';
import { judge } from '../../harness/judgement/judge.js';
import type { Verdict } from '../../harness/evidence/verdict.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import {
  SCHEDULE_FORMAT_VERSION,
  type Limits,
  type Operation,
  type Schedule,
  type Step,
} from '../../model/schedule.js';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { anyOrder } from './testing/any-order.js';
import { scrambledScheduleArbitrary } from './testing/scramble.js';

function moduleOf(name: string) {
  return Uint8Array.from(readFileSync(new URL(`../../canister/wasm/${name}.wasm`, import.meta.url)));
}

const given = (name: string, byDefault: number) => Number(process.env[name] ?? byDefault);
const RUNS = given('SCRAMBLED_RUNS', 50);
const SEED = given('SCRAMBLED_SEED', 4);
/** Milliseconds; a run takes about ten, and a hundred times as long on a busy machine. */
const TIMEOUT_MS = 600_000 + RUNS * 200;

/** Runs and judges a schedule; the order of deliveries where it is not told, by the seed. */
function judging(isTold: boolean, fault?: string): (schedule: Schedule, seed: number) => Promise<Verdict> {
  const wasm = moduleOf(fault === undefined ? 'upload' : 'upload-faults');
  const inner = createEmbeddedReplica();
  const { replica, reseed } = isTold ? { replica: inner, reseed: () => undefined } : anyOrder(inner);
  const runner = new ScheduleRunner({ replica, target: uploadTarget, wasm, fault });
  return async (schedule, seed) => {
    reseed(seed);
    return judge(await runner.run(schedule), schedule, uploadTarget);
  };
}

// ---- drawn ----

const embedded = new ScheduleRunner({
  replica: createEmbeddedReplica(),
  target: uploadTarget,
  wasm: moduleOf('upload'),
});
const schedules = scrambledScheduleArbitrary(
  { ...PROFILES.default, uploads: { min: 1, max: 4 } },
  abilitiesOf(uploadTarget, embedded),
);

/** Counts of the verdicts, and what fast-check shrinks a schedule with a violation to. */
async function check(isTold: boolean, fault?: string) {
  const verdictOf = judging(isTold, fault);
  const kinds = { valid: 0, invalid: 0, unknown: 0 };
  const property = fc.asyncProperty(schedules, fc.nat(), async (schedule, seed) => {
    const { kind } = await verdictOf(schedule, seed);
    kinds[kind]++;
    return kind !== 'invalid';
  });
  const details = await fc.check(property, { seed: SEED, numRuns: RUNS });
  if (details.counterexample === null) return { kinds, shortest: undefined };
  const [schedule, seed] = details.counterexample;
  const verdict = await verdictOf(schedule, seed);
  return { kinds, shortest: { steps: describeSchedule(schedule), limits: schedule.limits, seed, verdict } };
}

describe.each([
  ['reports the order of messages', true],
  ['does not report the order of messages', false],
] as const)('a replica that %s', (_, isTold) => {
  it(
    'raises no alarm on the upload canister',
    async () => {
      const { kinds, shortest } = await check(isTold);
      expect(shortest).toBeUndefined();
      expect(kinds.valid).toBeGreaterThan(0.98 * RUNS);
    },
    TIMEOUT_MS,
  );

  it.each(['key-ignored', 'hash-in-arrival-order', 'blob-freed-while-referenced'])(
    'finds the fault %s',
    async (fault) => {
      expect((await check(isTold, fault)).shortest).toBeDefined();
    },
  );
});

describe('an upgrade to other limits with a call in flight, on a replica that does not report the order', () => {
  const begin = { op: 'begin', session: 'A', file: 0, caller: 0, key: 'A' } as const;
  const inline = [{ kind: 'Thumb', inlineBytes: 100 }] as const;
  const memory = { op: 'memory', memory: 'M', caller: 0, assets: inline } as const;
  it.each<[Operation, Limits, Limits]>([
    [begin, { chunkSize: 100 }, { chunkSize: 200 }],
    [begin, { chunkSize: 130 }, { chunkSize: 200 }],
    [begin, { chunkSize: 100 }, { bytesMax: 50 }],
    [begin, { chunkSize: 100 }, { sessionTtlSeconds: 300 }],
    [memory, { chunkSize: 100 }, { inlineBytesMax: 10 }],
  ])('raises no alarm for %j', async (operation, limits, later) => {
    const held: Step = { do: 'call', lane: 0, operation, hold: true };
    const asked: Step = { do: 'call', lane: 0, operation: { op: 'status', session: 'A' } };
    const story: Schedule = {
      ...{ version: SCHEDULE_FORMAT_VERSION, limits, callers: 1, epilogue: { chunksMax: 16 } },
      files: [{ name: 'f', bytes: 250, content: { kind: 'random', seed: 1 } }],
      steps: [
        held,
        { do: 'upgrade', limits: later },
        { do: 'drain' },
        { do: 'advance', seconds: 400 },
        asked,
      ],
    };
    const verdictOf = judging(false);
    for (let seed = 0; seed < 5; seed++) expect(await verdictOf(story, seed)).toEqual({ kind: 'valid' });
  });
});

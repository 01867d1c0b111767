import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROFILES } from '../../generators/profile.js';
import { scheduleFor } from '../../generators/schedule-for.js';
import type { Operation, Schedule } from '../../model/schedule.js';
import { canonicalJson } from '../history/canonical-json.js';
import { judge } from '../judgement/judge.js';
import type { Violation } from '../evidence/verdict.js';
import { FakeReplica, fakeTarget } from '../testing/fake-replica.js';
import type { ReferenceBug } from '../testing/reference-bugs.js';
import { scheduleArbitrary } from '../testing/schedule-arbitrary.js';
import { begin, call, finish, put, schedule, wholeUpload } from '../testing/schedules.js';
import { ScheduleRunner } from '../execution/schedule-runner.js';
import { isSimpler } from './is-simpler.js';
import { minimise } from './minimise.js';

const operations = new Set<Operation['op']>([
  'begin',
  'put',
  'finish',
  'abort',
  'pause',
  'resume',
  'status',
  'read',
  'cleanup',
  'list',
]);
const abilities = { operations, defaultChunkSize: 1_800_000, time: true, upgrade: true, capsules: true };

/** The first generated schedule that fails with this bug, and the predicate "fails with the same rule". */
async function failing(bug: ReferenceBug) {
  const runner = new ScheduleRunner({
    replica: new FakeReplica({ bug }),
    target: fakeTarget,
    wasm: new Uint8Array(),
  });
  const violationsOf = async (candidate: Schedule): Promise<readonly Violation[]> => {
    const verdict = judge(await runner.run(candidate), candidate, fakeTarget);
    return verdict.kind === 'invalid' ? verdict.violations : [];
  };
  for (let index = 0; index < 500; index++) {
    const found = scheduleFor(PROFILES.default, 4, index, abilities);
    const [violation] = await violationsOf(found);
    if (violation === undefined) continue;
    const fails = async (candidate: Schedule) =>
      (await violationsOf(candidate)).some(
        ({ checker, rule }) => checker === violation.checker && rule === violation.rule,
      );
    return { found, fails };
  }
  throw new Error(`${bug} was not found`);
}

describe('the minimiser', () => {
  it('accepts only simpler schedules that fail, and a second search on its result accepts nothing', async () => {
    // The predicate has no structure to exploit: an eighth to a half of all schedules fail, by their hash.
    const predicates = fc.record({ salt: fc.nat(), failing: fc.integer({ min: 32, max: 128 }) });
    const property = fc.asyncProperty(
      scheduleArbitrary,
      predicates,
      async (found, { salt, failing: share }) => {
        const fails = async (candidate: Schedule): Promise<boolean> =>
          createHash('sha256')
            .update(`${salt} ${canonicalJson(candidate)}`)
            .digest()
            .readUInt8(0) < share;
        const chain: Schedule[] = [found];
        const { schedule: small } = await minimise({
          schedule: found,
          fails,
          onBetter: (better) => chain.push(better),
        });
        for (const [index, better] of chain.slice(1).entries()) {
          expect(isSimpler(better, chain[index]!)).toBe(true);
          expect(await fails(better)).toBe(true);
        }
        expect(small).toBe(chain.at(-1));
        const again = await minimise({ schedule: small, fails });
        expect(again.schedule).toBe(small);
        expect(again.isMinimal).toBe(true);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it.each([
    ['hash-in-arrival-order', 4],
    ['chunk-key-shared-by-name', 5],
    ['conflict-overwrites', 3],
    ['gap-not-checked', 2],
    ['second-finish-makes-another-blob', 3],
    ['put-while-paused', 4],
  ] as const)(
    'shrinks a schedule that finds %s to at most %i steps, none of which can be removed',
    async (bug, stepsMax) => {
      const { found, fails } = await failing(bug);
      const { schedule: small, isMinimal } = await minimise({ schedule: found, fails });
      expect(isMinimal).toBe(true);
      expect(await fails(small)).toBe(true);
      expect(small.steps.length).toBeLessThanOrEqual(stepsMax);
      for (let place = 0; place < small.steps.length; place++) {
        expect(await fails({ ...small, steps: small.steps.toSpliced(place, 1) })).toBe(false);
      }
    },
  );

  it('is deterministic', async () => {
    const { found, fails } = await failing('hash-in-arrival-order');
    expect(await minimise({ schedule: found, fails })).toEqual(await minimise({ schedule: found, fails }));
  });

  it('returns the best schedule so far when its budget ends or it is asked to stop', async () => {
    const { found, fails } = await failing('hash-in-arrival-order');
    const few = await minimise({ schedule: found, fails, executionsMax: 10 });
    expect(few).toMatchObject({ executions: 10, isMinimal: false });
    expect(few.schedule.steps.length).toBeLessThan(found.steps.length);
    expect(await fails(few.schedule)).toBe(true);
    let asked = 0;
    const stopped = await minimise({ schedule: found, fails, shouldStop: () => ++asked > 5 });
    expect(stopped).toMatchObject({ executions: 5, isMinimal: false });
  });

  it('simplifies everything that the failure does not need', async () => {
    const wild: Schedule = schedule(
      [
        ...wholeUpload,
        call({ ...begin('Z', 1, 2), key: 'odd', chunksOff: 1 } as Operation, 7),
        call({ op: 'put', session: 'Z', index: 1, data: { kind: 'flipped', at: 77 } }, 7, true),
        { do: 'advance', seconds: 90_000 },
        call({ ...finish('Z'), lengthOff: 64, by: 1 } as Operation, 7),
      ],
      {
        callers: 3,
        files: [...schedule([]).files, { name: 'b', bytes: 777, content: { kind: 'random', seed: 123_456 } }],
        limits: { chunkSize: 100, chunksMax: 9 },
      },
    );
    // Anything that begins some session and then puts index 0 or more of it.
    const fails = async ({ steps }: Schedule) => {
      const names = steps.map((step) => (step.do === 'call' ? step.operation.op : step.do));
      return (
        names.includes('begin') && names.indexOf('put') > names.indexOf('begin') && names.includes('advance')
      );
    };
    const { schedule: small } = await minimise({ schedule: wild, fails });
    expect(small.limits).toEqual({ chunkSize: 1 });
    expect(small.callers).toBe(1);
    expect(small.files).toEqual([
      { name: expect.any(String) as string, bytes: 0, content: { kind: 'zero' } },
    ]);
    expect(small.steps).toHaveLength(3);
    expect(small.steps).toContainEqual({ do: 'advance', seconds: 1 });
    expect(small.steps).toContainEqual(call(begin('A')));
    const puts = small.steps.flatMap((step) =>
      step.do === 'call' && step.operation.op === 'put' ? [step.operation] : [],
    );
    expect(puts).toEqual([{ ...put('A', puts[0]!.index) }]);
  });

  it('never changes the length of a file of the user, which its hash would not fit', async () => {
    const content = { kind: 'path', path: '/holiday.mp4', sha256: '0'.repeat(64) } as const;
    const users = { name: 'holiday.mp4', bytes: 250, content };
    const found = schedule([...wholeUpload, call(begin('B', 1)), call(put('B', 0))], {
      files: [users, { ...users, name: 'b', content: { kind: 'zero' } }],
    });
    const proposed: Schedule[] = [];
    const { schedule: simplest } = await minimise({
      schedule: found,
      fails: (candidate) => {
        proposed.push(candidate);
        return Promise.resolve(candidate.files.some(({ content: { kind } }) => kind === 'path'));
      },
    });
    expect(simplest.files).toContainEqual(users);
    const kept = proposed.flatMap(({ files }) => files.filter((file) => file.content.kind === 'path'));
    expect(new Set(kept.map(({ bytes }) => bytes))).toEqual(new Set([250]));
  });

  it('groups the steps of a session where the interleaving does not matter', async () => {
    const steps = [0, 1, 2].flatMap((index) => [call(put('A', index), 0), call(put('B', index), 1)]);
    const mixed = schedule([call(begin('A')), call(begin('B'), 1), ...steps]);
    const fails = async (candidate: Schedule) => candidate.steps.length === mixed.steps.length;
    const { schedule: grouped } = await minimise({ schedule: mixed, fails });
    const sessions = grouped.steps.map((step) =>
      step.do === 'call' && 'session' in step.operation ? step.operation.session : '',
    );
    expect(sessions.join('')).toBe('AAAABBBB');
  });

  it('gathers a session as a whole where single moves would pass through orders that do not fail', async () => {
    const mixed = schedule([
      call(begin('A'), 0),
      call(begin('B'), 1),
      call(put('A', 0), 0),
      call(put('B', 0), 1),
      call(finish('A'), 0),
      call(finish('B'), 1),
    ]);
    const orders = new Set(['ABABAB', 'AAABBB', 'BBBAAA']);
    const orderOf = ({ steps }: Schedule) =>
      steps
        .map((step) => (step.do === 'call' && 'session' in step.operation ? step.operation.session : ''))
        .join('');
    const fails = async (candidate: Schedule) => orders.has(orderOf(candidate));
    const { schedule: gathered } = await minimise({ schedule: mixed, fails });
    expect(orderOf(gathered)).toBe('AAABBB');
  });

  it('merges jumps of time into one, and many chunks into fewer, larger ones', async () => {
    const puts = [0, 1, 2, 3].map((index) => call(put('A', index)));
    const wait = { do: 'advance', seconds: 40_000 } as const;
    const long = schedule([call(begin('A')), wait, ...puts, wait, wait, call(finish('A'))], {
      files: [{ name: 'a', bytes: 250, content: { kind: 'random', seed: 3 } }],
      limits: { chunkSize: 64 },
    });
    // 200 B stored and a day gone by.
    const fails = async ({ steps, files, limits: { chunkSize = 1 } }: Schedule) => {
      const seconds = steps.map((step) => (step.do === 'advance' ? step.seconds : 0));
      const stored = steps.map((step) => {
        if (step.do !== 'call' || step.operation.op !== 'put') return 0;
        return Math.max(0, Math.min(chunkSize, (files[0]?.bytes ?? 0) - step.operation.index * chunkSize));
      });
      const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
      return sum(seconds) > 100_000 && sum(stored) >= 200;
    };
    const { schedule: small } = await minimise({ schedule: long, fails });
    expect(small.steps).toHaveLength(2);
    expect(small.steps).toContainEqual({ do: 'advance', seconds: 120_000 });
  });

  it('simplifies memories, upgrades, and the set-up, and keeps references between labels', async () => {
    const assets = [
      { kind: 'Thumb', blobOf: 'Q' },
      { kind: 'Original', inlineBytes: 900 },
    ] as const;
    const wild = schedule(
      [
        call(begin('Q', 0, 1)),
        call(finish('Q')),
        { do: 'upgrade', limits: { chunkSize: 50, chunksMax: 9 } },
        call({ op: 'memory', memory: 'album', caller: 1, assets, capsuleOf: 0 }),
        call({ op: 'readMemory', memory: 'album' }),
        call({ op: 'readMemory', memory: 'Q' }),
      ],
      { from: 'older layout', callers: 2, limits: { chunkSize: 100 } },
    );
    // A memory of the blob of a session that was finished, read after an upgrade that sets a chunk size, and that session's own.
    const fails = async ({ steps }: Schedule) => {
      const operations = steps.flatMap((step) => (step.do === 'call' ? [step.operation] : []));
      const made = operations.find(({ op }) => op === 'memory');
      const blob = made?.op === 'memory' ? made.assets.find((asset) => 'blobOf' in asset) : undefined;
      const session = blob === undefined ? undefined : blob.blobOf;
      const reads = operations.flatMap((operation) =>
        operation.op === 'readMemory' ? [operation.memory] : [],
      );
      return (
        made?.op === 'memory' &&
        operations.some((operation) => operation.op === 'finish' && operation.session === session) &&
        reads.includes(made.memory) &&
        reads.includes(session!) &&
        steps.some((step) => step.do === 'upgrade' && step.limits?.chunkSize !== undefined)
      );
    };
    const { schedule: small } = await minimise({ schedule: wild, fails });
    expect(small.from).toBeUndefined();
    expect(small.callers).toBe(1);
    expect(small.steps).toEqual([
      call(finish('A')),
      { do: 'upgrade', limits: { chunkSize: 50 } },
      call({ op: 'memory', memory: 'M', caller: 0, assets: [{ kind: 'Thumb', blobOf: 'A' }] }),
      call({ op: 'readMemory', memory: 'M' }),
      call({ op: 'readMemory', memory: 'A' }),
    ]);
  });
});

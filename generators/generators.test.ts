import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkCount } from '../model/content.js';
import { HTTP_OPERATIONS, OPERATION_NAMES } from '../model/operations.js';
import type { FileRecipe, Operation, Schedule, Step } from '../model/schedule.js';
import { chunkIndices, chunkOrderArbitrary } from './chunk-order.js';
import { Dice, runSeed } from './dice.js';
import { faultArbitrary } from './fault-draw.js';
import { FEATURE_NAMES, featuresArbitrary, pickFeature, type Features } from './features.js';
import { fileArbitrary, fileRecipe } from './file.js';
import { interleavingArbitrary, mergeLanes } from './interleaving.js';
import { limitsArbitrary } from './limits.js';
import { PROFILES } from './profile.js';
import { scheduleArbitrary, schedulePlanArbitrary, type Abilities } from './schedule.js';
import { scheduleFor } from './schedule-for.js';
import { expectArbitraryLaws } from './testing/arbitrary-laws.js';
import { call, uploadArbitrary, uploadSteps } from './upload.js';
import { userFileSchedule, type UserFile } from './user-file.js';

/** The operations of the specification. `network-steps.test.ts` has the others. */
const SPECIFIED = new Set(OPERATION_NAMES.filter((name) => name !== 'listFiles' && name !== 'usage'));
const abilities: Abilities = {
  operations: SPECIFIED,
  defaultChunkSize: 1_800_000,
  time: true,
  upgrade: true,
  capsules: true,
  restart: true,
  olderLayout: true,
  newLimits: true,
};
const { default: profile, quick, large } = PROFILES;
const chunks = profile.chunks;

function expectValidSchedule(schedule: Schedule): void {
  const sessions = new Set<string>();
  expect(schedule.callers).toBeGreaterThanOrEqual(1);
  for (const step of schedule.steps) {
    if (step.do === 'deliver') expect(step.pick).toBeGreaterThanOrEqual(0);
    if (step.do === 'advance') expect(step.seconds).toBeGreaterThan(0);
    if (step.do !== 'call') continue;
    const { operation } = step;
    if (operation.op === 'begin') {
      expect(schedule.files[operation.file]).toBeDefined();
      sessions.add(operation.session);
    }
    const caller = 'caller' in operation ? operation.caller : 'by' in operation ? operation.by : undefined;
    expect(caller ?? 0).toBeLessThan(schedule.callers);
    if ('session' in operation) expect(sessions).toContain(operation.session);
    if (operation.op === 'put')
      expect(Number.isSafeInteger(operation.index) && operation.index >= 0).toBe(true);
  }
  for (const { bytes } of schedule.files) expect(Number.isSafeInteger(bytes) && bytes >= 0).toBe(true);
}

describe('the laws of arbitraries', () => {
  it('hold for limits', () => {
    const size = (value: object) => (profile.limits as readonly object[]).indexOf(value);
    expectArbitraryLaws(limitsArbitrary(profile), {
      classify: (value) => JSON.stringify(value),
      size,
      check: (value) => expect(size(value)).toBeGreaterThanOrEqual(0),
    });
  });
  it('hold for a file', () => {
    expectArbitraryLaws(fileArbitrary({ chunks, fileBytes: [0, 1, 32_769] }), {
      classify: ({ end, bytes }) =>
        bytes !== undefined ? 'own length' : typeof end === 'number' ? 'inside' : end,
      size: (file) => file.chunks,
      check: (file) => expect(fileRecipe(file, 'n', 16).bytes).toBeGreaterThanOrEqual(0),
    });
  });
  it('hold for an order of chunks', () => {
    expectArbitraryLaws(chunkOrderArbitrary(), {
      classify: ({ kind }) => kind,
      size: (order) => (order.kind === 'ascending' ? 0 : 1),
      check: (order) => {
        const indices = chunkIndices(order, 7).sort((a, b) => a - b);
        expect(indices).toEqual([0, 1, 2, 3, 4, 5, 6]);
      },
    });
  });
  it('hold for features', () => {
    expectArbitraryLaws(featuresArbitrary(), {
      classify: (features) => `${Object.values(features).filter((one) => one > 0).length} on`,
      size: () => 0,
      check: (features) => expect(Object.keys(features)).toHaveLength(FEATURE_NAMES.length),
    });
  });
  it('hold for a fault', () => {
    expectArbitraryLaws(faultArbitrary(), {
      classify: ({ at }) => `in quarter ${Math.floor(at / 250) + 1}`,
      size: () => 0,
      check: ({ at }) => expect(at).toBeLessThan(1000),
    });
  });
  it('hold for an interleaving', () => {
    expectArbitraryLaws(interleavingArbitrary(), {
      classify: ({ switchPermille }) => `${switchPermille} permille switches`,
      size: (plan) => plan.switchPermille + plan.holdPermille + plan.deliverPermille,
      check: (plan) => expect(plan.switchPermille).toBeLessThanOrEqual(1000),
    });
  });
  it('hold for an upload', () => {
    const context = {
      session: 'A',
      caller: 0,
      file: 0,
      key: 'k',
      chunkSize: 16,
      limits: {},
      isSparse: false,
    };
    expectArbitraryLaws(uploadArbitrary(profile), {
      classify: ({ kept, order }) => (kept < 1000 ? 'abandoned' : order.kind),
      size: (plan) => uploadSteps(plan, { ...context, recipe: fileRecipe(plan.file, 'n', 16) }).length,
      check: (plan) => expect(plan.kept).toBeLessThanOrEqual(1000),
    });
  });
  it('hold for a schedule plan and its schedule', () => {
    expectArbitraryLaws(schedulePlanArbitrary(profile), {
      classify: ({ uploads }) => `${uploads.length} uploads`,
      size: (plan) => plan.uploads.length + plan.faults.length,
      check: (plan) => expect(plan.uploads.length).toBeGreaterThanOrEqual(2),
    });
    expectArbitraryLaws(scheduleArbitrary(quick, abilities), {
      classify: ({ steps }) => `under ${Math.ceil((steps.length + 1) / 20) * 20} steps`,
      size: (schedule) => schedule.files.length,
      check: expectValidSchedule,
    });
  });
});

describe('a generated schedule', () => {
  it('shrinks to two sequential uploads of at most a chunk', () => {
    let smallest: Schedule | undefined;
    fc.check(
      fc.property(scheduleArbitrary(profile, abilities), (schedule) => {
        smallest = schedule;
        return false;
      }),
      { seed: 4, plugins: [fc.unbiased()] },
    );
    expect(smallest!.steps.length).toBeLessThanOrEqual(12);
    expect(smallest!.files.every(({ bytes }) => bytes <= 64)).toBe(true);
  });

  it('depends only on profile, seed, and run index', () => {
    for (const name of ['quick', 'default', 'soak', 'large'] as const) {
      const one = scheduleFor(PROFILES[name], 7, 3, abilities);
      expect(scheduleFor(PROFILES[name], 7, 3, abilities)).toEqual(one);
      expect(scheduleFor(PROFILES[name], 8, 3, abilities)).not.toEqual(one);
      expect(scheduleFor(PROFILES[name], 7, 4, abilities)).not.toEqual(one);
      expectValidSchedule(one);
    }
  });

  it('uses no ability that the target or the replica lacks', () => {
    const few: Abilities = {
      ...abilities,
      operations: new Set(['begin', 'put', 'finish']),
      time: false,
      upgrade: false,
      restart: false,
      capsules: false,
    };
    for (let run = 0; run < 200; run++) {
      for (const step of scheduleFor(profile, 1, run, few).steps) {
        expect(step.do).not.toMatch(/advance|upgrade|restart/);
        if (step.do !== 'call') continue;
        expect(step.operation.op).toMatch(/begin|put|finish/);
        expect(step.operation).not.toHaveProperty('capsuleOf');
      }
    }
  });

  it('reaches 50 MB in chunks of the default size with the large profile', () => {
    const sizes = Array.from({ length: 20 }, (_, run) => scheduleFor(large, 1, run, abilities).files).flat();
    expect(Math.max(...sizes.map(({ bytes }) => bytes))).toBeGreaterThan(45_000_000);
    expect(Math.max(...sizes.map(({ bytes }) => bytes))).toBeLessThanOrEqual(50_400_000);
  });
});

describe('the generated schedules', () => {
  // Counterexamples replay by their steps, so a change here breaks none of them. The snapshot makes the change visible.
  it('have not changed since the snapshot', () => {
    const digest = (name: keyof typeof PROFILES) => {
      const hash = createHash('sha256');
      for (let run = 0; run < 20; run++)
        hash.update(JSON.stringify(scheduleFor(PROFILES[name], 1, run, abilities)));
      return hash.digest('hex').slice(0, 16);
    };
    const drawn = {
      quick: digest('quick'),
      default: digest('default'),
      large: digest('large'),
      soak: digest('soak'),
    };
    expect(drawn).toMatchInlineSnapshot(`
      {
        "default": "4ff7e11f96ed1cdf",
        "large": "16ad4b9750c7fc0a",
        "quick": "34fd5b3230c2052e",
        "soak": "5f4bb35102d0cddc",
      }
    `);
  });
});

describe('the distribution of the default profile', () => {
  const schedules = Array.from({ length: 1_000 }, (_, run) => scheduleFor(profile, 99, run, abilities));
  const share = (holds: (schedule: Schedule) => boolean) => schedules.filter(holds).length / schedules.length;
  const hasStep = (holds: (step: Step) => boolean) => (schedule: Schedule) => schedule.steps.some(holds);
  const hasOperation = (holds: (operation: Operation) => boolean) =>
    hasStep((step) => step.do === 'call' && holds(step.operation));

  it('includes every kind of step and fault in at least 3 % of schedules', () => {
    const shares: Record<string, number> = {};
    for (const op of SPECIFIED) shares[op] = share(hasOperation((operation) => operation.op === op));
    for (const kind of ['deliver', 'drain', 'advance', 'upgrade', 'restart'] as const)
      shares[kind] = share(hasStep((step) => step.do === kind));
    shares['new limits'] = share(hasStep((step) => step.do === 'upgrade' && step.limits !== undefined));
    shares['older layout'] = share(({ from }) => from !== undefined);
    shares['shared blob'] = share(
      hasOperation(
        (operation) => operation.op === 'memory' && operation.assets.some((one) => 'blobOf' in one),
      ),
    );
    shares['hold'] = share(hasStep((step) => step.do === 'call' && step.hold === true));
    shares['intruder'] = share(hasOperation((operation) => 'by' in operation));
    shares['wrong data'] = share(
      hasOperation((operation) => operation.op === 'put' && operation.data.kind !== 'right'),
    );
    shares['wrong hash'] = share(
      hasOperation((operation) => operation.op === 'finish' && operation.hash !== 'right'),
    );
    shares['wrong length'] = share(
      hasOperation((operation) => operation.op === 'finish' && operation.lengthOff !== 0),
    );
    shares['shared name'] = share(({ files }) => new Set(files.map(({ name }) => name)).size < files.length);
    shares['shared file'] = share(sharesBegin((begin) => begin.file));
    shares['shared key'] = share(sharesBegin((begin) => begin.key));
    shares['on a border'] = share(({ files, limits }) =>
      files.some((file) => isOnBorder(file, limits.chunkSize!)),
    );
    shares['out of order'] = share(putsOutOfOrder);
    shares['epilogue'] = share(({ epilogue }) => epilogue !== undefined);
    const lines = Object.entries(shares).map(
      ([name, value]) => `${name.padEnd(14)} ${(value * 100).toFixed(1)} %`,
    );
    const steps = schedules.reduce((sum, schedule) => sum + schedule.steps.length, 0) / schedules.length;
    console.log([`steps           ${steps.toFixed(1)} on average`, ...lines].join('\n'));
    for (const [name, value] of Object.entries(shares)) expect(value, name).toBeGreaterThan(0.03);
  });

  it('includes abandoned, sequential, and thoroughly interleaved schedules', () => {
    expect(share((schedule) => contextSwitches(schedule) <= 10)).toBeGreaterThan(0.05);
    expect(share((schedule) => contextSwitches(schedule) > schedule.steps.length / 2)).toBeGreaterThan(0.05);
    expect(
      share(({ steps, files }) => files.length > 1 && !steps.some((step) => step.do === 'drain')),
    ).toBeLessThan(0.3);
  });
});

function sharesBegin(of: (begin: Operation & { op: 'begin' }) => unknown): (schedule: Schedule) => boolean {
  return ({ steps }) => {
    const bySession = new Map<string, unknown>();
    for (const step of steps) {
      if (step.do === 'call' && step.operation.op === 'begin')
        bySession.set(step.operation.session, of(step.operation));
    }
    return new Set(bySession.values()).size < bySession.size;
  };
}

function isOnBorder({ bytes }: FileRecipe, chunkSize: number): boolean {
  return bytes > 1 && [0, 1, chunkSize - 1].includes(bytes % chunkSize);
}

function putsOutOfOrder({ steps, files }: Schedule): boolean {
  const last = new Map<string, number>();
  return (
    files.length > 0 &&
    steps.some((step) => {
      if (step.do !== 'call' || step.operation.op !== 'put') return false;
      const { session, index } = step.operation;
      const isEarlier = index < (last.get(session) ?? 0);
      last.set(session, index);
      return isEarlier;
    })
  );
}

function contextSwitches({ steps }: Schedule): number {
  const lanes = steps.flatMap((step) => (step.do === 'call' ? [step.lane] : []));
  return lanes.filter((lane, place) => place > 0 && lane !== lanes[place - 1]).length;
}

describe('the parts of a generator', () => {
  it('keep the order within each lane when lanes are merged', () => {
    const lane = (session: string) =>
      [0, 1, 2, 3].map((index) => call({ op: 'put', session, index, data: { kind: 'right' } }));
    for (let seed = 0; seed < 50; seed++) {
      const plan = { switchPermille: 500, holdPermille: 100, deliverPermille: 100, seed };
      const merged = mergeLanes([lane('A'), lane('B'), []], plan);
      for (const session of ['A', 'B']) {
        const indices = merged.flatMap((step) =>
          step.do === 'call' && step.operation.op === 'put' && step.operation.session === session
            ? [step.operation.index]
            : [],
        );
        expect(indices).toEqual([0, 1, 2, 3]);
      }
    }
  });

  it('place the end of a file at the borders of its chunks', () => {
    const content = { kind: 'zero' } as const;
    const bytes = (chunkTotal: number, end: 'border' | 'before' | 'after' | number) =>
      fileRecipe({ chunks: chunkTotal, end, content }, 'n', 100).bytes;
    expect([bytes(0, 'border'), bytes(0, 'before'), bytes(0, 'after')]).toEqual([0, 0, 1]);
    expect([bytes(3, 'border'), bytes(3, 'before'), bytes(3, 'after'), bytes(3, 500)]).toEqual([
      300, 299, 301, 350,
    ]);
  });

  it('pick a feature by weight, and none if all are off', () => {
    const off = Object.fromEntries(FEATURE_NAMES.map((name) => [name, 0])) as unknown as Features;
    expect(pickFeature(off, 5)).toBeUndefined();
    const two = { ...off, abort: 1, upgrade: 3 } as Features;
    expect([0, 1, 2, 3, 4].map((position) => pickFeature(two, position))).toEqual([
      'abort',
      'upgrade',
      'upgrade',
      'upgrade',
      'abort',
    ]);
  });

  it('give every run its own seed, also for campaign seeds above 32 bits', () => {
    const seeds = [0, 1, 2 ** 32, 2 ** 40].flatMap((seed) => [0, 1, 2, 3].map((run) => runSeed(seed, run)));
    expect(new Set(seeds).size).toBe(seeds.length);
    expect(seeds.every((seed) => Number.isInteger(seed) && Math.abs(seed) <= 2 ** 31)).toBe(true);
  });

  it('roll fair dice', () => {
    const dice = new Dice(1);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 4_000; i++) counts[dice.below(4)]!++;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it("upload the user's file completely and read it back beside other uploads", () => {
    const file: UserFile = {
      name: 'f',
      bytes: 4_000_001,
      content: { kind: 'path', path: 'f.bin', sha256: 'ab' },
    };
    for (let run = 0; run < 20; run++) {
      const schedule = userFileSchedule(file, 5, run, abilities);
      expectValidSchedule(schedule);
      const own = schedule.steps.filter(
        (step) => step.do === 'call' && 'session' in step.operation && step.operation.session === 'A',
      );
      const operations = own.map((step) => (step.do === 'call' ? step.operation : undefined));
      expect(operations.filter((operation) => operation?.op === 'put')).toHaveLength(
        chunkCount(file.bytes, 1_800_000),
      );
      expect(operations.at(-1)).toEqual({ op: 'read', session: 'A' });
      expect(schedule.files.length).toBeGreaterThan(1);
      expect(schedule.limits).toEqual({});
    }
  });

  it("give every HTTP call of the user's upload a token", () => {
    const file: UserFile = { name: 'f', bytes: 9, content: { kind: 'path', path: 'f.bin', sha256: 'ab' } };
    const counts = { own: 0, others: 0 };
    const withHttp: Abilities = { ...abilities, http: HTTP_OPERATIONS };
    for (let run = 0; run < 400; run++) {
      for (const step of userFileSchedule(file, 1, run, withHttp).steps) {
        if (step.do !== 'call' || !('session' in step.operation)) continue;
        const { session } = step.operation;
        const via = 'via' in step.operation ? step.operation.via : undefined;
        if (session === 'A') expect(via).not.toBe('http-no-token');
        if (session === 'A' && via === 'http') counts.own++;
        if (session !== 'A' && via === 'http-no-token') counts.others++;
      }
    }
    expect(counts.own).toBeGreaterThan(100);
    expect(counts.others).toBeGreaterThan(0);
  });
});

import { describe, expect, it } from 'vitest';
import type { Operation, Step } from '../../model/schedule.js';
import { proposalsOf } from '../testing/proposals.js';
import { begin, call, drain, finish, put, schedule } from '../testing/schedules.js';
import { simplifyData } from './data-passes.js';

/** The steps that are proposed for a schedule of this one step, in turn. */
async function simplerSteps(step: Step): Promise<readonly Step[]> {
  const proposals = await proposalsOf(simplifyData, schedule([step]));
  return proposals.flatMap(({ steps }) => steps);
}

async function simplerOperations(operation: Operation): Promise<readonly Operation[]> {
  const steps = await simplerSteps(call(operation, 2, true));
  return steps.map((step) => {
    expect(step).toMatchObject({ do: 'call', lane: 2, hold: true });
    return step.do === 'call' ? step.operation : operation;
  });
}

describe('the pass over the data of steps', () => {
  it.each<[title: string, step: Step, simpler: readonly Step[]]>([
    ['a jump of time', { do: 'advance', seconds: 700 }, [advance(1), advance(60), advance(600)]],
    ['a jump of time that has a proposed length', { do: 'advance', seconds: 60 }, [advance(1)]],
    ['the shortest jump of time', { do: 'advance', seconds: 1 }, []],
    [
      'an upgrade with new limits',
      { do: 'upgrade', limits: { chunkSize: 50, chunksMax: 9 } },
      [
        { do: 'upgrade' },
        { do: 'upgrade', limits: { chunksMax: 9 } },
        { do: 'upgrade', limits: { chunkSize: 50 } },
      ],
    ],
    ['an upgrade', { do: 'upgrade' }, []],
    ['the loss of a later message', { do: 'lose', pick: 3 }, [{ do: 'lose', pick: 0 }]],
    ['the loss of the first message', { do: 'lose', pick: 0 }, []],
    [
      'an unusual outage',
      { do: 'outage', condition: 'frozen', canister: 'bucket' },
      [{ do: 'outage', condition: 'stopped', canister: 'bucket' }],
    ],
    ['a stopped canister', { do: 'outage', condition: 'stopped' }, []],
    ['a recovery', { do: 'recover' }, []],
    ['a restart', { do: 'restart' }, []],
    ['a delivery', { do: 'deliver', pick: 2 }, []],
    ['a drain', drain, []],
  ])('proposes the plainest step first for %s', async (_title, step, simpler) => {
    expect(await simplerSteps(step)).toEqual(simpler);
  });

  it.each<[title: string, operation: Operation, simpler: readonly Operation[]]>([
    ['a plain begin', begin('A'), []],
    ['a begin with a wrong number of chunks', { ...begin('A'), chunksOff: 1 } as Operation, [begin('A')]],
    ['a begin for another capsule', { ...begin('A'), capsuleOf: 1 } as Operation, [begin('A')]],
    [
      'a begin with both',
      { ...begin('A'), chunksOff: 1, capsuleOf: 1 } as Operation,
      [begin('A'), { ...begin('A'), chunksOff: 1 }, { ...begin('A'), capsuleOf: 1 }] as Operation[],
    ],
    ['a put of the right bytes', put('A', 0), []],
    ['a put that is too short', { ...put('A', 0), data: { kind: 'short' } } as Operation, [put('A', 0)]],
    [
      'a put with a flipped byte',
      { ...put('A', 0), data: { kind: 'flipped', at: 7 } } as Operation,
      [put('A', 0), { ...put('A', 0), data: { kind: 'flipped', at: 0 } }] as Operation[],
    ],
    [
      'a call of an intruder',
      { ...put('A', 0), by: 1, data: { kind: 'short' } } as Operation,
      [
        { ...put('A', 0), data: { kind: 'short' } },
        { ...put('A', 0), by: 1 },
      ] as Operation[],
    ],
    [
      'a finish with a wrong hash and a wrong length',
      { ...finish('A'), hash: 'short', lengthOff: -64 } as Operation,
      [
        finish('A'),
        { ...finish('A'), lengthOff: -64 },
        { ...finish('A'), hash: 'short' },
        { ...finish('A'), hash: 'flipped', lengthOff: -64 },
        { ...finish('A'), hash: 'short', lengthOff: -1 },
      ] as Operation[],
    ],
    ['a read', { op: 'read', session: 'A' }, []],
    ['statistics', { op: 'stats', caller: 0 }, []],
  ])('proposes the plainest arguments first for %s', async (_title, operation, simpler) => {
    expect(await simplerOperations(operation)).toEqual(simpler);
  });

  it('proposes fewer assets of a memory, then fewer bytes in one', async () => {
    const [blob, inline] = [
      { kind: 'Thumb', blobOf: 'A' },
      { kind: 'Original', inlineBytes: 9 },
    ] as const;
    const memory = { op: 'memory', memory: 'M', caller: 0, assets: [blob, inline] } as const;
    const inlineOf = (inlineBytes: number) => ({ ...memory, assets: [blob, { ...inline, inlineBytes }] });
    const simpler = [
      { ...memory, assets: [inline] },
      { ...memory, assets: [blob] },
      ...[0, 1, 2, 4].map(inlineOf),
    ];
    expect(await simplerOperations(memory)).toEqual(simpler);
    const forAnother = await simplerOperations({ ...memory, capsuleOf: 1 });
    expect(forAnother).toEqual([memory, ...simpler.map((one) => ({ ...one, capsuleOf: 1 }))]);
    expect(await simplerOperations({ ...memory, assets: [{ ...inline, inlineBytes: 1 }] })).toEqual([
      { ...memory, assets: [] },
      { ...memory, assets: [{ ...inline, inlineBytes: 0 }] },
      { ...memory, assets: [{ ...inline, inlineBytes: 0 }] },
    ]);
  });

  it('keeps the first proposal that fails and goes on with the next step', async () => {
    const long = schedule([advance(5_000), advance(5_000)]);
    const seconds = (steps: readonly Step[]) => steps.map((step) => step.do === 'advance' && step.seconds);
    const proposals = await proposalsOf(simplifyData, long, ({ steps }) =>
      seconds(steps).every((one) => one !== false && one >= 60),
    );
    expect(proposals.map(({ steps }) => seconds(steps))).toEqual([
      [1, 5_000],
      [60, 5_000],
      [60, 1],
      [60, 60],
    ]);
  });
});

function advance(seconds: number): Step {
  return { do: 'advance', seconds };
}

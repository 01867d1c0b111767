import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operation, Schedule, Step } from '../../model/schedule.js';
import { scheduleArbitrary } from '../testing/schedule-arbitrary.js';
import { begin, call, drain, file, finish, put, schedule } from '../testing/schedules.js';
import { CRITERIA, isSimpler } from './is-simpler.js';

/** Edits that each leave most criteria equal, so that the later ones decide as well. */
const EDITS: readonly ((edited: Schedule) => Schedule)[] = [
  (edited) => ({ ...edited, steps: edited.steps.slice(1) }),
  (edited) => ({ ...edited, steps: edited.steps.toReversed() }),
  (edited) => ({ ...edited, callers: edited.callers + 1 }),
  (edited) => ({ ...edited, limits: { ...edited.limits, chunksMax: 9 } }),
  (edited) => ({ ...edited, limits: { ...edited.limits, chunkSize: 1 } }),
  (edited) => ({ ...edited, files: edited.files.map((one) => ({ ...one, content: { kind: 'zero' } })) }),
  (edited) => ({ ...edited, steps: edited.steps.map((step) => inLane(step, 7)) }),
  (edited) => ({ ...edited, steps: edited.steps.map((step) => inLane(step, 0)) }),
  (edited) => withOperations(edited, (operation) => ({ ...operation, by: 1 }) as Operation),
  (edited) =>
    withOperations(edited, (operation) =>
      operation.op === 'begin' ? { ...operation, key: 'k' } : operation,
    ),
];

function inLane(step: Step, lane: number): Step {
  return step.do === 'call' ? { ...step, lane } : step;
}

function withOperations(edited: Schedule, edit: (operation: Operation) => Operation): Schedule {
  const steps = edited.steps.map((step): Step =>
    step.do === 'call' ? { ...step, operation: edit(step.operation) } : step,
  );
  return { ...edited, steps };
}

const edits = fc.array(fc.constantFrom(...EDITS), { maxLength: 3 });

/** Three schedules that differ in a few edits, or not at all. */
const similar = fc
  .tuple(scheduleArbitrary, fc.array(edits, { minLength: 3, maxLength: 3 }))
  .map(([base, variants]) => variants.map((list) => list.reduce((edited, edit) => edit(edited), base)));

describe('isSimpler is a strict order', () => {
  it('is irreflexive', () => {
    fc.assert(fc.property(scheduleArbitrary, (one) => !isSimpler(one, structuredClone(one))));
  });

  it('is asymmetric', () => {
    fc.assert(fc.property(similar, ([a, b]) => !(isSimpler(a!, b!) && isSimpler(b!, a!))));
  });

  it('is transitive', () => {
    fc.assert(
      fc.property(similar, ([a, b, c]) => !(isSimpler(a!, b!) && isSimpler(b!, c!)) || isSimpler(a!, c!)),
    );
  });

  it('is transitive in its ties: schedules as simple as a third are as simple as each other', () => {
    const isTie = (a: Schedule, b: Schedule): boolean => !isSimpler(a, b) && !isSimpler(b, a);
    fc.assert(fc.property(similar, ([a, b, c]) => !(isTie(a!, b!) && isTie(b!, c!)) || isTie(a!, c!)));
  });
});

describe('isSimpler prefers', () => {
  const plain = schedule([call(begin('A')), call(put('A', 0)), call(finish('A'))]);
  const two = [call(begin('A'), 0), call(begin('B'), 1)];
  const large = { files: [file(900)], limits: { chunkSize: 900 } };

  it.each<[title: string, simpler: Schedule, other: Schedule]>([
    [
      'fewer operations to smaller data',
      schedule([call(begin('A')), call(put('A', 0))], large),
      schedule([call(begin('A')), call(put('A', 0)), call(put('A', 1))], { files: [file(2)] }),
    ],
    ['fewer steps of other kinds', plain, { ...plain, steps: [...plain.steps, drain] }],
    ['a schedule without an epilogue', plain, { ...plain, epilogue: { chunksMax: 1 } }],
    ['a schedule that begins on the module under test', plain, { ...plain, from: 'older layout' }],
    [
      'fewer sessions',
      schedule([call(put('A', 0)), call(put('A', 1))]),
      schedule([call(put('A', 0)), call(put('B', 1))]),
    ],
    [
      'a call that is delivered at once to fewer context switches',
      schedule([...two, call(put('A', 0), 0), call(put('B', 0), 1), drain]),
      schedule([...two, call(put('B', 0), 1), call(put('A', 0), 0, true), drain]),
    ],
    [
      'fewer context switches',
      schedule([call(begin('A')), call(put('A', 0)), call(begin('B'), 1)]),
      schedule([call(begin('A')), call(begin('B'), 1), call(put('A', 0))]),
    ],
    ['fewer callers', plain, { ...plain, callers: 2 }],
    ['fewer files', plain, { ...plain, files: [...plain.files, file(0)] }],
    ['shorter files', { ...plain, files: [file(1)] }, { ...plain, files: [file(2, 1)] }],
    [
      'right data to flipped data',
      plain,
      schedule([
        call(begin('A')),
        call({ op: 'put', session: 'A', index: 0, data: { kind: 'flipped', at: 0 } }),
        call(finish('A')),
      ]),
    ],
    ['fewer limits', plain, { ...plain, limits: { ...plain.limits, chunksMax: 9 } }],
    ['smaller chunks', { ...plain, limits: { chunkSize: 1 } }, { ...plain, limits: { chunkSize: 2 } }],
    ['smaller seeds', { ...plain, files: [file(9, 1, 'f')] }, { ...plain, files: [file(9, 2, 'f')] }],
    ['one lane per session', plain, { ...plain, steps: plain.steps.map((step) => inLane(step, 3)) }],
    ['canonical names', plain, schedule([call(begin('Z')), call(put('Z', 0)), call(finish('Z'))])],
  ])('%s', (_title, simpler, other) => {
    expect(isSimpler(simpler, other)).toBe(true);
    expect(isSimpler(other, simpler)).toBe(false);
  });
});

it('measures every schedule in non-negative numbers, so that no search for a simpler one is endless', () => {
  fc.assert(
    fc.property(scheduleArbitrary, (one) =>
      Object.values(CRITERIA).every((criterion) => Number.isInteger(criterion(one)) && criterion(one) >= 0),
    ),
  );
});

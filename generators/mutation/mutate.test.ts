import { describe, expect, it } from 'vitest';
import { OPERATION_NAMES } from '../../model/operations.js';
import { scheduleSchema, type Schedule, type Step } from '../../model/schedule.js';
import type { CallRules } from '../call-rules.js';
import { Dice } from '../dice.js';
import { PROFILES } from '../profile.js';
import { scheduleFor } from '../schedule-for.js';
import type { Abilities } from '../schedule.js';
import { applyMutator, mutate, MUTATOR_NAMES, MUTATORS } from './mutate.js';
import { wellFormed } from './well-formed.js';

const EVERYTHING: Abilities = {
  operations: new Set(OPERATION_NAMES),
  defaultChunkSize: 100,
  time: true,
  upgrade: true,
  restart: true,
  capsules: true,
  newLimits: true,
  olderLayout: true,
  http: new Set(['begin', 'put', 'finish', 'status', 'read']),
  network: true,
  canisters: ['bucket/0', 'bucket/1'],
};

/** A canister that promises little: uploads in order, and that a wrong hash is rejected. */
const RULES: CallRules = {
  ...{ session: 'server', order: 'unknown', appends: false, anyChunkSize: false, finishLists: false },
  ...{ repeatedPut: false, otherPut: false, wrongPut: false, corruptPut: true, incompleteFinish: false },
  ...{ wrongHash: true, repeatedFinish: false, repeatedBegin: false, abort: false, overwrites: false },
  ...{ sharedKeys: false, sharedNames: false, keysByCaller: true, impliedBegin: false, impliedFinish: false },
  strangers: new Set(['put']),
  guests: new Set(),
  manyChunks: false,
};
const LITTLE: Abilities = {
  operations: new Set(['begin', 'put', 'finish', 'status', 'read']),
  defaultChunkSize: 100,
  time: false,
  upgrade: false,
  capsules: false,
  countsChunks: false,
  rules: RULES,
};

const SCHEDULES = 24;
const MUTANTS = 3;

function schedules(abilities: Abilities): readonly Schedule[] {
  return Array.from({ length: SCHEDULES }, (_, run) => scheduleFor(PROFILES.default, 3, run, abilities));
}

/** Throws unless the schedule is one that a generator could have built. */
function check(schedule: Schedule, abilities: Abilities): void {
  scheduleSchema.parse(schedule);
  const begun = new Set<string>();
  for (const step of schedule.steps) if (step.do === 'call') checkCall(step, begun, abilities);
  expect(wellFormed(schedule, abilities), 'nothing is left out of a well-formed schedule').toEqual(schedule);
}

function checkCall(step: Step & { do: 'call' }, begun: Set<string>, { operations, rules }: Abilities): void {
  const { operation, hold } = step;
  expect(operations).toContain(operation.op);
  if (hold === true) expect(['read', 'status', 'list', 'stats', 'memory']).not.toContain(operation.op);
  if (!('session' in operation)) return;
  if (operation.op === 'begin') begun.add(operation.session);
  expect(begun).toContain(operation.session);
  if (rules === undefined) return;
  if ('by' in operation) expect(operation.op).toBe('put');
  if (operation.op === 'put') expect(hold).toBeUndefined();
  if (operation.op === 'finish') expect(operation.lengthOff).toBe(0);
}

describe.each(MUTATOR_NAMES)('the mutator %s', (name) => {
  it.each([
    ['everything', EVERYTHING],
    ['little', LITTLE],
  ])('keeps schedules well formed for a canister that supports %s', (_, abilities) => {
    for (const [run, schedule] of schedules(abilities).entries()) {
      check(schedule, abilities);
      for (let seed = 0; seed < MUTANTS; seed++) {
        const mutated = applyMutator(name, schedule, new Dice(1000 * run + seed), abilities);
        if (mutated === undefined) continue;
        check(mutated, abilities);
        expect(mutated.steps).not.toEqual(schedule.steps);
        const { steps: _steps, ...rest } = mutated;
        const { steps: _others, ...others } = schedule;
        expect(rest, 'only steps change').toEqual(others);
      }
    }
  });

  it('changes at least a quarter of the schedules of a canister that supports everything', () => {
    const changed = schedules(EVERYTHING).filter(
      (schedule, run) => applyMutator(name, schedule, new Dice(run), EVERYTHING) !== undefined,
    );
    expect(changed.length).toBeGreaterThan(SCHEDULES / 4);
  });
});

describe('mutate', () => {
  it('gives the same mutant for the same seed, and different mutants for different seeds', () => {
    const schedule = scheduleFor(PROFILES.default, 3, 7, EVERYTHING);
    const mutants = Array.from({ length: 20 }, (_, seed) => mutate(schedule, new Dice(seed), EVERYTHING));
    expect(mutants).toEqual(mutants.map((_, seed) => mutate(schedule, new Dice(seed), EVERYTHING)));
    expect(new Set(mutants.map((mutant) => JSON.stringify(mutant))).size).toBe(mutants.length);
  });

  it('adds as well as removes steps, also over many generations', () => {
    let schedule = scheduleFor(PROFILES.quick, 3, 1, EVERYTHING);
    const lengths: number[] = [];
    for (let seed = 0; seed < 80; seed++) {
      schedule = mutate(schedule, new Dice(seed), EVERYTHING);
      check(schedule, EVERYTHING);
      lengths.push(schedule.steps.length);
    }
    const changes = lengths.slice(1).map((length, index) => length - (lengths[index] ?? 0));
    expect(Math.max(...changes)).toBeGreaterThan(0);
    expect(Math.min(...changes)).toBeLessThan(0);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(400);
  });
});

describe('wellFormed', () => {
  it('leaves out what a mutator alone would add: calls that nobody has promised an answer to', () => {
    const raw = schedules(LITTLE).flatMap((schedule, run) =>
      Array.from({ length: MUTANTS }, (_, seed) =>
        MUTATORS.insertFault(schedule, new Dice(100 * run + seed), LITTLE),
      ),
    );
    const wrong = raw.filter((mutant) => mutant !== undefined && !passes(mutant));
    expect(wrong.length).toBeGreaterThan(0);
  });

  it('leaves out calls on a session that has not begun, and an intruder who is the owner', () => {
    const upload = scheduleFor(PROFILES.quick, 3, 1, EVERYTHING);
    const begin = upload.steps.find((step) => step.do === 'call' && step.operation.op === 'begin');
    if (begin?.do !== 'call' || begin.operation.op !== 'begin') throw new Error('the schedule has no begin');
    const { session, caller } = begin.operation;
    const call = (by?: number): Step => ({
      do: 'call',
      lane: 0,
      operation: { op: 'abort', session, ...(by !== undefined && { by }) },
    });
    const { steps } = wellFormed({ ...upload, steps: [call(), begin, call(caller)] }, EVERYTHING);
    expect(steps).toEqual([begin, call()]);
  });
});

function passes(mutant: Schedule): boolean {
  try {
    check(mutant, LITTLE);
    return true;
  } catch {
    return false;
  }
}

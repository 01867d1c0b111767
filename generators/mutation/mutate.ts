/** Mutates schedules: a few random changes of a schedule that a campaign has kept. */
import type { Schedule } from '../../model/schedule.js';
import type { Dice } from '../dice.js';
import { pick } from '../pick.js';
import type { Abilities } from '../schedule.js';
import { changeData } from './data-mutators.js';
import { changeDeliveries } from './delivery-mutators.js';
import { insertEnvironment, insertFault, insertNetwork } from './insert-mutators.js';
import type { Mutator } from './mutator.js';
import { dropSteps, moveSteps, repeatSteps, shiftSession } from './step-mutators.js';
import { wellFormed } from './well-formed.js';

export const MUTATORS = {
  insertFault,
  insertEnvironment,
  insertNetwork,
  dropSteps,
  repeatSteps,
  moveSteps,
  shiftSession,
  changeData,
  changeDeliveries,
} as const satisfies Record<string, Mutator>;

export type MutatorName = keyof typeof MUTATORS;
export const MUTATOR_NAMES = Object.keys(MUTATORS) as readonly MutatorName[];

/** How often each mutator is drawn. Additions are more frequent than removals: a mutant goes further than the schedule it comes from. */
const WEIGHTS: Readonly<Record<MutatorName, number>> = {
  insertFault: 3,
  insertEnvironment: 1,
  insertNetwork: 1,
  dropSteps: 1,
  repeatSteps: 2,
  moveSteps: 1,
  shiftSession: 1,
  changeData: 2,
  changeDeliveries: 2,
};
const WEIGHTED = MUTATOR_NAMES.flatMap((name) => Array.from({ length: WEIGHTS[name] }, () => name));

/** Changes are stacked: 1, 2, 4, or 8 of them, as in the havoc stage of AFL. */
const STACK_EXPONENTS = 4;
/** A change without effect is drawn again, at most this often. */
const ATTEMPTS_MAX = 10;
/** A schedule grows to at most this number of steps. The longest ones of the profile `default` have about 200. */
const STEPS_MAX = 400;

/** A well-formed schedule that differs from the given one, unless ten attempts change nothing. */
export function mutate(schedule: Schedule, dice: Dice, abilities: Abilities): Schedule {
  let changes = 2 ** dice.below(STACK_EXPONENTS);
  let mutated = schedule;
  for (let attempt = 0; changes > 0 && attempt < ATTEMPTS_MAX + changes; attempt++) {
    const name = pick(WEIGHTED, dice.below(WEIGHTED.length));
    const changed = applyMutator(name, mutated, dice, abilities);
    if (changed === undefined) continue;
    mutated = changed;
    changes--;
  }
  return mutated;
}

/** The well-formed result of one mutator; `undefined` if it changes nothing, or makes the schedule too long. */
export function applyMutator(
  name: MutatorName,
  schedule: Schedule,
  dice: Dice,
  abilities: Abilities,
): Schedule | undefined {
  const changed = MUTATORS[name](schedule, dice, abilities);
  if (changed === undefined) return undefined;
  const result = wellFormed(changed, abilities);
  const isTooLong = result.steps.length > Math.max(STEPS_MAX, schedule.steps.length);
  return isTooLong || isSame(result, schedule) ? undefined : result;
}

function isSame({ steps }: Schedule, { steps: others }: Schedule): boolean {
  return steps.length === others.length && JSON.stringify(steps) === JSON.stringify(others);
}

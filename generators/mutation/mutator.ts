/** What a mutator is. `mutate.ts` applies mutators and makes the result well formed. */
import type { Schedule } from '../../model/schedule.js';
import type { Dice } from '../dice.js';
import type { Abilities } from '../schedule.js';

/**
 * Changes a schedule in one place. The result may have calls that the target does not permit: `wellFormed` leaves them out.
 * @returns `undefined` if the schedule has no place for the change
 */
export type Mutator = (schedule: Schedule, dice: Dice, abilities: Abilities) => Schedule | undefined;

/** One of the items, each as likely as the others; `undefined` if there are none. */
export function draw<T>(items: readonly T[], dice: Dice): T | undefined {
  return items[dice.below(items.length)];
}

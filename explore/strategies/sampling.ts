/** What the strategies that draw single orders have in common. */
import { Dice, runSeed } from '../../generators/dice.js';
import type { Choice, Transition } from '../execution.js';
import type { Exploration } from '../strategy.js';

/** Chooses one order, step by step. */
export interface Sampler {
  /** @param choices at least one */
  choose(choices: readonly Choice[], depth: number): Choice;
  taken?(transition: Transition, choices: readonly Choice[]): void;
}

/**
 * Runs one order after the other until the exploration stops. Every order depends only on the seed and its number.
 * @param begin a sampler for the next order; `length` is that of the longest order so far
 */
export async function sampleOrders(
  exploration: Exploration,
  begin: (dice: Dice, length: number) => Sampler,
): Promise<boolean> {
  const { execution, seed, shouldStop, transitionsMax } = exploration;
  const start = await execution.save();
  let length = exploration.execution.workload.lanes.flat().length;
  for (let number = 0; !shouldStop(); number++) {
    if (number > 0) await execution.restore(start);
    const sampler = begin(new Dice(runSeed(seed, number)), length);
    let depth = 0;
    for (; !shouldStop(); depth++) {
      exploration.onPoint(depth);
      const choices = await execution.choices();
      if (choices.length === 0 || depth >= transitionsMax) break;
      const transition = await execution.take(sampler.choose(choices, depth));
      sampler.taken?.(transition, choices);
    }
    if (shouldStop()) break;
    if (depth >= transitionsMax) exploration.giveUp();
    else await exploration.endOrder();
    length = Math.max(length, depth);
  }
  return false;
}

/** The first of the choices with the highest priority. */
export function highest(choices: readonly Choice[], priority: (choice: Choice) => number): Choice {
  return choices.reduce((best, choice) => (priority(choice) > priority(best) ? choice : best));
}

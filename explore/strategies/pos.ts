/**
 * POS, partial order sampling (Yuan, Yang, Gu: "Partial Order Aware Concurrency Sampling", CAV 2018). Each choice gets a random priority
 * when it appears, and the highest one is taken. Then the choices that race with it get new priorities. This draws the orders of races
 * more evenly than a random walk does.
 */
import type { Dice } from '../../generators/dice.js';
import type { Choice, Transition } from '../execution.js';
import type { Strategy } from '../strategy.js';
import { highest, sampleOrders, type Sampler } from './sampling.js';

const PRIORITIES = 1 << 30;

export const pos: Strategy = {
  name: 'pos',
  explore: (exploration) => sampleOrders(exploration, (dice) => new EventPriorities(dice)),
};

class EventPriorities implements Sampler {
  readonly #dice: Dice;
  readonly #ofChoice = new Map<string, number>();

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  choose(choices: readonly Choice[]): Choice {
    return highest(choices, ({ label }) => {
      let priority = this.#ofChoice.get(label);
      if (priority === undefined) this.#ofChoice.set(label, (priority = this.#dice.below(PRIORITIES)));
      return priority;
    });
  }

  taken({ choice: taken, footprint }: Transition, choices: readonly Choice[]): void {
    this.#ofChoice.delete(taken.label);
    for (const { label, receiver } of choices)
      // Which canister a lane calls is known only afterwards, so its next step counts as racing.
      if (receiver === undefined || footprint.canisters.has(receiver)) this.#ofChoice.delete(label);
  }
}

/**
 * PCT, probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte: "A Randomized Scheduler with Probabilistic
 * Guarantees of Finding Bugs", ASPLOS 2010). Threads get random priorities, and the choice of the highest one is taken. At depth − 1
 * random points, the priority of the thread that would run drops below all others. A defect that needs `depth` ordering constraints
 * among `length` transitions of `threads` threads is found by one order with a probability of at least 1 / (threads × length^(depth − 1)).
 *
 * A thread here is a lane, or the messages of one kind that a call of a lane sends to one canister, which must keep their order.
 */
import type { Dice } from '../../generators/dice.js';
import type { Choice } from '../execution.js';
import type { Strategy } from '../strategy.js';
import { highest, sampleOrders, type Sampler } from './sampling.js';

const PRIORITIES = 1 << 30;

/** @param depth of the defects to find: the number of ordering constraints that they need, at least 1 */
export function pct(depth: number): Strategy {
  return {
    name: 'pct',
    explore: (exploration) =>
      sampleOrders(
        exploration,
        (dice, length) => new Priorities(dice, changePoints(dice, depth - 1, length)),
      ),
  };
}

/** Different points, in the order in which priorities drop. */
function changePoints(dice: Dice, count: number, length: number): readonly number[] {
  const points = new Set<number>();
  while (points.size < Math.min(count, length)) points.add(dice.below(length));
  return [...points];
}

class Priorities implements Sampler {
  readonly #dice: Dice;
  readonly #points: readonly number[];
  readonly #ofThread = new Map<string, number>();

  constructor(dice: Dice, points: readonly number[]) {
    this.#dice = dice;
    this.#points = points;
  }

  choose(choices: readonly Choice[], depth: number): Choice {
    const drop = this.#points.indexOf(depth);
    if (drop >= 0) {
      const { thread } = highest(choices, (choice) => this.#priorityOf(choice));
      // The later the change is drawn, the higher its priority among the dropped ones, as in the paper.
      this.#ofThread.set(thread, drop - this.#points.length);
    }
    return highest(choices, (choice) => this.#priorityOf(choice));
  }

  #priorityOf({ thread }: Choice): number {
    let priority = this.#ofThread.get(thread);
    if (priority === undefined) this.#ofThread.set(thread, (priority = this.#dice.below(PRIORITIES)));
    return priority;
  }
}

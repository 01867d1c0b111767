/**
 * Exhaustive depth-first search with sleep sets and recognised states.
 *
 * **Sleep sets** (Godefroid, "Partial-Order Methods for the Verification of Concurrent Systems", 1996, chapter 5). After a transition
 * was explored at a point, it sleeps below the later choices of that point as long as only transitions that are independent of it are
 * taken: every order that takes it there exchanges neighbours of an order that was run. A transition wakes when one that it may depend
 * on is taken. Independence is that of `footprint.ts`; what a transition touches is known, because it was taken before it sleeps.
 *
 * **Recognised states.** A point whose key was seen has the same future (`Execution.key`), so only its past is judged. Orders that were
 * left out there because of the sleep set of the first visit may be due on the second one: if the first sleep set is no subset of the
 * present one, the transitions that slept only then are explored now, and the state keeps the intersection (ibid., section 6.3).
 *
 * A canister that calls itself for ever returns to a state above itself. Such an order has no end, so it is cut there and counted as
 * given up.
 */
import type { Choice, Execution, Transition } from '../execution.js';
import { mayDepend } from '../footprint.js';
import type { Exploration, Strategy } from '../strategy.js';

export const depthFirst: Strategy = {
  name: 'depth-first',
  explore: async (exploration) => {
    const search = new DepthFirst(exploration);
    await search.from(new Map(), 0);
    return search.isComplete;
  },
};

/** By label: transitions whose orders were run already. */
type Sleeping = ReadonlyMap<string, Transition>;

class DepthFirst {
  readonly #exploration: Exploration;
  readonly #execution: Execution;
  isComplete = true;

  constructor(exploration: Exploration) {
    this.#exploration = exploration;
    this.#execution = exploration.execution;
  }

  /** Explores every order from the present point. @returns their number, as far as they are known to exist */
  async from(sleeping: Sleeping, depth: number): Promise<number> {
    const { visited, shouldStop, transitionsMax, onPoint } = this.#exploration;
    onPoint(depth);
    if (shouldStop()) return this.#incomplete();
    if (depth >= transitionsMax) return this.#giveUp();
    const choices = await this.#execution.choices();
    if (choices.length === 0) {
      await this.#exploration.endOrder();
      return 1;
    }
    const point = await this.#execution.save();
    if (visited === undefined) return this.#below(choices, sleeping, point, depth);
    const key = await this.#execution.key(point);
    const known = visited.get(key);
    if (known === undefined) {
      const entry = visited.add(key, new Set(sleeping.keys()));
      entry.orders = await this.#below(choices, sleeping, point, depth);
      return entry.orders;
    }
    if (known.orders === undefined) return this.#giveUp();
    const due = choices.filter(({ label }) => known.asleep.has(label) && !sleeping.has(label));
    this.#exploration.mergeOrder(known.orders);
    if (due.length === 0) return known.orders;
    known.asleep = new Set([...known.asleep].filter((label) => sleeping.has(label)));
    known.orders += await this.#below(due, sleeping, point, depth);
    return known.orders;
  }

  async #below(
    choices: readonly Choice[],
    sleeping: Sleeping,
    point: Awaited<ReturnType<Execution['save']>>,
    depth: number,
  ): Promise<number> {
    const asleep = new Map(sleeping);
    let orders = 0;
    let isAtPoint = true;
    for (const choice of choices) {
      if (asleep.has(choice.label)) continue;
      if (!isAtPoint) await this.#execution.restore(point);
      isAtPoint = false;
      const transition = await this.#execution.take(choice);
      orders += await this.from(this.#stillAsleep(asleep, transition), depth + 1);
      if (this.#exploration.shouldStop()) return this.#incomplete(orders);
      if (this.#exploration.reduces) asleep.set(choice.label, transition);
    }
    return orders;
  }

  #stillAsleep(asleep: Sleeping, taken: Transition): Sleeping {
    if (asleep.size === 0) return asleep;
    const { clash } = this.#execution;
    return new Map([...asleep].filter(([, other]) => !mayDepend(other.footprint, taken.footprint, clash)));
  }

  #giveUp(): number {
    this.#exploration.giveUp();
    return this.#incomplete();
  }

  #incomplete(orders = 0): number {
    this.isComplete = false;
    return orders;
  }
}

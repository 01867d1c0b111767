/**
 * A small seeded source of decisions for what is derived from a drawn number (an order of chunks, a merge of lanes): pure data in,
 * the same answers on every machine. splitmix32 by Guy Steele et al., in its common 32-bit form.
 */
export class Dice {
  #state: number;

  /** @param seed any integer; its low 32 bits count */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** An integer from 0 to `bound` − 1; 0 if there is nothing to choose. */
  below(bound: number): number {
    return bound <= 1 ? 0 : Math.floor((this.#next() / 0x1_0000_0000) * bound);
  }

  /** True in `permille` of a thousand cases; draws in every case, so that later answers do not depend on it. */
  chance(permille: number): boolean {
    return this.below(1000) < permille;
  }

  #next(): number {
    this.#state = (this.#state + 0x9e37_79b9) | 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0_aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }
}

/** One 32-bit signed seed for each pair of a campaign's seed (a safe integer) and a run's index. */
export function runSeed(campaignSeed: number, runIndex: number): number {
  const high = Math.floor(campaignSeed / 0x1_0000_0000) | 0;
  let seed = 0;
  for (const part of [campaignSeed | 0, high, runIndex | 0])
    seed = new Dice(seed ^ part).below(0x1_0000_0000) | 0;
  return seed;
}

/** The item at `index` modulo the number of items. */
export function pick<T>(items: readonly T[], index: number): T {
  const item = items[index % items.length];
  if (item === undefined) throw new Error('there is no item to pick from');
  return item;
}

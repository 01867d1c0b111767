/**
 * A small seeded source of decisions for everything that is derived from one drawn number, such as an order of chunks or a merge of
 * lanes. The same seed gives the same decisions on every machine. splitmix32 by Guy Steele et al., in its common 32-bit form.
 */
export class Dice {
  #state: number;

  /** @param seed any integer; only its low 32 bits are used */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** An integer from 0 to `bound` − 1; 0 if `bound` is 1 or less. */
  below(bound: number): number {
    return bound <= 1 ? 0 : Math.floor((this.#next() / 0x1_0000_0000) * bound);
  }

  /** True in `permille` of a thousand cases. It draws in every case, so later decisions do not depend on this one. */
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

/** A signed 32-bit seed for a pair of a campaign's seed (a safe integer) and a run's index. */
export function runSeed(campaignSeed: number, runIndex: number): number {
  const high = Math.floor(campaignSeed / 0x1_0000_0000) | 0;
  let seed = 0;
  for (const part of [campaignSeed | 0, high, runIndex | 0])
    seed = new Dice(seed ^ part).below(0x1_0000_0000) | 0;
  return seed;
}

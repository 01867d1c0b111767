/** A replica that executes messages in an order of its own and tells nobody, as a real one does; the embedded engine inside. */
import { Dice } from '../../../generators/dice.js';
import type { Replica } from '../../../replicas/replica.js';

/** Messages of one round at most. */
const ROUND_MESSAGES_MAX = 5;

export interface AnyOrder {
  readonly replica: Replica;
  /** The order is a function of the seed alone: to be set before each run that is to be repeated. */
  reseed(seed: number): void;
}

export function anyOrder(inner: Replica): AnyOrder {
  let dice = new Dice(0);
  const abilities = new Set(inner.info.abilities);
  abilities.delete('delivery-order');
  const info = { ...inner.info, abilities };
  /** Few or many of the messages that may come next, in any order; timers and what else a round does at times. */
  async function round(): Promise<void> {
    for (let left = 1 + dice.below(ROUND_MESSAGES_MAX); left > 0; left--) {
      const choices = await inner.deliverable();
      const chosen = choices[dice.below(choices.length)];
      if (chosen === undefined) break;
      await inner.deliver(chosen.id);
    }
    if (dice.chance(250)) await inner.round();
  }
  const replica = new Proxy(inner, {
    get(target, name) {
      if (name === 'info') return info;
      if (name === 'round') return round;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { replica, reseed: (seed) => void (dice = new Dice(seed)) };
}

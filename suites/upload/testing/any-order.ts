/**
 * A replica that executes messages in an order of its own and tells nobody, as a real one does; the embedded engine inside. As with
 * PocketIC 10.0.0, to ask for metrics or to install runs rounds.
 */
import { Dice } from '../../../generators/dice.js';
import type { Replica } from '../../../replicas/replica.js';

/** Messages of one round at most. */
const ROUND_MESSAGES_MAX = 5;

export interface AnyOrder {
  readonly replica: Replica;
  /** The order of the next run on a canister that was set up is a function of this seed alone. */
  reseed(seed: number): void;
}

export function anyOrder(inner: Replica): AnyOrder {
  let dice = new Dice(0);
  let seedOfRun = 0;
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
  // Set-up is the same for every seed: it ends with a snapshot, and each run after the first begins by restoring one.
  const overrides: Partial<Replica> = {
    info,
    round,
    async metrics(canister) {
      await round();
      return inner.metrics(canister);
    },
    async install(request) {
      await round();
      return inner.install(request);
    },
    createCanister(options) {
      dice = new Dice(0);
      return inner.createCanister(options);
    },
    snapshot() {
      dice = new Dice(seedOfRun);
      return inner.snapshot();
    },
    restore(snapshot) {
      dice = new Dice(seedOfRun);
      return inner.restore(snapshot);
    },
  };
  const replica = new Proxy(inner, {
    get(target, name) {
      if (name in overrides) return overrides[name as keyof Replica];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { replica, reseed: (seed) => void (seedOfRun = seed) };
}

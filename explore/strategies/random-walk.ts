/** A random walk: each choice at a point is equally likely. */
import { pick } from '../../generators/pick.js';
import type { Strategy } from '../strategy.js';
import { sampleOrders } from './sampling.js';

export const randomWalk: Strategy = {
  name: 'random-walk',
  explore: (exploration) =>
    sampleOrders(exploration, (dice) => ({ choose: (choices) => pick(choices, dice.below(choices.length)) })),
};

/** A mutator of when messages are delivered. */
import { withStep, withSteps } from '../../model/edit-schedule.js';
import type { Step } from '../../model/schedule.js';
import { pick } from '../pick.js';
import { draw, type Mutator } from './mutator.js';

/** Picks are modulo the number of messages, which is small. */
const PICKS = 8;

/** Holds a call or delivers it at once. */
const toggleHold: Mutator = (schedule, dice) => {
  const calls = schedule.steps.flatMap((step, index) => (step.do === 'call' ? [index] : []));
  const index = draw(calls, dice);
  const step = schedule.steps[index ?? -1];
  if (index === undefined || step?.do !== 'call') return undefined;
  const { hold, ...prompt } = step;
  return withStep(schedule, index, hold === true ? prompt : { ...prompt, hold: true });
};

/** Delivers a message, or all, at another place. */
const insertDelivery: Mutator = (schedule, dice) => {
  const step: Step = dice.chance(200) ? { do: 'drain' } : { do: 'deliver', pick: dice.below(PICKS) };
  return withSteps(schedule, schedule.steps.toSpliced(dice.below(schedule.steps.length + 1), 0, step));
};

/** Delivers another message, or none. */
const changeDelivery: Mutator = (schedule, dice) => {
  const isDelivery = (step: Step) => step.do === 'deliver' || step.do === 'drain';
  const places = schedule.steps.flatMap((step, index) => (isDelivery(step) ? [index] : []));
  const index = draw(places, dice);
  if (index === undefined) return undefined;
  if (dice.chance(300)) return withSteps(schedule, schedule.steps.toSpliced(index, 1));
  return withStep(schedule, index, { do: 'deliver', pick: dice.below(PICKS) });
};

const KINDS = [toggleHold, insertDelivery, changeDelivery] as const;

export const changeDeliveries: Mutator = (schedule, dice, abilities) =>
  pick(KINDS, dice.below(KINDS.length))(schedule, dice, abilities);

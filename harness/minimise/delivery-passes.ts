/** Passes over when messages are delivered. */
import type { Step } from '../../model/schedule.js';
import { at } from '../at.js';
import { withStep, withSteps } from '../../model/edit-schedule.js';
import type { Pass, Search } from './search.js';

/** Delivers calls at once: all of them, else one by one. A `deliver` step that remains picks the oldest message that it can. */
export const releaseHeldCalls: Pass = async (search) => {
  await search.attempt(withSteps(search.best, search.best.steps.map(released)));
  for (let index = 0; index < search.best.steps.length; index++) {
    const step = at(search.best.steps, index);
    if (isHeld(step)) await releaseStep(search, index, released(step));
    else if (step.do === 'deliver') await pickOlderMessage(search, index, step.pick);
  }
};

function isHeld(step: Step): boolean {
  return step.do === 'call' && step.hold === true;
}

function released(step: Step): Step {
  if (step.do !== 'call') return step;
  const { lane, operation } = step;
  return { do: 'call', lane, operation };
}

/**
 * Issues the call where it stands, else where it is delivered: in the place of a `deliver`, before a `drain` or another environment
 * step, or at the end.
 */
async function releaseStep(search: Search, index: number, step: Step): Promise<void> {
  if (await search.attempt(withStep(search.best, index, step))) return;
  const { steps } = search.best;
  for (let later = index + 1; later <= steps.length; later++) {
    const there = steps[later]?.do ?? 'end';
    if (there === 'call') continue;
    const moved = steps.toSpliced(later, there === 'deliver' ? 1 : 0, step).toSpliced(index, 1);
    if (await search.attempt(withSteps(search.best, moved))) return;
  }
}

async function pickOlderMessage(search: Search, index: number, pick: number): Promise<void> {
  for (let older = 0; older < pick; older++) {
    if (await search.attempt(withStep(search.best, index, { do: 'deliver', pick: older }))) return;
  }
}

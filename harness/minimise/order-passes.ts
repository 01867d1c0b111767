/** Passes over the order of steps. They aim at fewer context switches between sessions. */
import type { Step } from '../../model/schedule.js';
import { at } from '../at.js';
import { sessionOfStep, sessionsOf, withSteps } from '../../model/edit-schedule.js';
import type { Pass } from './search.js';

/**
 * Gathers all operations of a session where its first one is, else where its last one is. Moving single operations may have to pass
 * through orders that do not fail.
 */
export const gatherSessions: Pass = async (search) => {
  for (const session of sessionsOf(search.best)) {
    const { steps } = search.best;
    const isOwn = (step: Step): boolean => sessionOfStep(step) === session;
    const own = steps.filter(isOwn);
    const gatheredAt = (index: number): Step[] => [
      ...steps.slice(0, index).filter((step) => !isOwn(step)),
      ...own,
      ...steps.slice(index).filter((step) => !isOwn(step)),
    ];
    const isGathered = await search.attempt(withSteps(search.best, gatheredAt(steps.findIndex(isOwn))));
    if (!isGathered) await search.attempt(withSteps(search.best, gatheredAt(steps.findLastIndex(isOwn) + 1)));
  }
};

/** Moves one operation up to the one before it in its session, else down to the one after it. */
export const groupOperations: Pass = async (search) => {
  for (let index = 0; index < search.best.steps.length; index++) {
    const { steps } = search.best;
    const step = at(steps, index);
    const session = sessionOfStep(step);
    if (session === undefined) continue;
    const before = steps.findLastIndex((other, i) => i < index && sessionOfStep(other) === session);
    const after = steps.findIndex((other, i) => i > index && sessionOfStep(other) === session);
    const rest = steps.toSpliced(index, 1);
    if (before >= 0 && (await search.attempt(withSteps(search.best, rest.toSpliced(before + 1, 0, step)))))
      continue;
    if (after >= 0) await search.attempt(withSteps(search.best, rest.toSpliced(after - 1, 0, step)));
  }
};

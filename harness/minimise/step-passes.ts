/** Passes over which steps there are. */
import type { Operation, Step } from '../../model/schedule.js';
import { sessionOfStep, sessionsOf, withSteps } from '../../model/edit-schedule.js';
import type { Pass, Search } from './search.js';

/** Drops whole sessions: most failures need one or two. */
export const dropSessions: Pass = async (search) => {
  const sessions = sessionsOf(search.best);
  for (const kept of sessions) {
    const steps = search.best.steps.filter((step) => (sessionOfStep(step) ?? kept) === kept);
    if (await search.attempt(withSteps(search.best, steps))) break;
  }
  for (const session of sessions) {
    const steps = search.best.steps.filter((step) => sessionOfStep(step) !== session);
    await search.attempt(withSteps(search.best, steps));
  }
};

/** Lets one session take the place of another. Two labels may stand for one session, or the failure may need only one. */
export const mergeSessions: Pass = async (search) => {
  const sessions = sessionsOf(search.best);
  for (const [index, from] of sessions.entries()) {
    for (const to of sessions.slice(0, index)) {
      const steps = search.best.steps.flatMap((step): Step[] => {
        if (step.do !== 'call' || sessionOfStep(step) !== from) return [step];
        const operation = { ...step.operation, session: to } as Operation;
        return operation.op === 'begin' ? [] : [{ ...step, operation }];
      });
      if (await search.attempt(withSteps(search.best, steps))) break;
    }
  }
};

/** Drops ever smaller runs of steps, down to single ones, until none can be dropped (ddmin by complements; Zeller and Hildebrandt, 2002). */
export const dropSteps: Pass = async (search) => {
  let size = Math.ceil(search.best.steps.length / 2);
  while (size >= 1) {
    const isChanged = await dropRuns(search, size);
    if (size > 1) size = Math.floor(size / 2);
    else if (!isChanged) return;
  }
};

/** Drops runs of `size` steps, from the end, because later steps need earlier ones. */
async function dropRuns(search: Search, size: number): Promise<boolean> {
  let isChanged = false;
  for (let end = search.best.steps.length; end > 0; end -= size) {
    const { steps } = search.best;
    const rest = [...steps.slice(0, Math.max(0, end - size)), ...steps.slice(end)];
    if (await search.attempt(withSteps(search.best, rest))) isChanged = true;
  }
  return isChanged;
}

/** Merges two jumps of time into one, at the place of either. An expiry may need the sum of them. */
export const mergeAdvances: Pass = async (search) => {
  for (let index = search.best.steps.length - 1; index > 0; index--) {
    const { steps } = search.best;
    const step = steps[index];
    if (step?.do !== 'advance') continue;
    const earlier = steps.findLastIndex((other, i) => i < index && other.do === 'advance');
    const other = steps[earlier];
    if (other?.do !== 'advance') continue;
    const sum: Step = { do: 'advance', seconds: other.seconds + step.seconds };
    const atEarlier = steps.with(earlier, sum).toSpliced(index, 1);
    const atLater = steps.with(index, sum).toSpliced(earlier, 1);
    if (!(await search.attempt(withSteps(search.best, atEarlier))))
      await search.attempt(withSteps(search.best, atLater));
  }
};

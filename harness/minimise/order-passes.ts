/** Passes over the order of steps: fewer context switches. */
import type { Step } from '../../model/schedule.js';
import type { Pass, Search } from './minimise.js';
import { sessionOfStep, withSteps } from './step-passes.js';

/** All calls of a session at once, where its first, or its last, is: single moves may pass through orders that do not fail. */
export const gatherSessions: Pass = async (search) => {
  const sessions = new Set(search.best.steps.map(sessionOfStep).filter((session) => session !== undefined));
  for (const session of sessions) {
    const { steps } = search.best;
    const isOwn = (step: Step) => sessionOfStep(step) === session;
    const own = steps.filter(isOwn);
    const first = steps.findIndex(isOwn);
    const last = steps.findLastIndex(isOwn);
    const gathered = (place: number) => [
      ...steps.slice(0, place).filter((step) => !isOwn(step)),
      ...own,
      ...steps.slice(place).filter((step) => !isOwn(step)),
    ];
    if (!(await attemptOrder(search, gathered(first)))) await attemptOrder(search, gathered(last + 1));
  }
};

/** One call moved up to the one before it in its own session, or down to the one after it. */
export const groupLanes: Pass = async (search) => {
  for (let place = 0; place < search.best.steps.length; place++) {
    const { steps } = search.best;
    const step = steps[place]!;
    const session = sessionOfStep(step);
    if (session === undefined) continue;
    const before = steps.findLastIndex((other, at) => at < place && sessionOfStep(other) === session);
    const after = steps.findIndex((other, at) => at > place && sessionOfStep(other) === session);
    const rest = steps.toSpliced(place, 1);
    if (before >= 0 && (await attemptOrder(search, rest.toSpliced(before + 1, 0, step)))) continue;
    if (after >= 0) await attemptOrder(search, rest.toSpliced(after - 1, 0, step));
  }
};

/** Only with fewer context switches, so that orders do not go round in circles. */
async function attemptOrder(search: Search, steps: readonly Step[]): Promise<boolean> {
  if (contextSwitches(steps) >= contextSwitches(search.best.steps)) return false;
  return search.attempt(withSteps(search.best, steps));
}

function contextSwitches(steps: readonly Step[]): number {
  const sessions = steps.map(sessionOfStep).filter((session) => session !== undefined);
  return sessions.filter((session, place) => place > 0 && session !== sessions[place - 1]).length;
}

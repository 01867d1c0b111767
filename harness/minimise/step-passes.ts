/** Passes over which steps there are, whether they are held, and in which order they come. */
import type { Operation, Schedule, Step } from '../../model/schedule.js';
import type { Pass, Search } from './minimise.js';

export const withSteps = (schedule: Schedule, steps: readonly Step[]): Schedule => ({ ...schedule, steps });

export function sessionOfStep(step: Step): string | undefined {
  return step.do === 'call' && 'session' in step.operation ? step.operation.session : undefined;
}

/** Every session's steps at once: most failures need one or two sessions. */
export const dropSessions: Pass = async (search) => {
  const sessions = new Set(search.best.steps.map(sessionOfStep).filter((session) => session !== undefined));
  // All but one, then each by itself.
  for (const kept of sessions) {
    const steps = search.best.steps.filter((step) => (sessionOfStep(step) ?? kept) === kept);
    if (await search.attempt(withSteps(search.best, steps))) break;
  }
  for (const session of sessions) {
    await search.attempt(
      withSteps(
        search.best,
        search.best.steps.filter((step) => sessionOfStep(step) !== session),
      ),
    );
  }
};

/** One session in the place of another: two labels may stand for one session, or the failure needs no second one. */
export const mergeSessions: Pass = async (search) => {
  const sessions = [
    ...new Set(search.best.steps.map(sessionOfStep).filter((session) => session !== undefined)),
  ];
  for (const [place, from] of sessions.entries()) {
    for (const to of sessions.slice(0, place)) {
      const steps = search.best.steps.flatMap((step): Step[] => {
        if (step.do !== 'call' || sessionOfStep(step) !== from) return [step];
        return step.operation.op === 'begin'
          ? []
          : [{ ...step, operation: { ...step.operation, session: to } as Operation }];
      });
      if (await search.attempt(withSteps(search.best, steps))) break;
    }
  }
};

/** ddmin (Zeller and Hildebrandt, 2002) by complements: ever smaller runs of steps are left out, down to single ones until none can be. */
export const dropSteps: Pass = async (search) => {
  let size = Math.ceil(search.best.steps.length / 2);
  while (size >= 1) {
    const isChanged = await dropRuns(search, size);
    if (size > 1) size = Math.floor(size / 2);
    else if (!isChanged) return;
  }
};

/** The last single step that can be left out, if there is one. */
export async function dropOneStep(search: Search): Promise<boolean> {
  for (let place = search.best.steps.length - 1; place >= 0; place--) {
    if (await search.attempt(withSteps(search.best, search.best.steps.toSpliced(place, 1)))) return true;
  }
  return false;
}

/** Two jumps of time as one, at the place of either: what expires may need the sum of them. */
export const mergeAdvances: Pass = async (search) => {
  for (let place = search.best.steps.length - 1; place > 0; place--) {
    const { steps } = search.best;
    const step = steps[place];
    if (step?.do !== 'advance') continue;
    const earlier = steps.findLastIndex((other, at) => at < place && other.do === 'advance');
    const other = steps[earlier];
    if (other?.do !== 'advance') continue;
    const sum: Step = { do: 'advance', seconds: other.seconds + step.seconds };
    const atEarlier = steps.with(earlier, sum).toSpliced(place, 1);
    const atLater = steps.with(place, sum).toSpliced(earlier, 1);
    if (!(await search.attempt(withSteps(search.best, atEarlier))))
      await search.attempt(withSteps(search.best, atLater));
  }
};

/** From the end, where steps that need earlier ones are. */
async function dropRuns(search: Search, size: number): Promise<boolean> {
  let isChanged = false;
  for (let end = search.best.steps.length; end > 0; end -= size) {
    const { steps } = search.best;
    const rest = [...steps.slice(0, Math.max(0, end - size)), ...steps.slice(end)];
    if (await search.attempt(withSteps(search.best, rest))) isChanged = true;
  }
  return isChanged;
}

function released(step: Step): Step {
  if (step.do !== 'call') return step;
  const { lane, operation } = step;
  return { do: 'call', lane, operation };
}

/** Nothing held; else one by one, in its place or where it is delivered. Deliver steps take the oldest message where they can. */
export const unhold: Pass = async (search) => {
  const isHeld = (step: Step) => step.do === 'call' && step.hold === true;
  if (search.best.steps.some(isHeld))
    await search.attempt(withSteps(search.best, search.best.steps.map(released)));
  for (let place = 0; place < search.best.steps.length; place++) {
    const step = search.best.steps[place]!;
    if (isHeld(step)) await unholdStep(search, place, released(step));
    else if (step.do === 'deliver') await simplerDelivery(search, place, step.pick);
  }
};

/** Held and delivered later is the same as issued there: by a `deliver` in its place, before a `drain`, or at the end. */
async function unholdStep(search: Search, place: number, step: Step): Promise<void> {
  if (await search.attempt(withStep(search.best, place, step))) return;
  const { steps } = search.best;
  for (let later = place + 1; later <= steps.length; later++) {
    const there = steps[later]?.do ?? 'end';
    if (there === 'call') continue;
    const moved = steps.toSpliced(later, there === 'deliver' ? 1 : 0, step).toSpliced(place, 1);
    if (await search.attempt(withSteps(search.best, moved))) return;
  }
}

async function simplerDelivery(search: Search, place: number, pick: number): Promise<void> {
  if (pick === 0) return;
  for (let simpler = 0; simpler < pick; simpler++) {
    if (await search.attempt(withStep(search.best, place, { do: 'deliver', pick: simpler }))) return;
  }
}

export function withStep(schedule: Schedule, place: number, step: Step): Schedule {
  return withSteps(schedule, schedule.steps.with(place, step));
}

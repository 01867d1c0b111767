/** Mutators of which steps there are, and of their order. */
import { sessionOfStep, sessionsOf, withSteps } from '../../model/edit-schedule.js';
import type { Step } from '../../model/schedule.js';
import { draw, type Mutator } from './mutator.js';

/** Number of steps that are dropped, repeated, or moved together. */
const RUN_MAX = 4;
/** In permille. */
const WHOLE_SESSION = 200;

/** Drops a few steps in a row, or a whole session if there are several. */
export const dropSteps: Mutator = (schedule, dice) => {
  const { steps } = schedule;
  const sessions = sessionsOf(schedule);
  if (dice.chance(WHOLE_SESSION) && sessions.length > 1) {
    const dropped = draw(sessions, dice);
    return withSteps(
      schedule,
      steps.filter((step) => sessionOfStep(step) !== dropped),
    );
  }
  if (steps.length < 2) return undefined;
  return withSteps(schedule, steps.toSpliced(dice.below(steps.length), 1 + dice.below(RUN_MAX)));
};

/** Repeats a few steps in a row, at once or anywhere later. A memory is created once, because its label names it. */
export const repeatSteps: Mutator = (schedule, dice) => {
  const { steps } = schedule;
  const from = dice.below(steps.length);
  const run = steps.slice(from, from + 1 + dice.below(RUN_MAX)).filter(isRepeatable);
  if (run.length === 0) return undefined;
  const end = from + run.length;
  const place = dice.chance(500) ? end : end + dice.below(steps.length - end + 1);
  return withSteps(schedule, steps.toSpliced(place, 0, ...run.map((step) => ({ ...step }))));
};

function isRepeatable(step: Step): boolean {
  return step.do !== 'call' || step.operation.op !== 'memory';
}

/** Moves a few steps in a row to another place, or swaps two steps. */
export const moveSteps: Mutator = (schedule, dice) => {
  const { steps } = schedule;
  if (steps.length < 2) return undefined;
  const from = dice.below(steps.length);
  if (dice.chance(500)) {
    const [one, to] = [steps[from], dice.below(steps.length)];
    const other = steps[to];
    if (one === undefined || other === undefined || from === to) return undefined;
    return withSteps(schedule, steps.with(from, other).with(to, one));
  }
  const count = 1 + dice.below(RUN_MAX);
  const rest = steps.toSpliced(from, count);
  return withSteps(
    schedule,
    rest.toSpliced(dice.below(rest.length + 1), 0, ...steps.slice(from, from + count)),
  );
};

/** Moves all steps of a session from some place on to another place, so that it overtakes the others or falls behind. */
export const shiftSession: Mutator = (schedule, dice) => {
  const session = draw(sessionsOf(schedule), dice);
  const { steps } = schedule;
  const from = dice.below(steps.length);
  const isShifted = (step: Step, place: number) => place >= from && sessionOfStep(step) === session;
  const shifted = steps.filter(isShifted);
  if (session === undefined || shifted.length === 0) return undefined;
  const rest = steps.filter((step, place) => !isShifted(step, place));
  return withSteps(schedule, rest.toSpliced(dice.below(rest.length + 1), 0, ...shifted));
};

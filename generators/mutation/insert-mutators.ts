/** Mutators that insert what generators insert: a fault in the lane of an upload, or a step of the environment. */
import { operationsOf, sessionOfStep, sessionsOf, withSteps } from '../../model/edit-schedule.js';
import { OUTAGES, type Schedule, type Step } from '../../model/schedule.js';
import type { Dice } from '../dice.js';
import { environmentSteps } from '../environment-steps.js';
import type { FaultDraw } from '../fault-draw.js';
import { applyFault } from '../fault.js';
import { ENVIRONMENT_FEATURES, LANE_FEATURES } from '../features.js';
import { pick } from '../pick.js';
import type { LaneStep } from '../upload.js';
import { draw, type Mutator } from './mutator.js';
import { contextOf } from './session-context.js';

/** Part of the inserted calls that wait, in permille. */
const HELD = 150;

function faultDraw(dice: Dice): FaultDraw {
  const [choice, upload, at, detail] = [0x1_0000, 64, 1000, 0x1_0000].map((bound) => dice.below(bound));
  return { pick: choice ?? 0, upload: upload ?? 0, at: at ?? 0, detail: detail ?? 0 };
}

/** Inserts a fault into the steps of a session. The steps of all sessions keep their order. */
export const insertFault: Mutator = (schedule, dice, abilities) => {
  const session = draw(sessionsOf(schedule), dice);
  const feature = pick(LANE_FEATURES, dice.below(LANE_FEATURES.length));
  const fault = faultDraw(dice);
  if (session === undefined) return undefined;
  const context = contextOf(schedule, session, abilities);
  if (context === undefined || (feature === 'memory' && hasMemory(schedule, `M${session}`))) return undefined;
  const own = schedule.steps.filter((step) => sessionOfStep(step) === session);
  const changed = applyFault(feature, own, fault, context, schedule.callers);
  return withSteps(schedule, inserted(schedule.steps, own, changed, dice));
};

function hasMemory(schedule: Schedule, label: string): boolean {
  return operationsOf(schedule).some((operation) => operation.op === 'memory' && operation.memory === label);
}

/** The steps with those of `changed` that are not among `own`, each right after the step that it follows there. */
function inserted(
  steps: readonly Step[],
  own: readonly Step[],
  changed: readonly LaneStep[],
  dice: Dice,
): readonly Step[] {
  const known: ReadonlySet<unknown> = new Set(own);
  const first = own[0];
  const lane = first?.do === 'call' ? first.lane : 0;
  const result = [...steps];
  let place = result.findIndex((step) => step === first);
  for (const step of changed) {
    if (known.has(step)) place = result.findIndex((other) => other === step) + 1;
    else result.splice(place++, 0, inLane(step, lane, dice.chance(HELD)));
  }
  return result;
}

function inLane(
  { isPrompt: _prompt, isRepeat: _repeat, isGlued: _glued, ...step }: LaneStep,
  lane: number,
  isHeld: boolean,
): Step {
  if (step.do !== 'call') return step;
  return { do: 'call', lane, operation: step.operation, ...(isHeld ? { hold: true as const } : {}) };
}

/** Inserts steps that affect the canister as a whole, in their order. */
export const insertEnvironment: Mutator = (schedule, dice, { canisters = [] }) => {
  const feature = pick(ENVIRONMENT_FEATURES, dice.below(ENVIRONMENT_FEATURES.length));
  const { limits, callers } = schedule;
  const memories = operationsOf(schedule).filter(({ op }) => op === 'memory').length;
  const added = environmentSteps(feature, faultDraw(dice), limits, callers, memories, canisters);
  const lane = 1 + Math.max(-1, ...schedule.steps.map((step) => (step.do === 'call' ? step.lane : -1)));
  const steps = [...schedule.steps];
  let place = 0;
  for (const step of added) {
    place += dice.below(steps.length - place + 1);
    steps.splice(place++, 0, inLane(step, lane, dice.chance(HELD)));
  }
  return withSteps(schedule, steps);
};

/** Loses a message, or lets a canister fail for a while, in a system of several canisters. */
export const insertNetwork: Mutator = (schedule, dice, { canisters = [], network = false }) => {
  if (!network || canisters.length === 0) return undefined;
  const { steps } = schedule;
  const place = dice.below(steps.length + 1);
  if (dice.chance(500))
    return withSteps(schedule, steps.toSpliced(place, 0, { do: 'lose', pick: dice.below(3) }));
  const name = pick(['', ...canisters], dice.below(canisters.length + 1));
  const canister = name === '' ? {} : { canister: name };
  const condition = pick(OUTAGES, dice.below(OUTAGES.length));
  const end = place + dice.below(steps.length - place + 1);
  const ended = steps.toSpliced(end, 0, { do: 'recover', ...canister });
  return withSteps(schedule, ended.toSpliced(place, 0, { do: 'outage', condition, ...canister }));
};

import fc from 'fast-check';
import { BINDING_OPERATIONS, READ_OPERATIONS, type OperationName } from '../model/operations.js';
import type { Step } from '../model/schedule.js';
import { Dice } from './dice.js';
import { pick } from './pick.js';
import type { LaneStep } from './upload.js';

/** How lanes are merged and how long messages wait. All rates shrink to 0: lanes run one after another and nothing waits. */
export interface Interleaving {
  /** Chance of a change of lane after a step, in permille. */
  readonly switchPermille: number;
  /** Chance that an update call is held, in permille. */
  readonly holdPermille: number;
  /** Chance of a `deliver` step between two steps, in permille. */
  readonly deliverPermille: number;
  readonly seed: number;
}

export function interleavingArbitrary(): fc.Arbitrary<Interleaving> {
  return fc.record(
    {
      switchPermille: fc.constantFrom(0, 50, 200, 500, 900),
      holdPermille: fc.constantFrom(0, 50, 200, 500),
      deliverPermille: fc.constantFrom(0, 50, 200, 400),
      seed: fc.noShrink(fc.nat(0x7fff_ffff)),
    },
    { noNullPrototype: true },
  );
}

/** Merges lanes and keeps the order within each lane. */
export function mergeLanes(lanes: readonly (readonly LaneStep[])[], plan: Interleaving): Step[] {
  const order = new Dice(plan.seed);
  const holds = new Dice(plan.seed ^ 0x5f35_6495);
  const deliveries = new Dice(plan.seed ^ 0x2545_f491);
  const next = lanes.map(() => 0);
  const left = lanes.map((steps) => steps.length);
  const merged: Step[] = [];
  let lane = left.findIndex((count) => count > 0);
  while (lane >= 0) {
    const step = pick(pick(lanes, lane), pick(next, lane));
    next[lane] = pick(next, lane) + 1;
    left[lane] = pick(left, lane) - 1;
    const isHeld = holds.chance(plan.holdPermille);
    merged.push(plainStep(step, lane, isHeld));
    if (deliveries.chance(plan.deliverPermille)) merged.push({ do: 'deliver', pick: deliveries.below(8) });
    const switches = order.chance(plan.switchPermille) && step.isGlued !== true;
    if (plan.switchPermille === 0) lane = left.findIndex((count) => count > 0);
    else if (switches || left[lane] === 0) lane = laneOfStep(left, order.below(sum(left)));
  }
  return merged;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** The lane of the `nth` remaining step. Long lanes are chosen more often, so that all lanes end at about the same time. */
function laneOfStep(left: readonly number[], nth: number): number {
  let rest = nth;
  return left.findIndex((count) => (rest -= count) < 0);
}

/**
 * Reads, `begin`, and `memory` are never held: a held read shows nothing that a later read does not, and without the label the rest of
 * the lane would be skipped. The canister sees begins in every order anyway.
 */
function plainStep(
  { isPrompt, isRepeat, isGlued: _, ...step }: LaneStep,
  lane: number,
  isHeld: boolean,
): Step {
  if (step.do !== 'call') return step;
  const { operation } = step;
  const mayWait = isPrompt !== true && (isRepeat === true || isHoldable(operation.op));
  return { do: 'call', lane, operation, ...(isHeld && mayWait ? { hold: true as const } : {}) };
}

/** Whether a call may wait: it changes something, and its lane does not need its answer. */
export function isHoldable(name: OperationName): boolean {
  return !READ_OPERATIONS.has(name) && !BINDING_OPERATIONS.has(name);
}

import fc from 'fast-check';
import type { Operation, Step } from '../model/schedule.js';
import { Dice } from './dice.js';
import type { LaneStep } from './upload.js';

/** How lanes are merged and how long messages wait. All three rates shrink to 0: one lane after the other, nothing waits. */
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

/** Merges lanes; the order within each lane stays. */
export function mergeLanes(lanes: readonly (readonly LaneStep[])[], plan: Interleaving): Step[] {
  const order = new Dice(plan.seed);
  const holds = new Dice(plan.seed ^ 0x5f35_6495);
  const deliveries = new Dice(plan.seed ^ 0x2545_f491);
  const next = lanes.map(() => 0);
  const left = lanes.map((steps) => steps.length);
  const merged: Step[] = [];
  let lane = left.findIndex((count) => count > 0);
  while (lane >= 0) {
    const step = lanes[lane]![next[lane]!++]!;
    left[lane]!--;
    const isHeld = holds.chance(plan.holdPermille);
    merged.push(plainStep(step, lane, isHeld));
    if (deliveries.chance(plan.deliverPermille)) merged.push({ do: 'deliver', pick: deliveries.below(8) });
    const switches = order.chance(plan.switchPermille) && step.isGlued !== true;
    if (plan.switchPermille === 0) lane = left.findIndex((count) => count > 0);
    else if (switches || left[lane] === 0) lane = laneOfStep(left, order.below(sum(left)));
  }
  return merged;
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

/** The lane that holds the `nth` step still to come: a long lane is chosen more often, so that all end at about the same time. */
function laneOfStep(left: readonly number[], nth: number): number {
  let rest = nth;
  return left.findIndex((count) => (rest -= count) < 0);
}

const PROMPT: ReadonlySet<Operation['op']> = new Set<Operation['op']>([
  ...(['begin', 'status', 'list', 'read', 'readWhole', 'memory'] as const),
  ...(['readMemory', 'listMemories', 'stats', 'config'] as const),
]);

/** A `begin` is never held, nor a `memory`: what follows in its lane would be skipped, and the canister sees begins in every order anyway. */
function plainStep(
  { isPrompt, isRepeat, isGlued: _, ...step }: LaneStep,
  lane: number,
  isHeld: boolean,
): Step {
  if (step.do !== 'call') return step;
  const { operation } = step;
  const mayWait = isPrompt !== true && (isRepeat === true || !PROMPT.has(operation.op));
  return { do: 'call', lane, operation, ...(isHeld && mayWait ? { hold: true as const } : {}) };
}

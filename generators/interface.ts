/** Which steps of a schedule go over HTTP, and which by the Candid methods: a trait of the whole schedule, drawn apart from everything else. */
import { HTTP_OPERATIONS, type Operation, type Step, type Via } from '../model/schedule.js';
import { Dice } from './dice.js';

/** Weight of the HTTP interface in a schedule: 0 is off. */
export type HttpWeight = 0 | 1 | 2 | 3;

/** Off in more than half of the schedules: a call over HTTP costs about three times a Candid one. */
export const HTTP_WEIGHTS: readonly HttpWeight[] = [0, 0, 0, 0, 0, 1, 2, 3];

/** How many of the operations go over HTTP, in permille. */
const HTTP_PERMILLE: Readonly<Record<HttpWeight, number>> = { 0: 0, 1: 100, 2: 300, 3: 700 };
/** Of those, how many show no token. */
const NO_TOKEN_PERMILLE = 20;

/** @param operations that the interface has */
export function mixInterfaces(
  steps: readonly Step[],
  weight: HttpWeight,
  seed: number,
  operations: ReadonlySet<Operation['op']> = HTTP_OPERATIONS,
): Step[] {
  const dice = new Dice(seed ^ 0x6b8f_2c1d);
  return steps.map((step) => {
    const isOver = dice.chance(HTTP_PERMILLE[weight]);
    const hasToken = !dice.chance(NO_TOKEN_PERMILLE);
    if (step.do !== 'call' || !isOver || !mayGoOver(step.operation, operations)) return step;
    const via: Via = hasToken ? 'http' : 'http-no-token';
    return { ...step, operation: { ...step.operation, via } as Operation };
  });
}

/** A wrong number of chunks cannot be said over HTTP, where only the canister counts them. */
function mayGoOver(operation: Operation, operations: ReadonlySet<Operation['op']>): boolean {
  return operations.has(operation.op) && !(operation.op === 'begin' && operation.chunksOff !== undefined);
}

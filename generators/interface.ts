/** Selects the calls of a schedule that go over HTTP. The choice is independent of everything else that is drawn. */
import { HTTP_OPERATIONS, type OperationName } from '../model/operations.js';
import type { Operation, Step, Via } from '../model/schedule.js';
import { Dice } from './dice.js';

/** Weight of the HTTP interface in a schedule; 0 turns it off. */
export type HttpWeight = 0 | 1 | 2 | 3;

/** Off in more than half of the schedules: a call over HTTP takes about three times as long as a Candid call. */
export const HTTP_WEIGHTS: readonly HttpWeight[] = [0, 0, 0, 0, 0, 1, 2, 3];

/** The part of the operations that goes over HTTP, in permille. */
const HTTP_PERMILLE: Readonly<Record<HttpWeight, number>> = { 0: 0, 1: 100, 2: 300, 3: 700 };
/** The part of the calls over HTTP that has no token. */
const NO_TOKEN_PERMILLE = 20;

/** @param operations the operations that the HTTP interface supports */
export function mixInterfaces(
  steps: readonly Step[],
  weight: HttpWeight,
  seed: number,
  operations: ReadonlySet<OperationName> = HTTP_OPERATIONS,
): Step[] {
  const dice = new Dice(seed ^ 0x6b8f_2c1d);
  return steps.map((step) => {
    const isOverHttp = dice.chance(HTTP_PERMILLE[weight]);
    const hasToken = !dice.chance(NO_TOKEN_PERMILLE);
    if (step.do !== 'call' || !isOverHttp || !canUseHttp(step.operation, operations)) return step;
    const via: Via = hasToken ? 'http' : 'http-no-token';
    return { ...step, operation: { ...step.operation, via } as Operation };
  });
}

/** A `begin` over HTTP has no number of chunks, so it cannot have a wrong one. */
export function canUseHttp(operation: Operation, operations: ReadonlySet<OperationName>): boolean {
  return operations.has(operation.op) && !(operation.op === 'begin' && operation.chunksOff !== undefined);
}

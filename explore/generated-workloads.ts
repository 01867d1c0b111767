/** Small workloads derived from generated schedules, so that they contain exactly the calls that the target permits. */
import { PROFILES, type Profile } from '../generators/profile.js';
import { scheduleFor } from '../generators/schedule-for.js';
import type { Abilities } from '../generators/schedule.js';
import { workloadOf, type LaneStep, type Workload } from './workload.js';

/** Two short uploads with at most two faults. */
const TINY: Profile = {
  ...PROFILES.quick,
  name: 'tiny',
  description: 'two uploads of up to two chunks, small enough to run all orders',
  uploads: { min: 2, max: 2 },
  callers: { min: 1, max: 2 },
  chunks: { min: 0, max: 2 },
  faults: { min: 0, max: 2 },
};

/** Lanes of four messages each have 70 orders, lanes of five have 252. */
const ORDERS_MAX = 300;
const LANES_MAX = 3;
/** A finish may call other canisters, or its own: the request, the call, and the response. */
const FINISH_MESSAGES = 3;
/** A message, the request that it sends, and the response. */
const CALL_MESSAGES = 3;
const LOSSES_MAX = 1;

export interface GeneratedWorkloadsOptions {
  readonly count: number;
  /** Steps of all lanes of a workload. Default: no bound but that of the orders. */
  readonly stepsMax?: number;
}

/** They depend on the seed, which is a safe integer, and on the abilities only. */
export function generatedWorkloads(
  seed: number,
  abilities: Abilities,
  { count, stepsMax = Infinity }: GeneratedWorkloadsOptions,
): readonly Workload[] {
  const workloads: Workload[] = [];
  for (let index = 0; workloads.length < count; index++) {
    const workload = withFewLosses(
      workloadOf(`generated-${workloads.length}`, scheduleFor(TINY, seed, index, abilities)),
    );
    if (isSmall(workload, stepsMax, abilities)) workloads.push(workload);
  }
  return workloads;
}

/** Every further loss multiplies the orders. */
function withFewLosses({ losses, ...workload }: Workload): Workload {
  return losses === undefined ? workload : { ...workload, losses: Math.min(losses, LOSSES_MAX) };
}

function isSmall({ lanes, losses = 0 }: Workload, stepsMax: number, { canisters = [] }: Abilities): boolean {
  const steps = lanes.reduce((sum, lane) => sum + lane.length, 0);
  if (lanes.length < 2 || lanes.length > LANES_MAX || steps > stepsMax) return false;
  const messages = lanes.map((lane) =>
    lane.reduce((sum, step) => sum + messagesOf(step, canisters.length), 0),
  );
  return interleavings(messages) * (1 + losses) <= ORDERS_MAX;
}

/** The messages of a step, if the system has this number of further canisters. */
function messagesOf(step: LaneStep, others: number): number {
  if (step.do !== 'call') return 1;
  const { op } = step.operation;
  if (op === 'finish') return FINISH_MESSAGES;
  if (others === 0) return 1;
  // A begin and an abort may call one other canister, and what is about a caller may ask each of them.
  if (op === 'begin' || op === 'abort') return CALL_MESSAGES;
  return op === 'usage' ? 1 + others * (CALL_MESSAGES - 1) : 1;
}

/** The number of orders of lanes with these numbers of messages: a multinomial coefficient. */
export function interleavings(lanes: readonly number[]): number {
  let orders = 1;
  let messages = 0;
  for (const length of lanes) for (let k = 1; k <= length; k++) orders = (orders * ++messages) / k;
  return Math.round(orders);
}

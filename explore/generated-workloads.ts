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
    const workload = workloadOf(`generated-${workloads.length}`, scheduleFor(TINY, seed, index, abilities));
    if (isSmall(workload, stepsMax)) workloads.push(workload);
  }
  return workloads;
}

function isSmall({ lanes }: Workload, stepsMax: number): boolean {
  const steps = lanes.reduce((sum, lane) => sum + lane.length, 0);
  if (lanes.length < 2 || lanes.length > LANES_MAX || steps > stepsMax) return false;
  return interleavings(lanes.map(messagesOf)) <= ORDERS_MAX;
}

function messagesOf(lane: readonly LaneStep[]): number {
  return lane.reduce((sum, step) => sum + (isFinish(step) ? FINISH_MESSAGES : 1), 0);
}

function isFinish(step: LaneStep): boolean {
  return step.do === 'call' && step.operation.op === 'finish';
}

/** The number of orders of lanes with these numbers of messages: a multinomial coefficient. */
export function interleavings(lanes: readonly number[]): number {
  let orders = 1;
  let messages = 0;
  for (const length of lanes) for (let k = 1; k <= length; k++) orders = (orders * ++messages) / k;
  return Math.round(orders);
}

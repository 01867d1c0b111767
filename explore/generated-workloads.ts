/** Small workloads derived from generated schedules, so that they contain exactly the calls that the target permits. */
import { PROFILES, type Profile } from '../generators/profile.js';
import { scheduleFor } from '../generators/schedule-for.js';
import type { Abilities } from '../generators/schedule.js';
import { workloadOf, type Workload } from './workload.js';

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

/** Lanes of four steps each have 70 orders, lanes of five have 252. Messages of finishes add to these. */
const STEPS_MAX = 10;
const LANES_MAX = 3;

export interface GeneratedWorkloadsOptions {
  readonly count: number;
  /** Steps of all lanes of a workload. Default: 10. */
  readonly stepsMax?: number;
}

/** They depend on the seed, which is a safe integer, and on the abilities only. */
export function generatedWorkloads(
  seed: number,
  abilities: Abilities,
  { count, stepsMax = STEPS_MAX }: GeneratedWorkloadsOptions,
): readonly Workload[] {
  const workloads: Workload[] = [];
  for (let index = 0; workloads.length < count; index++) {
    const workload = workloadOf(`generated-${workloads.length}`, scheduleFor(TINY, seed, index, abilities));
    const steps = workload.lanes.reduce((sum, lane) => sum + lane.length, 0);
    if (workload.lanes.length < 2 || workload.lanes.length > LANES_MAX || steps > stepsMax) continue;
    workloads.push(workload);
  }
  return workloads;
}

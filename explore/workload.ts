/**
 * The workload: lanes of steps without an order between lanes. `explore` runs them in many orders, or in all. Plain JSON. Each schema
 * here is the only source of its type.
 */
import { z } from 'zod';
import { positiveCount, type DataOf } from '../model/data.js';
import {
  scheduleSchema,
  stepSchema,
  SCHEDULE_FORMAT_VERSION,
  type Schedule,
  type Step,
} from '../model/schedule.js';

const [callStep, , , advanceStep, restartStep, , outageStep, recoverStep, upgradeStep] = stepSchema.options;
const { version: _version, steps: _steps, ...setUp } = scheduleSchema.shape;

/** A step of a lane. A call waits until the previous call of its lane has returned. */
export type LaneStep = DataOf<typeof laneStepSchema>;
export const laneStepSchema = z.discriminatedUnion('do', [
  callStep.omit({ lane: true, hold: true }).extend({
    waits: z
      .literal(false)
      .describe('The next step of the lane does not wait for the answer, as if the answer were lost')
      .exactOptional(),
  }),
  advanceStep,
  restartStep,
  outageStep,
  recoverStep,
  upgradeStep,
]);

export type Workload = DataOf<typeof workloadSchema>;
export const workloadSchema = z
  .strictObject({
    name: z.string().min(1),
    about: z.string().describe('One sentence that says what the workload shows').exactOptional(),
    ...setUp,
    before: z
      .array(laneStepSchema)
      .describe('Steps that come first, one after another, before there is anything to choose')
      .exactOptional(),
    losses: positiveCount
      .describe('Number of messages of calls between canisters that may be lost in an order; absent: none')
      .exactOptional(),
    lanes: z.array(z.array(laneStepSchema).min(1)).min(1).describe('Steps that follow one another, by lane'),
  })
  .superRefine((workload, context) => {
    const checked = scheduleSchema.safeParse(inLaneOrder(workload));
    for (const { message } of checked.error?.issues ?? []) context.addIssue({ code: 'custom', message });
  })
  .describe('Lanes of operations, to be run in many orders');

/** The step of a schedule that takes a step of a lane. */
export function scheduleStep(step: LaneStep, lane: number): Step {
  return step.do === 'call' ? { do: 'call', lane, operation: step.operation } : step;
}

/** The schedule that takes one lane after the other. */
export function inLaneOrder(workload: Workload): Schedule {
  return scheduleOf(
    workload,
    workload.lanes.flatMap((lane, index) => lane.map((step) => scheduleStep(step, index))),
  );
}

/** The schedule that takes these steps after the first ones. */
export function scheduleOf(workload: Workload, steps: readonly Step[]): Schedule {
  const { name: _name, about: _about, lanes: _lanes, before: _before, losses: _losses, ...rest } = workload;
  return { version: SCHEDULE_FORMAT_VERSION, ...rest, steps: [...stepsBefore(workload), ...steps] };
}

/** The first steps. Everything in flight is delivered after them. They belong to lane 0. */
export function stepsBefore({ before = [] }: Workload): readonly Step[] {
  return before.length === 0 ? [] : [...before.map((step) => scheduleStep(step, 0)), { do: 'drain' }];
}

/**
 * The lanes of a schedule, for example of a counterexample. Steps that are no calls keep their order in a lane of their own. What the
 * schedule says about the order of messages is dropped.
 * @param isImpatient whether no call waits for the answer to the one before it
 */
export function workloadOf(
  name: string,
  { steps, version: _version, ...rest }: Schedule,
  { isImpatient = false }: { readonly isImpatient?: boolean } = {},
): Workload {
  const lanes = new Map<number, LaneStep[]>();
  for (const step of steps) {
    if (step.do === 'deliver' || step.do === 'drain' || step.do === 'lose') continue;
    const lane = step.do === 'call' ? step.lane : -1;
    const impatience = isImpatient ? { waits: false as const } : {};
    const taken = step.do === 'call' ? { do: step.do, operation: step.operation, ...impatience } : step;
    lanes.set(lane, [...(lanes.get(lane) ?? []), taken]);
  }
  const losses = steps.filter((step) => step.do === 'lose').length;
  return { name, ...rest, lanes: [...lanes.values()], ...(losses === 0 ? {} : { losses }) };
}

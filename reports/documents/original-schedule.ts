/** Describes the schedule of a finding as it was before shrinking. */
import { contextSwitches, operationCount } from '../../harness/counterexamples/describe-schedule.js';
import { describeStep } from '../../model/describe-step.js';
import type { Schedule } from '../../model/schedule.js';
import { clip } from '../text/visible-text.js';
import type { OriginalSchedule } from './run-report.js';

const STEPS_MAX = 1_000;
const STEP_CHARACTERS_MAX = 300;

export function originalScheduleOf(schedule: Schedule): OriginalSchedule {
  const { steps } = schedule;
  return {
    steps: steps.slice(0, STEPS_MAX).map((step) => ({
      lane: step.do === 'call' ? step.lane : null,
      kind: step.do === 'call' ? step.operation.op : step.do,
      words: clip(describeStep(step), STEP_CHARACTERS_MAX),
    })),
    stepsTotal: steps.length,
    operations: operationCount(schedule),
    contextSwitches: contextSwitches(schedule),
  };
}

/** Texts for schedules and their steps. */
import { describeOperation, type ShownParts } from '../../model/operations.js';
import type { Limits, Schedule, Step } from '../../model/schedule.js';

function limitsText(limits: Limits): string {
  return Object.entries(limits)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

export function describeStep(step: Step, shown: ShownParts = {}): string {
  switch (step.do) {
    case 'call':
      return `lane ${step.lane}: ${describeOperation(step.operation, shown)}${step.hold === true ? ' (held)' : ''}`;
    case 'deliver':
      return `deliver message ${step.pick} of the messages in flight`;
    case 'drain':
      return 'deliver everything in flight';
    case 'advance':
      return `let ${step.seconds} s pass`;
    case 'restart':
      return 'stop the canister and start it again';
    case 'lose':
      return `lose message ${step.pick} of the calls between canisters`;
    case 'outage':
      return `from now on, ${step.canister ?? 'the canister'} is ${step.condition}`;
    case 'recover':
      return `${step.canister ?? 'the canister'} recovers`;
    case 'upgrade':
      return `upgrade the canister${step.limits === undefined ? '' : ` with ${limitsText(step.limits)}`}`;
  }
}

/**
 * One line per step, numbered from 1.
 * @param keys if false, keys are left out, because the interface has none
 */
export function describeSchedule(
  { steps, files }: Schedule,
  { keys }: Pick<ShownParts, 'keys'> = {},
): string[] {
  const width = String(steps.length).length;
  return steps.map((step, i) => `${String(i + 1).padStart(width)}  ${describeStep(step, { files, keys })}`);
}

export function operationCount({ steps }: Pick<Schedule, 'steps'>): number {
  return steps.filter((step) => step.do === 'call').length;
}

/** Number of changes of lane between consecutive calls. */
export function contextSwitches({ steps }: Pick<Schedule, 'steps'>): number {
  const lanes = steps.flatMap((step) => (step.do === 'call' ? [step.lane] : []));
  return lanes.filter((lane, i) => i > 0 && lane !== lanes[i - 1]).length;
}

import { describeOperation, type ShownParts } from './operations.js';
import type { Limits, Step } from './schedule.js';

function limitsText(limits: Limits): string {
  return Object.entries(limits)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** A step in words, without its number. */
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

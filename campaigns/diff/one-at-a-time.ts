/**
 * A schedule whose outcome does not depend on the order of messages: every call, with all messages that it causes, ends before the next
 * step. A replica that chooses the order itself can be compared on such schedules only.
 */
import type { Schedule, Step } from '../../model/schedule.js';

export function oneAtATime(schedule: Schedule): Schedule {
  const steps = schedule.steps.flatMap((step): Step[] => {
    if (step.do === 'deliver' || step.do === 'drain') return [];
    if (step.do !== 'call') return [step];
    const { lane, operation } = step;
    return [{ do: 'call', lane, operation }, { do: 'drain' }];
  });
  return { ...schedule, steps };
}

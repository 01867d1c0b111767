/**
 * A schedule whose outcome does not depend on the order of messages: every call runs to its end, with all that it caused, before the
 * next thing happens. Only such schedules can be compared where a replica chooses the order itself.
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

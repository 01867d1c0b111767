import type { Schedule } from '../../model/schedule.js';
import type { Pass } from '../minimise/search.js';

/**
 * The schedules that a pass of the minimiser proposes, in turn.
 * @param fails whether a proposal fails and becomes the best schedule. Default: none does.
 */
export async function proposalsOf(
  pass: Pass,
  schedule: Schedule,
  fails: (proposal: Schedule) => boolean = () => false,
): Promise<readonly Schedule[]> {
  const proposals: Schedule[] = [];
  const search = {
    best: schedule,
    attempt: async (proposal: Schedule): Promise<boolean> => {
      proposals.push(proposal);
      if (!fails(proposal)) return false;
      search.best = proposal;
      return true;
    },
  };
  await pass(search);
  return proposals;
}

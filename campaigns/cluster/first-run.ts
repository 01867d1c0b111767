import type { Profile } from '../../generators/profile.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { InputError } from '../../harness/input-error.js';
import { RunExecutor } from '../campaign/run-executor.js';

/**
 * Executes a run of a campaign once, without the checks that follow. Returns its trace hash.
 * @throws InputError if the run does not end in time
 */
export async function executeRun(
  runner: ScheduleRunner,
  campaign: { readonly profile: Profile; readonly seed: number },
  runIndex: number,
): Promise<string> {
  const { traceHash, overdue = '' } = await new RunExecutor({
    ...campaign,
    runner,
    determinismEvery: 0,
  }).execute(runIndex);
  if (traceHash === undefined)
    throw new InputError(`run ${runIndex} of the campaign does not end: ${overdue}`);
  return traceHash;
}

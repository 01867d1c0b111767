/** Guidance by coverage in a campaign that a program starts. */
import type { StartRuns } from '../campaigns/campaign/run-source.js';
import { CoverageCollector } from '../campaigns/code-coverage/coverage-collector.js';
import { guided } from '../campaigns/guidance/guided-runs.js';
import { InputError } from '../harness/input-error.js';
import type { ModuleUnderTest, OpenModule } from './module-under-test.js';
import type { WorkerThreads } from './worker-threads.js';

export interface Guidance {
  /** Whether runs mutate schedules that have reached new code of the module, beside fresh ones; default false. It has one worker. */
  readonly guided?: boolean | undefined;
}

export interface CampaignGuidance {
  /** For the engine and the runner that run the schedules. */
  readonly coverage: CoverageCollector;
  readonly startRuns: (opened: OpenModule) => StartRuns;
}

/**
 * `undefined` for a campaign without guidance.
 * @throws InputError if guidance is not possible
 */
export function guidanceOf({
  guided: isGuided = false,
  workers = 1,
  replica,
}: Guidance & WorkerThreads & Pick<ModuleUnderTest, 'replica'>): CampaignGuidance | undefined {
  if (!isGuided) return undefined;
  if (workers > 1) throw new InputError('guided: each run depends on the earlier ones; leave out workers');
  if (replica !== undefined)
    throw new InputError('guided: it measures coverage on an engine of its own; leave out replica');
  const coverage = new CoverageCollector();
  return { coverage, startRuns: ({ runner }) => guided({ runner, coverage }) };
}

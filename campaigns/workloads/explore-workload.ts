/** The workloads of an exploration, and the exploration of one of them. */
import { explore, type ExploreOptions, type ExploreResult } from '../../explore/explore.js';
import { generatedWorkloads } from '../../explore/generated-workloads.js';
import { namedWorkload } from '../../explore/named-workloads.js';
import type { Strategy } from '../../explore/strategy.js';
import { depthFirst } from '../../explore/strategies/depth-first.js';
import { pct } from '../../explore/strategies/pct.js';
import { pos } from '../../explore/strategies/pos.js';
import { randomWalk } from '../../explore/strategies/random-walk.js';
import type { Workload } from '../../explore/workload.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { selectionOf } from '../../harness/judgement/applicable-rules.js';
import { abilitiesOf } from '../campaign/abilities.js';
import type { WorkloadsJob } from './workloads-job.js';

/** @throws Interrupted if the signal is aborted */
export function exploreWorkload(
  runner: ScheduleRunner,
  workload: Workload,
  job: WorkloadsJob,
  control: Pick<ExploreOptions, 'signal' | 'isOver' | 'onProgress'>,
): Promise<ExploreResult> {
  const { seed, ordersMax, memoryBytes, reduces, recognisesStates } = job;
  return explore({
    ...control,
    runner,
    workload,
    strategy: strategyOf(job),
    seed,
    reduces,
    recognisesStates: recognisesStates && job.strategy === 'depth-first',
    rules: selectionOf(job.rules),
    ...(ordersMax === undefined ? {} : { ordersMax }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
  });
}

/** The workloads of an exploration, in order. */
export function workloadsFor(runner: ScheduleRunner, job: WorkloadsJob): readonly Workload[] {
  const abilities = abilitiesOf(runner.target, runner);
  const { source } = job;
  switch (source.kind) {
    case 'given':
      return [source.workload];
    case 'named':
      return [namedWorkload(source.name, { shape: runner.target.shape, ...abilities })];
    case 'generated':
      return generatedWorkloads(job.seed, abilities, { count: source.count });
  }
}

function strategyOf({ strategy, depth }: WorkloadsJob): Strategy {
  switch (strategy) {
    case 'depth-first':
      return depthFirst;
    case 'pct':
      return pct(depth);
    case 'pos':
      return pos;
    case 'random-walk':
      return randomWalk;
  }
}

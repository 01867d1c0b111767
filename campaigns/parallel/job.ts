/** The messages between a thread that takes results in order and the threads that execute the tasks. Plain data. */
import type { ExploreResult } from '../../explore/explore.js';
import type { Profile } from '../../generators/profile.js';
import type { UserFile } from '../../generators/user-file.js';
import type { RuleSelection } from '../../harness/judgement/applicable-rules.js';
import type { RunCoverage } from '../code-coverage/coverage-collector.js';
import type { RunRange } from '../campaign/range.js';
import type { RunResult } from '../campaign/run-result.js';
import type { WorkloadsJob } from '../workloads/workloads-job.js';
import type { SubjectSpec } from '../subject/subject.js';

/** Runs of a campaign. */
export interface RunsWork {
  readonly kind: 'runs';
  readonly subject: SubjectSpec;
  readonly profile: Profile;
  readonly seed: number;
  readonly rules: RuleSelection | undefined;
  readonly determinismEvery: number | undefined;
  readonly userFile: UserFile | undefined;
  /** Whether to count what the runs reach in the modules. */
  readonly hasCoverage: boolean;
}

/** Generated workloads to explore. A task is the index of a workload. */
export interface WorkloadsWork {
  readonly kind: 'workloads';
  readonly job: WorkloadsJob;
}

export type Work = RunsWork | WorkloadsWork;

/** What one thread has to do. */
export interface ThreadPart {
  /** All tasks; the count may be Infinity. */
  readonly tasks: RunRange;
  /** Number of tasks in one range. */
  readonly rangeSize: number;
  /** Memory of the `RangeBoard`. */
  readonly board: SharedArrayBuffer;
  /** Index of this thread on the board. */
  readonly thread: number;
  /** Tasks to execute first: those that a thread did not finish which ended unexpectedly. */
  readonly first: RunRange | undefined;
}

export interface ParallelJob {
  readonly work: Work;
  readonly part: ThreadPart;
}

/** The result of the task with this number. */
export type Numbered =
  | {
      readonly kind: 'run';
      readonly number: number;
      readonly run: RunResult;
      readonly coverage: RunCoverage | undefined;
    }
  | { readonly kind: 'workload'; readonly number: number; readonly result: ExploreResult };

export type ParallelMessage =
  /** In the order of their numbers. */
  | { readonly type: 'results'; readonly results: readonly Numbered[] }
  /** The thread has nothing left to do. A thread that ends without this message was killed. */
  | { readonly type: 'ended' };

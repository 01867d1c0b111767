/** The messages between the thread that aggregates a campaign and the threads that execute its runs. Plain data. */
import type { Profile } from '../../generators/profile.js';
import type { UserFile } from '../../generators/user-file.js';
import type { RuleSelection } from '../../harness/judgement/applicable-rules.js';
import type { RunRange } from '../campaign/range.js';
import type { RunResult } from '../campaign/run-result.js';
import type { SubjectSpec } from '../subject/subject.js';

export interface RangesJob {
  readonly subject: SubjectSpec;
  readonly profile: Profile;
  readonly seed: number;
  readonly rules: RuleSelection | undefined;
  readonly determinismEvery: number | undefined;
  readonly userFile: UserFile | undefined;
  /** All runs of the campaign; the count may be Infinity. */
  readonly runs: RunRange;
  /** Number of runs in one range. */
  readonly rangeSize: number;
  /** Memory of the `RangeBoard`. */
  readonly board: SharedArrayBuffer;
  /** Index of this thread on the board. */
  readonly thread: number;
  /** Runs to execute first: those that a thread did not finish which ended unexpectedly. */
  readonly first: RunRange | undefined;
}

export type RangesMessage =
  /** In the order of their indices. */
  | { readonly type: 'runs'; readonly runs: readonly RunResult[] }
  /** The thread has nothing left to do. A thread that ends without this message was killed. */
  | { readonly type: 'ended' };

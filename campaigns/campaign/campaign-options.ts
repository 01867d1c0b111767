/** What a campaign is asked to do. */
import type { Profile } from '../../generators/profile.js';
import type { UserFile } from '../../generators/user-file.js';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { StopSignal } from '../../harness/execution/stop-signal.js';
import type { RuleSelection } from '../../harness/judgement/applicable-rules.js';
import type { AcceptedDeviation } from './accepted-deviations.js';
import type { Finding, Progress } from './campaign-result.js';
import type { ShrinkInput, Shrunk } from './campaign-shrink.js';
import type { CampaignRun, RunResult } from './run-result.js';
import type { StartRuns } from './run-source.js';

export interface CampaignOptions {
  readonly runner: ScheduleRunner;
  /** SHA-256 of the module under test, lower-case hex. */
  readonly wasmSha256: string;
  readonly fault?: string | undefined;
  /** Version of this program, for counterexamples. */
  readonly toolVersion?: string | undefined;
  readonly profile?: Profile;
  /** A safe integer. */
  readonly seed: number;
  /** Index of the first run, so that a campaign can be continued or split over processes. Default: 0. */
  readonly firstRun?: number;
  /** Number of runs. Default: set by the profile; unlimited if there is a budget. */
  readonly runs?: number | undefined;
  /** Time limit of the campaign, in milliseconds. */
  readonly budgetMs?: number | undefined;
  /** Number of findings after which the campaign ends, without accepted ones. Default: 20. */
  readonly findingsMax?: number | undefined;
  /** Deviations that do not count as failures. */
  readonly accepted?: readonly AcceptedDeviation[] | undefined;
  /**
   * Runs every n-th schedule twice and compares the traces; 0: never. Only on replicas that repeat a schedule exactly. Default: 50.
   */
  readonly determinismEvery?: number;
  /** Folder for counterexamples. Default: they are not saved. */
  readonly corpusFolder?: string | undefined;
  /** Number of schedules to execute for shrinking one finding. */
  readonly shrinkExecutionsMax?: number | undefined;
  /** Time limit for shrinking one finding, in milliseconds. */
  readonly shrinkMsMax?: number | undefined;
  /** Shrinks a failure in another process. Default: here, with the runner. */
  readonly shrinkElsewhere?: ((input: ShrinkInput) => Promise<Shrunk>) | undefined;
  /** A file of the user that every run uploads. */
  readonly userFile?: UserFile | undefined;
  /** The rules and relations to judge, of those that apply to the target; default: all. */
  readonly rules?: RuleSelection | undefined;
  readonly signal?: StopSignal | undefined;
  /** Milliseconds since any fixed point in time. Default: `performance.now`. */
  readonly clock?: () => number;
  readonly onProgress?: (progress: Progress) => void;
  /**
   * Called with a counterexample before it is shrunk and saved, so that it is not lost if the process ends meanwhile. Either
   * `onFinding` or `onDismissed` follows for the same id, unless the campaign throws.
   */
  readonly onFailing?: (counterexample: Counterexample, id: number) => void;
  /** Called if shrinking shows that a failure has the cause of an earlier finding. */
  readonly onDismissed?: (id: number) => void;
  readonly onFinding?: (finding: Finding) => void;
  /** Called with the result of every run that counts, in the order of their indices. */
  readonly onResult?: (run: RunResult) => void;
  /** Executes the runs elsewhere, for example in other threads. Default: here. */
  readonly startRuns?: StartRuns | undefined;
  /** Called after every run of this thread; the campaign waits for the promise. */
  readonly onRun?: (run: CampaignRun) => void | Promise<void>;
}

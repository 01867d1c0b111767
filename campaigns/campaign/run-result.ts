/**
 * What one run contributes to the result of its campaign. Plain data without `undefined` that matters: it passes between threads, and as
 * JSON between machines. `CampaignAggregator` takes these results in the order of their indices.
 */
import type { Violation, Verdict } from '../../harness/evidence/verdict.js';
import type { History } from '../../harness/history/history.js';
import type { StateName } from '../../harness/state-coverage/states-reached.js';
import type { Operation, Schedule } from '../../model/schedule.js';
import type { RunMeasurements } from '../../reports/documents/run-series.js';
import type { OperationCounts } from './operation-tally.js';
import type { UserFileFailure } from './user-file-failure.js';

/** A schedule that fails, with its history and everything that is wrong in it. */
export interface RunFailure {
  readonly schedule: Schedule;
  readonly history: History;
  readonly violations: readonly Violation[];
}

export interface RunResult {
  readonly runIndex: number;
  /** SHA-256 of the history, lower-case hex. Absent if the schedule did not end in time. */
  readonly traceHash?: string;
  readonly verdict: Verdict['kind'];
  /** Why the run could not be judged, if the verdict is `unknown`. */
  readonly unknownReason?: string;
  /** Number of operations issued, by kind, without skipped ones. */
  readonly operations: Readonly<Partial<Record<Operation['op'], number>>>;
  /** Calls by owners, and how many of all calls succeeded. */
  readonly outcomes: OperationCounts;
  /** The states and situations that the run reached; empty for an interface that does not declare them. */
  readonly states: readonly StateName[];
  readonly measurements: RunMeasurements;
  /** Present if every run uploads a file of the user. `failure` is absent if the file was read back unchanged. */
  readonly userFile?: { readonly failure?: UserFileFailure };
  /**
   * The violations of the run, or of its repetition. Empty for an invalid run whose violations look like those of an earlier run of the
   * same range.
   */
  readonly failures: readonly RunFailure[];
  /** Broken relations. They count only if the violations above have not ended the campaign. */
  readonly relationFailures: readonly RunFailure[];
  /** Whether the schedule was executed twice to compare the traces. */
  readonly checksDeterminism: boolean;
  readonly checksRelations: boolean;
  /** The message or the schedule that did not end in time. Such a run ends its campaign. */
  readonly overdue?: string;
  /** The run was asked to stop after it was judged. What it had found is here. It is the last run of its campaign. */
  readonly isInterrupted?: true;
}

/** A run as the thread that executes it sees it. */
export interface CampaignRun {
  readonly runIndex: number;
  readonly schedule: Schedule;
  readonly history: History;
  readonly verdict: Verdict;
}

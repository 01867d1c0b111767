/** The messages between the command `explore` and its worker thread. Plain data. */
import type { CriticalChoice } from '../../explore/critical-choice.js';
import type { Coverage } from '../../explore/explore.js';
import type { ReplicaInfo } from '../../replicas/replica.js';
import type { FailureTimeline } from '../../reports/documents/failure-timeline.js';
import type { ExploredWorkload } from '../../reports/documents/explore-report.js';
import type { Schedule } from '../../model/schedule.js';
import type { Finding } from '../campaign/campaign-result.js';
import type { SecondReplica } from '../subject/second-replica.js';
import type { Confirmed } from '../campaign/confirm.js';
import type { WorkloadsJob } from '../workloads/workloads-job.js';

export interface ExploreJob extends WorkloadsJob {
  /** `auto` confirms findings on PocketIC if its server is found. */
  readonly replica: 'auto' | 'embedded';
  readonly budgetMs: number | undefined;
  readonly findingsMax: number;
  /** Number of threads that explore generated workloads. The orders of one workload run in one thread. */
  readonly workers: number;
  readonly shrinkMsMax: number | undefined;
  readonly corpusFolder: string;
  readonly toolVersion: string;
}

/** A finding with what the exploration knows about it. */
export interface ExploreFinding {
  readonly finding: Finding;
  readonly workload: string;
  readonly original: Schedule | undefined;
  readonly timeline: FailureTimeline | undefined;
  readonly choice: CriticalChoice | undefined;
}

/** The findings, repeated on a second replica. */
export interface ExploreConfirmation extends SecondReplica {
  /** One outcome per finding, in the order of the findings. */
  readonly findings: readonly Confirmed[];
}

export type ExploreMessage =
  | {
      readonly type: 'started';
      readonly replica: Pick<ReplicaInfo, 'name' | 'version'>;
      readonly target: string;
    }
  | {
      readonly type: 'progress';
      readonly coverage: Coverage;
      readonly elapsedMs: number;
      /** Index of the workload, and the number of workloads. */
      readonly index: number;
      readonly of: number;
      readonly shrinking: boolean;
    }
  | { readonly type: 'workload'; readonly workload: ExploredWorkload; readonly unknowns: number }
  /** Sent when every workload was explored, before failures are shrunk. */
  | { readonly type: 'explored'; readonly seconds: number }
  | { readonly type: 'finding'; readonly found: ExploreFinding }
  | { readonly type: 'confirming'; readonly replica: Pick<ReplicaInfo, 'name' | 'version'> }
  | { readonly type: 'confirmed'; readonly confirmation: ExploreConfirmation };

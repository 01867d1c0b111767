/** The messages between the command `explore` and its worker thread. Plain data. */
import type { CriticalChoice } from '../../explore/critical-choice.js';
import type { Coverage } from '../../explore/explore.js';
import type { Workload } from '../../explore/workload.js';
import type { ReplicaInfo } from '../../replicas/replica.js';
import type { FailureTimeline } from '../../reports/documents/failure-timeline.js';
import type { ExploredWorkload } from '../../reports/documents/explore-report.js';
import type { Schedule } from '../../model/schedule.js';
import type { Finding } from '../campaign/campaign-result.js';
import type { Confirmed } from '../campaign/confirm.js';
import type { SubjectSpec } from '../subject/subject.js';

export const STRATEGY_NAMES = ['depth-first', 'pct', 'pos', 'random-walk'] as const;
export type StrategyName = (typeof STRATEGY_NAMES)[number];

/** Where workloads come from. */
export type WorkloadSource =
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'given'; readonly workload: Workload }
  /** Small workloads that are generated for the target. */
  | { readonly kind: 'generated'; readonly count: number };

export interface ExploreJob {
  readonly subject: SubjectSpec;
  /** `auto` confirms findings on PocketIC if its server is found. */
  readonly replica: 'auto' | 'embedded';
  readonly source: WorkloadSource;
  readonly strategy: StrategyName;
  /** Ordering constraints of the defects that PCT looks for. */
  readonly depth: number;
  readonly seed: number;
  /** Orders to run of each workload; `undefined`: no bound. */
  readonly ordersMax: number | undefined;
  readonly budgetMs: number | undefined;
  /** Bound of the memory for visited states. */
  readonly memoryBytes: number | undefined;
  readonly reduces: boolean;
  readonly recognisesStates: boolean;
  readonly rules: readonly string[] | undefined;
  readonly findingsMax: number;
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
export interface ExploreConfirmation {
  /** Undefined if no second replica ran. */
  readonly replica: Pick<ReplicaInfo, 'name' | 'version'> | undefined;
  /** Why this replica ran, or why none did. */
  readonly reason: string;
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

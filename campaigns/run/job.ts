/** The messages between the command `run` and its worker thread. Plain data. */
import type { WorkerCount } from '../parallel/parallel-runs.js';
import type { Confirmed } from '../campaign/confirm.js';
import type { UserFile } from '../../generators/user-file.js';
import type { ProfileName } from '../../generators/profile.js';
import type { CorpusEntry } from '../../harness/counterexamples/corpus.js';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import type { ReplicaInfo } from '../../replicas/replica.js';
import type { CoveredModule } from '../../reports/documents/coverage-report.js';
import type { FailureTimeline } from '../../reports/documents/failure-timeline.js';
import type { RunSeriesPoint } from '../../reports/documents/run-series.js';
import type { AcceptedDeviation } from '../campaign/accepted-deviations.js';
import type { CampaignResult, Finding, Progress } from '../campaign/campaign-result.js';
import type { CorpusReplay } from '../campaign/corpus-replay.js';
import type { GuidanceCounts } from '../guidance/guided-runs.js';
import type { ReplicaChoice } from '../subject/replicas.js';
import type { SecondReplica } from '../subject/second-replica.js';
import type { SubjectSpec } from '../subject/subject.js';

export interface RunJob {
  readonly subject: SubjectSpec;
  readonly replica: ReplicaChoice;
  readonly profile: ProfileName;
  readonly seed: number;
  /** Number of schedules; undefined if the profile or the time budget decides. */
  readonly runs: number | undefined;
  /** Milliseconds for the campaign. */
  readonly budgetMs: number | undefined;
  /** Names of layers, rules, and relations to judge; undefined: all that apply. */
  readonly rules: readonly string[] | undefined;
  /** The campaign ends after this number of findings, without accepted ones. */
  readonly findingsMax: number;
  /** Deviations that do not fail the run. */
  readonly accepted: readonly AcceptedDeviation[];
  /** Folder in which the worker saves counterexamples. */
  readonly corpusFolder: string;
  /** Counterexamples that the worker replays before the campaign. */
  readonly pastFailures: readonly CorpusEntry[];
  /** Milliseconds to shrink one finding; undefined: the default of the campaign. */
  readonly shrinkMsMax: number | undefined;
  readonly toolVersion: string;
  /** Number of threads that execute schedules. Short campaigns use fewer. */
  readonly workers: WorkerCount;
  /** A file of the user that every schedule uploads. */
  readonly userFile: UserFile | undefined;
  /** Whether to measure which code the schedules reach. */
  readonly hasCoverage: boolean;
  /** Whether schedules that reach new code are kept and mutated. It requires `hasCoverage`, and has one worker. */
  readonly isGuided: boolean;
}

/** The findings and a sample of the valid schedules, repeated on a second replica. */
export interface Confirmation extends SecondReplica {
  readonly validSampled: number;
  readonly validAgreed: number;
  /** One outcome per finding, in the order of the findings. */
  readonly findings: readonly Confirmed[];
}

export type RunMessage =
  | { readonly type: 'started'; readonly replica: Pick<ReplicaInfo, 'name' | 'version'> }
  /** A line on selected rules that do not apply to the target, although others do. */
  | { readonly type: 'unused-rules'; readonly line: string }
  /** Sent before the campaign if there are past failures. Each one that still fails follows as a finding. */
  | { readonly type: 'corpus'; readonly corpus: CorpusReplay }
  | { readonly type: 'progress'; readonly progress: Progress }
  /** A failure as it is now. It is sent again when it has been shrunk, so that it is not lost if the thread ends. */
  | { readonly type: 'failing'; readonly id: number; readonly counterexample: Counterexample }
  /** The failure with this id has the cause of an earlier finding. */
  | { readonly type: 'dismissed'; readonly id: number }
  | { readonly type: 'finding'; readonly finding: Finding }
  /** Sent before the result if coverage is measured: the module under test, then those of its further canisters by role. */
  | { readonly type: 'coverage'; readonly modules: readonly CoveredModule[] }
  /** Sent before the result if the campaign is guided. */
  | { readonly type: 'guidance'; readonly guidance: GuidanceCounts }
  | { readonly type: 'confirming'; readonly replica: Pick<ReplicaInfo, 'name' | 'version'> }
  | {
      readonly type: 'result';
      readonly result: CampaignResult;
      readonly series: readonly RunSeriesPoint[];
    }
  /** The timeline of the finding with this index, for reports. Sent after the result. */
  | { readonly type: 'timeline'; readonly index: number; readonly timeline: FailureTimeline }
  | { readonly type: 'confirmed'; readonly confirmation: Confirmation };

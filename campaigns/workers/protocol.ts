/** What goes between the command and its worker thread. */
import type { UserFile } from '../../generators/user-file.js';
import type { CampaignResult, Finding, Progress } from '../campaign/campaign-result.js';
import type { CorpusEntry } from '../../harness/counterexamples/corpus.js';
import type { CorpusReplay } from '../campaign/corpus-replay.js';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import type { Explanation } from '../../harness/counterexamples/explain-failure.js';
import type { PointInHistory } from '../../harness/counterexamples/point-in-history.js';
import type { Replay } from '../../harness/counterexamples/replay.js';
import type { ProfileName } from '../../generators/profile.js';
import type { ReplicaInfo } from '../../replicas/replica.js';
import type { FailureTimeline } from '../../reports/documents/failure-timeline.js';
import type { RunSeriesPoint } from '../../reports/documents/run-series.js';
import type { SubjectSpec } from '../subject/subject.js';

export type ReplicaChoice = 'auto' | 'embedded' | 'pocketic';

export interface RunJob {
  readonly subject: SubjectSpec;
  readonly replica: ReplicaChoice;
  readonly profile: ProfileName;
  readonly seed: number;
  readonly runs: number | undefined;
  readonly budgetMs: number | undefined;
  readonly findingsMax: number;
  /** Where what is found is saved. */
  readonly corpusFolder: string;
  /** Run before the campaign. */
  readonly pastFailures: readonly CorpusEntry[];
  /** Milliseconds of shrinking one finding; undefined: the campaign's default. */
  readonly shrinkMsMax: number | undefined;
  readonly toolVersion: string;
  readonly userFile: UserFile | undefined;
}

/** What the second replica said. */
export interface Confirmation {
  readonly replica: Pick<ReplicaInfo, 'name' | 'version'> | undefined;
  /** Why it was that one, or why there is none. */
  readonly reason: string;
  readonly validSampled: number;
  readonly validAgreed: number;
  /** By the index of the finding. */
  readonly findings: readonly ('same' | 'different' | 'not-reproduced')[];
}

export type RunMessage =
  | { readonly type: 'started'; readonly replica: Pick<ReplicaInfo, 'name' | 'version'> }
  /** Before the campaign, if there are past failures. What fails is told as findings after it. */
  | { readonly type: 'corpus'; readonly corpus: CorpusReplay }
  | { readonly type: 'progress'; readonly progress: Progress }
  /** Seen, not shrunk yet: what is left if the thread ends here. */
  | { readonly type: 'failing'; readonly counterexample: Counterexample }
  | { readonly type: 'finding'; readonly finding: Finding }
  | { readonly type: 'confirming'; readonly replica: Pick<ReplicaInfo, 'name' | 'version'> }
  | {
      readonly type: 'result';
      readonly result: CampaignResult;
      readonly userFileProblem: string | undefined;
      readonly series: readonly RunSeriesPoint[];
    }
  /** What happens when the finding of this index is run: told after the result, for reports. */
  | { readonly type: 'course'; readonly index: number; readonly course: FailureTimeline }
  | { readonly type: 'confirmed'; readonly confirmation: Confirmation }
  /** The run cannot be done; one line. */
  | { readonly type: 'unusable'; readonly line: string };

export interface ReplayJob {
  readonly subject: SubjectSpec;
  readonly replica: 'embedded' | 'pocketic';
  readonly counterexample: Counterexample;
  /** How many times it is run. */
  readonly times: number;
  /** Tell what is the case before the step of this index. */
  readonly until: number | undefined;
}

export type ReplayMessage =
  | { readonly type: 'started'; readonly replica: Pick<ReplicaInfo, 'name' | 'version'> }
  | ({ readonly type: 'replayed' } & ReplayResult)
  | { readonly type: 'unusable'; readonly line: string };

export type ReplayResult = Pick<Replay, 'outcome' | 'isSameTrace' | 'violation'> & {
  readonly traceHash: string;
  /** Of the first run, and of the first that fails. */
  readonly explanation: Explanation | undefined;
  readonly moment: PointInHistory | undefined;
};

/** The messages between the command `probe` and its worker thread. Plain data. */
import type { ReplicaInfo } from '../../replicas/replica.js';
import type { ProbeExperiment, ProbePromise } from '../../reports/documents/probe-report.js';
import type { SubjectSpec } from '../subject/subject.js';

export interface ProbeJob {
  readonly subject: SubjectSpec;
}

export type ProbeMessage =
  | {
      readonly type: 'started';
      readonly replica: Pick<ReplicaInfo, 'name' | 'version'>;
      readonly target: string;
    }
  /** The experiment that starts now. */
  | { readonly type: 'progress'; readonly name: string; readonly done: number; readonly of: number }
  | { readonly type: 'experiment'; readonly experiment: ProbeExperiment }
  /** Sent after the last experiment. */
  | { readonly type: 'promises'; readonly promises: readonly ProbePromise[] };

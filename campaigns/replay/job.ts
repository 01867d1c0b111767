/** The messages between the command `replay` and its worker thread. Plain data. */
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import type { Explanation } from '../../harness/counterexamples/explain-failure.js';
import type { PointInHistory } from '../../harness/counterexamples/point-in-history.js';
import type { Replay } from '../../harness/counterexamples/replay.js';
import type { ReplicaInfo } from '../../replicas/replica.js';
import type { ReplicaName } from '../subject/replicas.js';
import type { SubjectSpec } from '../subject/subject.js';

export interface ReplayJob {
  readonly subject: SubjectSpec;
  readonly replica: ReplicaName;
  readonly counterexample: Counterexample;
  /** Names of layers, rules, and relations to judge; undefined: all that apply. */
  readonly rules: readonly string[] | undefined;
  /** Number of times to run the counterexample. */
  readonly times: number;
  /** Index of a step: the worker reports the state before that step. */
  readonly until: number | undefined;
}

export type ReplayMessage =
  | { readonly type: 'started'; readonly replica: Pick<ReplicaInfo, 'name' | 'version'> }
  | ({ readonly type: 'replayed' } & ReplayResult);

/** The result of one run of the counterexample. */
export type ReplayResult = Pick<Replay, 'outcome' | 'isSameTrace' | 'violation'> & {
  readonly traceHash: string;
  /** Set for the first run and for the first run that fails. */
  readonly explanation: Explanation | undefined;
  /** The state before step `until` of the first run. */
  readonly moment: PointInHistory | undefined;
};

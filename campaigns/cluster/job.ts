/** The messages between a process that works on a campaign and its threads. Plain data. */
import type { ProfileName } from '../../generators/profile.js';
import type { RunRange } from '../campaign/range.js';
import type { SubjectSpec } from '../subject/subject.js';

export interface ClusterThreadJob {
  readonly subject: SubjectSpec;
  readonly profile: ProfileName;
  readonly seed: number;
  /** Names of layers, rules, and relations to judge; undefined: all that apply. */
  readonly rules: readonly string[] | undefined;
}

/** To the thread. It executes one task after the other. */
export type ThreadTask =
  | { readonly type: 'range'; readonly range: RunRange }
  /** `failure` is the data of a `ShrinkInput`. */
  | { readonly type: 'shrink'; readonly failure: Uint8Array }
  | { readonly type: 'end' };

/** From the thread: the data of the results of a range, or of a `Shrunk`; or that it has none, because it was asked to stop. */
export type ThreadResult =
  | { readonly type: 'done'; readonly data: Uint8Array }
  | { readonly type: 'stopped' }
  /** One line that says why no machine can do the task. */
  | { readonly type: 'impossible'; readonly line: string };

/** A scenario is a fixed sequence of steps that is too long or too expensive to be part of every schedule. A few schedules have one. */
import type { Limits } from '../model/schedule.js';
import type { CallRules } from './call-rules.js';
import type { LaneStep, UploadContext } from './upload.js';

export interface Scenario {
  /** Length of the file in chunks. */
  readonly chunks: number;
  /** Added to the length of the file; may be negative. */
  readonly furtherBytes?: number;
  /** Limits that the scenario needs; they replace the drawn limits. */
  readonly limits?: Limits;
  /** If true, the schedule has no other uploads. */
  readonly isAlone: boolean;
  /**
   * If true, the schedule has three files of this length with random bytes: the file, another version of it under the same name, and
   * one under another name. Absent: one file of zeros.
   */
  readonly hasVersions?: true;
  readonly callersMin?: number;
  /** What the scenario needs besides the calls that the rules permit; default: nothing. */
  suits?(rules: CallRules): boolean;
  steps(context: UploadContext): LaneStep[];
}

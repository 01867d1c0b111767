/** What a comparison found. */
import type { Schedule } from '../../model/schedule.js';
import type { AcceptedDifference } from './accepted-differences.js';
import type { Difference } from './compare.js';

export interface SeenDifference extends AcceptedDifference {
  readonly schedules: number;
}

export interface DifferentialFinding {
  /** What it has in common with others of the same cause. */
  readonly fingerprint: string;
  /** Index of the first schedule. */
  readonly runIndex: number;
  /** Number of schedules with a first difference of this cause. */
  readonly schedules: number;
  readonly difference: Difference;
  readonly schedule: Schedule;
  /** Number of steps before shrinking. */
  readonly originalSteps: number;
}

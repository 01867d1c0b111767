/** What the minimiser and its passes share. */
import type { Schedule } from '../../model/schedule.js';

export interface Search {
  /** The simplest failing schedule so far. */
  readonly best: Schedule;
  /**
   * Proposes a schedule. It becomes the best if it is simpler than the best so far and fails in the same way.
   * @returns whether it became the best
   */
  attempt(candidate: Schedule): Promise<boolean>;
}

/** Proposes simplifications of one kind. A pass decides neither what counts as simpler nor what counts as a failure. */
export type Pass = (search: Search) => Promise<void>;

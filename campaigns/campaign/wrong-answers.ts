import type { Violation } from '../../harness/evidence/verdict.js';
import type { RunFailure } from './run-result.js';

/** A wrong answer of a run: the violation that shows it first, and all violations of the same event. */
export interface WrongAnswer {
  readonly violation: Violation;
  /** Empty if no single event is wrong; otherwise it includes `violation`. */
  readonly together: readonly Violation[];
}

/** Violations of one event are one wrong answer. */
export function wrongAnswers({ violations }: Pick<RunFailure, 'violations'>): readonly WrongAnswer[] {
  const seen = new Set<number>();
  return violations.flatMap((violation) => {
    const { event } = violation;
    if (event === undefined) return [{ violation, together: [] }];
    if (seen.has(event)) return [];
    seen.add(event);
    return [{ violation, together: violations.filter((one) => one.event === event) }];
  });
}

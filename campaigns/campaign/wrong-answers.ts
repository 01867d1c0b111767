import type { Violation } from '../../harness/evidence/verdict.js';
import type { RunFailure } from './run-result.js';

/** A wrong answer of a run: the violation that shows it first, and all violations of the same answer. */
export interface WrongAnswer {
  readonly violation: Violation;
  /** Empty if no single event is wrong; otherwise it includes `violation`. */
  readonly together: readonly Violation[];
}

/**
 * Violations of one event are one wrong answer, whose rules give it several names. Only an event that should have refused its caller, and
 * also the call of any caller, shows two: a stranger had access, and a check of the call is missing.
 */
export function wrongAnswers({ violations }: Pick<RunFailure, 'violations'>): readonly WrongAnswer[] {
  const seen = new Set<string>();
  return violations.flatMap((violation) => {
    const { event } = violation;
    if (event === undefined) return [{ violation, together: [] }];
    const answer = `${event} ${refusesCaller(violation)}`;
    if (seen.has(answer)) return [];
    seen.add(answer);
    return [{ violation, together: violations.filter((one) => isSameWrongAnswer(one, violation)) }];
  });
}

/** Whether both are violations of one event, by one wrong answer. */
export function isSameWrongAnswer(a: Violation, b: Violation): boolean {
  return a.event !== undefined && a.event === b.event && refusesCaller(a) === refusesCaller(b);
}

/** Answers that refuse a caller, whatever was asked. */
export const REFUSALS_OF_CALLERS: ReadonlySet<string> = new Set(['Unauthorized', 'Unauthenticated']);

function refusesCaller({ expectedKind }: Violation): boolean {
  return REFUSALS_OF_CALLERS.has(expectedKind);
}

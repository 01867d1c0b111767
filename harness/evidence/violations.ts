/** Builds violations, for checkers. */
import { operationText } from '../../model/operations.js';
import { resultText } from '../../model/explain.js';
import type { CallRecord } from '../history/calls.js';
import type { Rule } from './rules.js';
import type { Violation } from './verdict.js';

export interface CallViolation {
  /** What the answer had to be, without the operation. */
  readonly expected: string;
  /** Default: the answer of the call. */
  readonly seen?: string;
  /** Index of the first wrong event. Default: the end of the call. */
  readonly event?: number | undefined;
}

/** A rule that one call breaks. */
export function callViolation(
  { checker, text }: Rule,
  call: Pick<CallRecord, 'operation' | 'result' | 'ended'>,
  { expected, seen = answerText(call), event = call.ended }: CallViolation,
): Violation {
  const operation = operationText(call.operation);
  return {
    checker,
    rule: text,
    event,
    expected: `${operation}: ${expected}`,
    seen: `${operation}: ${seen}`,
  };
}

export function answerText({ result }: Pick<CallRecord, 'result'>): string {
  return result === undefined ? 'no answer' : resultText(result);
}

/** The violation with the earliest event. */
export function earliest(violations: readonly Violation[]): Violation | undefined {
  return violations.toSorted(byEvent)[0];
}

/** Earlier events first, then violations of the whole history. */
export function byEvent(a: Violation, b: Violation): number {
  const [eventOfA, eventOfB] = [a.event ?? Infinity, b.event ?? Infinity];
  return eventOfA === eventOfB ? 0 : eventOfA - eventOfB;
}

/** Builds violations, for checkers. */
import { operationText } from '../../model/operations.js';
import { resultText } from '../../model/explain.js';
import type { CallRecord } from '../history/calls.js';
import { answerKind } from './answer-kinds.js';
import { fingerprintOf } from './fingerprint.js';
import type { Rule } from './rules.js';
import type { Violation } from './verdict.js';

export interface CallViolation {
  /** What the answer had to be, without the operation. */
  readonly expected: string;
  /** See `Violation`. */
  readonly expectedKind: string;
  /** Default: the answer of the call. */
  readonly seen?: string;
  /** See `Violation`. Default: the kind of the answer of the call. */
  readonly seenKind?: string;
  /** Index of the first wrong event. Default: the end of the call. */
  readonly event?: number | undefined;
}

/** A rule that one call breaks. */
export function callViolation(
  rule: Rule,
  call: Pick<CallRecord, 'operation' | 'result' | 'ended'>,
  {
    expected,
    expectedKind,
    seen = answerText(call),
    seenKind = answerKind(call.result),
    event = call.ended,
  }: CallViolation,
): Violation {
  const operation = operationText(call.operation);
  return ruleViolation(rule, {
    operation: call.operation.op,
    expectedKind,
    seenKind,
    event,
    expected: `${operation}: ${expected}`,
    seen: `${operation}: ${seen}`,
  });
}

/** A rule that something other than one call breaks. */
export function ruleViolation(
  { layer, checker, text }: Rule,
  parts: Omit<Violation, 'layer' | 'checker' | 'rule'>,
): Violation {
  return { layer, checker, rule: text, ...parts };
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

/** The first violation of each kind: two of the same kind have the same fingerprint. */
export function firstOfEachKind(violations: readonly Violation[]): readonly Violation[] {
  const first = new Map<string, Violation>();
  for (const violation of violations.toSorted(byEvent)) {
    const kind = fingerprintOf(violation);
    if (!first.has(kind)) first.set(kind, violation);
  }
  return [...first.values()];
}

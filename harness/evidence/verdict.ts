/** What checkers conclude from a history. */
import type { Comparison } from './comparison.js';
import type { Schedule } from '../../model/schedule.js';
import type { History } from '../history/history.js';

/**
 * What a judgement rests on. `fact`: the history alone. `relation`: two runs of the same canister. `specification`: the model, which
 * predicts every answer.
 */
export const LAYERS = ['fact', 'relation', 'specification'] as const;
export type Layer = (typeof LAYERS)[number];

export interface Violation {
  readonly layer: Layer;
  /** Name of the checker or relation, e.g. `outcome`. */
  readonly checker: string;
  /** The rule that is broken, one sentence of `RULES`. */
  readonly rule: string;
  /** What behaves wrongly: the name of an operation (`put`), or of another subject (`upgrade`, `timer`, `heap`). */
  readonly operation: string;
  /** The kind of answer or behavior that the rule requires, without ids, numbers, and texts, e.g. `finished`. */
  readonly expectedKind: string;
  /** The kind that was seen, in the same words, e.g. `ChecksumMismatch`. */
  readonly seenKind: string;
  /** Index of the first wrong event in the history; `undefined` if no single event is wrong. */
  readonly event: number | undefined;
  readonly expected: string;
  readonly seen: string;
  /** Of a relation: both executions side by side. */
  readonly comparison?: Comparison;
  /** Of a relation: the execution that shows the wrong answer. */
  readonly shownBy?: WrongExecution;
}

/** An execution of which one answer is wrong. */
export interface WrongExecution {
  readonly schedule: Schedule;
  readonly history: History;
  /** Index of the event with the wrong answer. */
  readonly event: number | undefined;
  /** The kind of the wrong answer. */
  readonly seenKind: string;
}

/** `unknown`: no violation was found, but the search for a linearization ran out of budget. */
export type Verdict =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid'; readonly violations: readonly [Violation, ...Violation[]] }
  | { readonly kind: 'unknown'; readonly reason: string };

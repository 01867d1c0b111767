/** What a call must be answered with, by the promises and the ledger. */

export interface Expectation {
  readonly answer: 'success' | 'refusal';
  /** The kind of the refusal, in words that do not depend on the schedule; `success` for a success. */
  readonly kind: string;
  /** Why, as the end of a sentence: `because …`. */
  readonly because: string;
}

export function success(because: string): Expectation {
  return { answer: 'success', kind: 'success', because };
}

export function refusal(kind: string, because: string): Expectation {
  return { answer: 'refusal', kind, because };
}

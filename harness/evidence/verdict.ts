/** What checkers conclude from a history. */

export interface Violation {
  /** Name of the checker, e.g. `outcome`. */
  readonly checker: string;
  /** The rule that is broken, one sentence of `RULES`. */
  readonly rule: string;
  /** Index of the first wrong event in the history; `undefined` if no single event is wrong. */
  readonly event: number | undefined;
  readonly expected: string;
  readonly seen: string;
}

/** `unknown`: no violation was found, but the search for a linearization ran out of budget. */
export type Verdict =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid'; readonly violations: readonly [Violation, ...Violation[]] }
  | { readonly kind: 'unknown'; readonly reason: string };

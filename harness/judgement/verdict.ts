/** What checkers conclude from a History. */

export interface Violation {
  /** Name of the checker, e.g. `outcome`. */
  readonly checker: string;
  /** The rule that is broken, in words that name it, e.g. `finish answers Ok only if the hash matches`. */
  readonly rule: string;
  /** Index of the first wrong event in the History; undefined if only the whole is wrong (heap growth). */
  readonly event: number | undefined;
  readonly expected: string;
  readonly seen: string;
}

export type Verdict =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid'; readonly violations: readonly [Violation, ...Violation[]] }
  | { readonly kind: 'unknown'; readonly reason: string };

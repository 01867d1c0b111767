/** Values that the model knows only within bounds. */

/**
 * When something happened, in nanoseconds since 1970. `from` equals `to` if the replica reports when it executes each message;
 * otherwise the true time lies between them.
 */
export interface TimeSpan {
  readonly from: bigint;
  readonly to: bigint;
}

/** The bounds of a count. */
export interface CountSpan {
  readonly atLeast: number;
  readonly atMost: number;
}

/** The truth of a statement about a point in time that is known only as a `TimeSpan`. */
export type Certainty = 'yes' | 'no' | 'either';

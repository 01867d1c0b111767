import fc from 'fast-check';

/** A fault before its kind is known: numbers that each kind of fault interprets in its own way. */
export interface FaultDraw {
  /** Selects the kind, by the weights of the schedule's features. */
  readonly pick: number;
  /** Selects the upload that the fault affects, modulo their number. */
  readonly upload: number;
  /** Position in the lane, in permille. */
  readonly at: number;
  /** Selects a variant: an index, a wrong argument, and so on. */
  readonly detail: number;
}

export function faultArbitrary(): fc.Arbitrary<FaultDraw> {
  const number = (max: number) => fc.noShrink(fc.nat(max));
  return fc.record(
    { pick: number(0xffff), upload: number(63), at: number(999), detail: number(0xffff) },
    { noNullPrototype: true },
  );
}

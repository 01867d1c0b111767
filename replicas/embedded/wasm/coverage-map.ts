/** What coverage counts in a module. */

export interface BranchCoverage {
  /** Offset of the instruction in the module. */
  readonly offset: number;
  readonly kind: 'if' | 'br_if' | 'br_table';
  /** Counter of the arrivals; `undefined` for a `br_table`. */
  readonly arrivals: number | undefined;
  /** `if`: counter of the true outcome. `br_if`: counter of the branch not taken. `br_table`: one counter for each target. */
  readonly outcomes: readonly number[];
}

export interface FunctionCoverage {
  /** Index in the original module. */
  readonly index: number;
  /** Offsets of the body in the module. */
  readonly start: number;
  readonly end: number;
  /** Counters of the basic blocks. The first one counts the entries of the function. */
  readonly blocks: readonly number[];
  /** Offsets of the first instructions of the blocks in the module. */
  readonly offsets: readonly number[];
  readonly branches: readonly BranchCoverage[];
  /** The functions that it calls directly, by index in the original module. */
  readonly callees: readonly number[];
  /** Names of the methods and system entry points that it is exported as. */
  readonly exports: readonly string[];
  /** Whether an element segment or `ref.func` refers to it, so that it may be called through a table. */
  readonly isReferenced: boolean;
}

/** The counted parts of a module, in the order of its functions. */
export interface CoverageMap {
  readonly counters: number;
  readonly functions: readonly FunctionCoverage[];
}

/** How often each outcome of a branch happened. */
export function outcomeCounts(
  { arrivals, outcomes }: BranchCoverage,
  counts: ArrayLike<number>,
): readonly number[] {
  const own = outcomes.map((counter) => counts[counter] ?? 0);
  return arrivals === undefined ? own : [...own, (counts[arrivals] ?? 0) - (own[0] ?? 0)];
}

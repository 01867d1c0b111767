/** Exit codes of every command; docs/ARCHITECTURE.md has the table. */
export const EXIT = {
  /** All held. */
  ok: 0,
  /** A property violated, a mutant survived, a divergence, a failed upload. */
  violated: 1,
  /** Could not run: bad input, missing file or server, no permission. */
  couldNotRun: 2,
  /** `gate` found a regression. */
  regression: 3,
  /** Required states not reached. */
  statesMissing: 4,
  /** Interrupted with nothing found. */
  interrupted: 130,
} as const;

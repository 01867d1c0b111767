/** Exit codes of every command. docs/ARCHITECTURE.md contains the table. */
export const EXIT = {
  /** Everything held. */
  ok: 0,
  /** A rule was broken, a mutant survived, two replicas differ, or an upload failed. */
  violated: 1,
  /** The command could not run: bad input, missing file or server, no permission. */
  couldNotRun: 2,
  /** `gate` found a counter above its baseline. */
  regression: 3,
  /** An operation never succeeded, or with `run --require-coverage`, a declared state was never reached; or too little code was reached. */
  statesMissing: 4,
  /** Interrupted, and nothing was found. */
  interrupted: 130,
} as const;

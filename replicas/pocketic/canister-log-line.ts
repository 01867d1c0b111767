/** The line that the PocketIC server writes to stderr for each `debug_print` of a canister: `{time}: [Canister {id}] {text}`. */
export interface CanisterLogLine {
  /** In the server's format. */
  readonly time: string;
  readonly canister: string;
  readonly text: string;
}

const CANISTER_LINE = /^(.*?): \[Canister ([a-z0-9-]+)\] (.*)$/s;

/** Returns `undefined` for any other line. */
export function parseCanisterLogLine(line: string): CanisterLogLine | undefined {
  const [, time, canister, text] = CANISTER_LINE.exec(line) ?? [];
  return time === undefined || canister === undefined || text === undefined
    ? undefined
    : { time, canister, text };
}

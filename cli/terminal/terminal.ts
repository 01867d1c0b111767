/** Progress on stderr: a live line on a terminal, plain lines elsewhere. Results go to stdout. */
import { createLogUpdate } from 'log-update';
import pc from 'picocolors';

export type Colors = ReturnType<typeof pc.createColors>;

export interface Terminal {
  readonly colors: Colors;
  /** Replaces the live line. On a pipe it prints a line, but at most one every `plainEveryMs`. */
  live(text: string): void;
  /** Prints a line that stays. */
  line(text: string): void;
  /** Prints a line about the progress, which stays, unless the terminal is quiet. */
  note(text: string): void;
  /** Removes the live line. */
  clear(): void;
}

export interface TerminalOptions {
  readonly color: boolean | undefined;
  /** Suppresses everything about the progress. */
  readonly quiet?: boolean | undefined;
  readonly plainEveryMs?: number;
  readonly stream?: NodeJS.WriteStream;
}

/** `--no-color` takes precedence, then `NO_COLOR`, then `FORCE_COLOR`, then whether the stream is a terminal. */
export function wantsColor(
  option: boolean | undefined,
  stream: { readonly isTTY?: boolean },
  env = process.env,
): boolean {
  if (option === false || (env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  // An answer of undefined would leave the choice to picocolors, which colours everything on a CI service.
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

export function createTerminal({
  color,
  quiet = false,
  plainEveryMs = 10_000,
  stream = process.stderr,
}: TerminalOptions): Terminal {
  const colors = pc.createColors(wantsColor(color, stream));
  const isLive = stream.isTTY && process.env['CI'] === undefined && process.env['TERM'] !== 'dumb';
  const update = isLive ? createLogUpdate(stream) : undefined;
  let lastPlain = -Infinity;
  return {
    colors,
    live(text) {
      if (quiet) return;
      if (update !== undefined) {
        update(text);
      } else if (Date.now() - lastPlain >= plainEveryMs) {
        lastPlain = Date.now();
        stream.write(`${text}\n`);
      }
    },
    line(text) {
      update?.clear();
      stream.write(`${text}\n`);
    },
    note(text) {
      if (!quiet) this.line(text);
    },
    clear() {
      update?.clear();
    },
  };
}

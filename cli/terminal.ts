/** What a person sees: a live line on a terminal, plain lines elsewhere. Everything here goes to stderr; results go to stdout. */
import { createLogUpdate } from 'log-update';
import pc from 'picocolors';

export type Colors = ReturnType<typeof pc.createColors>;

export interface Terminal {
  readonly colors: Colors;
  /** Replace the live line; on a pipe, print it as a line, the first at once and then at most every `plainEveryMs`. */
  live(text: string): void;
  /** A line that stays. */
  line(text: string): void;
  /** Remove the live line. */
  clear(): void;
}

export interface TerminalOptions {
  readonly color: boolean | undefined;
  readonly quiet: boolean;
  readonly plainEveryMs?: number;
  readonly stream?: NodeJS.WriteStream;
}

/** `--no-color` wins, then `NO_COLOR` and `FORCE_COLOR`, then whether the stream is a terminal. */
export function wantsColor(
  option: boolean | undefined,
  stream: NodeJS.WriteStream,
  env = process.env,
): boolean {
  if (option === false || (env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return stream.isTTY && env['TERM'] !== 'dumb';
}

export function createTerminal({
  color,
  quiet,
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
    clear() {
      update?.clear();
    },
  };
}

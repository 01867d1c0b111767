/**
 * Runs code of a user's target. It must not end the program, and what it prints must not mix with the output of a command: it goes to
 * stderr, with a label.
 */
import { format } from 'node:util';

type Console = Pick<typeof console, 'log' | 'info' | 'debug' | 'table' | 'dir'>;

/** The target called `process.exit`. */
class ExitError extends Error {
  override readonly name = 'ExitError';
}

interface Replaced {
  readonly exit: typeof process.exit;
  /** `undefined` if the stream has the method of its class. */
  readonly write: PropertyDescriptor | undefined;
  readonly console: Console;
}

/** Calls that are under way. They may be nested, because a target may use another one. */
let depth = 0;
let replaced: Replaced | undefined;

function enter(): void {
  if (depth++ > 0) return;
  const { log, info, debug, table, dir } = console;
  replaced = {
    exit: process.exit.bind(process),
    write: Object.getOwnPropertyDescriptor(process.stdout, 'write'),
    console: { log, info, debug, table, dir },
  };
  process.exit = (code) => {
    throw new ExitError(`it calls process.exit(${code ?? ''})`);
  };
  process.stdout.write = (chunk: Uint8Array | string): boolean =>
    print(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
  const printFormatted = (...values: unknown[]): void => void print(format(...values));
  Object.assign(console, {
    log: printFormatted,
    info: printFormatted,
    debug: printFormatted,
    table: printFormatted,
    dir: printFormatted,
  });
}

function leave(): void {
  if (--depth > 0 || replaced === undefined) return;
  process.exit = replaced.exit;
  if (replaced.write === undefined) Reflect.deleteProperty(process.stdout, 'write');
  else Object.defineProperty(process.stdout, 'write', replaced.write);
  Object.assign(console, replaced.console);
  replaced = undefined;
}

function print(text: string): boolean {
  const lines = text.replace(/\n$/, '').split('\n');
  return process.stderr.write(lines.map((line) => `target: ${line}\n`).join(''));
}

/** @throws what `work` throws; an error if it calls `process.exit` */
export function isolated<T>(work: () => T): T {
  enter();
  try {
    return work();
  } finally {
    leave();
  }
}

/** @throws what `work` throws; an error if it calls `process.exit` */
export async function isolatedAsync<T>(work: () => Promise<T>): Promise<T> {
  enter();
  try {
    return await work();
  } finally {
    leave();
  }
}

/**
 * Starts and stops one PocketIC server.
 *
 * `@dfinity/pic` 0.16.1 could start it too, but it cannot name the binary, shares one port file among all processes with the
 * same parent (the second server sees the file and ends silently) and throws from an event handler when the spawn fails.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { ReplicaError } from '../replica.js';
import { parseCanisterLogLine, type CanisterLogLine } from './canister-log-line.js';
import { LineTail } from './line-tail.js';

export interface StartServerOptions {
  /** Path of the binary, see `findServer`. */
  readonly binary: string;
  /** How long the server may take until it listens. Default 60 s: a cold start reads 100 MB. */
  readonly startTimeoutMs?: number;
  /** The server ends by itself after so long without a request. Default 120 s; `keepAlive` refreshes it. */
  readonly ttlSeconds?: number;
  /** From SIGTERM to SIGKILL. Default 5 s. */
  readonly stopGraceMs?: number;
  /** What canisters print, as it comes. */
  readonly onCanisterLog?: (line: CanisterLogLine) => void;
}

export interface ServerProcess {
  /** `http://127.0.0.1:{port}`, no slash at the end. */
  readonly url: string;
  readonly pid: number;
  /** The last lines of stderr, oldest first. */
  lastErrors(): readonly string[];
  /** SIGTERM, then SIGKILL after the grace; resolves when the process is gone. Idempotent. */
  stop(): Promise<void>;
}

const POLL_INTERVAL_MS = 20;
const ERROR_LINES_SHOWN = 12;

type Child = ReturnType<typeof launch>;

function launch(binary: string, args: readonly string[], stopGraceMs: number) {
  // `cleanup` (the default) ends the child with this process; the ttl ends it when this process is killed outright.
  return execa(binary, args, {
    buffer: false,
    reject: false,
    stdin: 'ignore',
    forceKillAfterDelay: stopGraceMs,
  });
}

/** Throws ReplicaError when the server dies or stays silent; nothing is left running then. */
export async function startServer(options: StartServerOptions): Promise<ServerProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'upload-stress-pocketic-'));
  const portFile = path.join(folder, 'server.port');
  const ttlSeconds = options.ttlSeconds ?? 120;
  const args = ['--port-file', portFile, '--ttl', String(ttlSeconds)];
  const child = launch(options.binary, args, options.stopGraceMs ?? 5000);
  const errors = drain(child, options.onCanisterLog);
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= end(child, folder));
  try {
    const port = await waitForPort(child, portFile, options.startTimeoutMs ?? 60_000);
    return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? -1, lastErrors: () => errors.last(), stop };
  } catch (error) {
    await stop();
    throw new ReplicaError(startFailure(options.binary, error as Error, errors));
  }
}

/** Reads both pipes for ever: stdout is the server's own log and is dropped, stderr is kept in part. */
function drain(child: Child, onCanisterLog: ((line: CanisterLogLine) => void) | undefined): LineTail {
  const errors = new LineTail({
    onLine: (line) => {
      const parsed = onCanisterLog && parseCanisterLogLine(line);
      if (parsed) onCanisterLog(parsed);
    },
  });
  child.stdout.resume();
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => errors.push(text));
  return errors;
}

async function waitForPort(child: Child, portFile: string, timeoutMs: number): Promise<number> {
  const deadline = performance.now() + timeoutMs;
  const ended = child.then((result) => {
    if (result.exitCode === undefined && result.signal === undefined) {
      throw new Error(
        `could not be started: ${result.originalMessage ?? result.shortMessage ?? 'unknown cause'}`,
      );
    }
    const how = result.signal === undefined ? `with code ${result.exitCode}` : `by ${result.signal}`;
    throw new Error(`ended ${how} before it listened`);
  });
  // The race below may finish first; the child's end is then nobody's concern here.
  ended.catch(() => undefined);
  while (performance.now() < deadline) {
    const port = await readPort(portFile);
    if (port !== undefined) return port;
    await Promise.race([ended, delay(POLL_INTERVAL_MS)]);
  }
  throw new Error(`did not listen within ${timeoutMs} ms`);
}

/** The server creates the file at once and writes `{port}\n` when it listens: without the newline it may be half a number. */
async function readPort(portFile: string): Promise<number | undefined> {
  const text = await readFile(portFile, 'utf8').catch(() => '');
  const digits = /^(\d{1,5})\n/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

async function end(child: Child, folder: string): Promise<void> {
  // execa sends SIGKILL when `forceKillAfterDelay` has passed after this.
  child.kill('SIGTERM');
  await child;
  await rm(folder, { recursive: true, force: true });
}

function startFailure(binary: string, error: Error, errors: LineTail): string {
  const lines = errors.last(ERROR_LINES_SHOWN);
  const said =
    lines.length === 0 ? 'It wrote nothing to stderr.' : `The last lines of its stderr:\n${lines.join('\n')}`;
  return `the PocketIC server ${binary} ${error.message}. ${said}`;
}

/**
 * Starts and stops one PocketIC server.
 *
 * It does not use `@dfinity/pic` 0.16.1, which cannot select the binary, shares one port file between all processes with the same
 * parent (the second server finds the file and exits silently), and throws in an event handler if the spawn fails.
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
  /** Time limit until the server listens. Default 60 s, because a cold start reads 100 MB. */
  readonly startTimeoutMs?: number;
  /** The server exits after this time without a request. Default 120 s. */
  readonly ttlSeconds?: number;
  /** Time from SIGTERM to SIGKILL. Default 5 s. */
  readonly stopGraceMs?: number;
  /** Called for every line that a canister prints. */
  readonly onCanisterLog?: (line: CanisterLogLine) => void;
}

export interface ServerProcess {
  /** `http://127.0.0.1:{port}`, without a trailing slash. */
  readonly url: string;
  readonly pid: number;
  /** The last lines of stderr, oldest first. */
  lastErrors(): readonly string[];
  /** Sends SIGTERM, and SIGKILL after the grace. Resolves when the process has exited. Idempotent. */
  stop(): Promise<void>;
}

const POLL_INTERVAL_MS = 20;
const ERROR_LINES_SHOWN = 12;

type Child = ReturnType<typeof launch>;

function launch(binary: string, args: readonly string[], stopGraceMs: number) {
  // A process group of its own: Ctrl-C in a terminal would end the server's helpers, and a message under way would never be answered.
  const child = execa(binary, args, {
    buffer: false,
    reject: false,
    stdin: 'ignore',
    forceKillAfterDelay: stopGraceMs,
    detached: true,
  });
  // If this process is killed by a signal, the child exits after its ttl.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  void child.then(() => process.off('exit', kill));
  return child;
}

/** @throws {ReplicaError} if the server exits or does not listen in time; then no process is left running */
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

/** Reads both pipes to their end, because a full pipe stops the server. Drops stdout, the server's log, and keeps the end of stderr. */
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
    const how =
      result.signal === undefined ? `with code ${result.exitCode ?? 'unknown'}` : `on ${result.signal}`;
    throw new Error(`exited ${how} before it listened`);
  });
  // If the race below finishes first, nothing else handles this rejection.
  ended.catch(() => undefined);
  while (performance.now() < deadline) {
    const port = await readPort(portFile);
    if (port !== undefined) return port;
    await Promise.race([ended, delay(POLL_INTERVAL_MS)]);
  }
  throw new Error(`did not listen within ${timeoutMs} ms`);
}

/** The server creates the file first and writes `{port}\n` when it listens. Without the newline the number may be incomplete. */
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
  const output =
    lines.length === 0 ? 'It wrote nothing to stderr.' : `The last lines of its stderr:\n${lines.join('\n')}`;
  return `the PocketIC server ${binary} ${error.message}. ${output}`;
}

/**
 * Finds the PocketIC server binary: `POCKET_IC_BIN`, the folder of the `@dfinity/pic` package, `PATH`, in that order.
 *
 * Every place that was looked at is reported with the reason why it was passed over, because "not found" alone sends
 * people to the wrong place: a binary that was renamed on download, or that lost its executable bit, looks installed.
 */
import { access, constants, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { execa } from 'execa';
import which from 'which';
import { ReplicaError } from '../replica.js';

/** The server refuses to start under any other name (`rs/pocket_ic_server/src/main.rs`). */
export const SERVER_NAMES = ['pocket-ic', 'pocket-ic-server'] as const;

/**
 * How the server of this project, which speaks the same protocol and can stand in the place of the binary, begins the answer to
 * `--version`. It is the embedded engine: to take it for the reference would confirm the engine by itself.
 */
const STAND_IN_NAME = 'upload-stress-server';

/** A cold start of the 100 MB binary takes seconds on a slow disk. */
const VERSION_TIMEOUT_MS = 15_000;

export type ServerSource = 'POCKET_IC_BIN' | '@dfinity/pic' | 'PATH';

/** A place that holds no usable server, and why. `path` is undefined where there was nothing to look at. */
export interface RejectedPlace {
  readonly source: ServerSource;
  readonly path: string | undefined;
  readonly reason: string;
}

export interface FoundServer {
  readonly source: ServerSource;
  readonly path: string;
  /** As printed by `--version`, e.g. `10.0.0`. */
  readonly version: string;
}

export interface ServerSearch {
  readonly found: FoundServer | undefined;
  readonly rejected: readonly RejectedPlace[];
}

export interface FindServerOptions {
  /** Default: `process.env`. Read: `POCKET_IC_BIN`, `PATH`. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: the installed `@dfinity/pic` package. Undefined when it is not installed. */
  readonly packageFolder?: string | undefined;
  readonly versionTimeoutMs?: number;
}

/** Where `@dfinity/pic` expects its server, and where `installServer` puts it. Undefined when the package is missing. */
export function picPackageFolder(): string | undefined {
  try {
    return path.dirname(createRequire(import.meta.url).resolve('@dfinity/pic/package.json'));
  } catch {
    return undefined;
  }
}

/** Never throws: what goes wrong with a place is its reason. */
export async function findServer(options: FindServerOptions = {}): Promise<ServerSearch> {
  const env = options.env ?? process.env;
  const packageFolder = 'packageFolder' in options ? options.packageFolder : picPackageFolder();
  const rejected: RejectedPlace[] = [];
  for (const { source, path: place, missing } of await candidates(env, packageFolder)) {
    if (place === undefined) {
      rejected.push({ source, path: undefined, reason: missing });
      continue;
    }
    const reason = await unusable(place);
    if (reason !== undefined) {
      rejected.push({ source, path: place, reason });
      continue;
    }
    const answer = await askVersion(place, options.versionTimeoutMs ?? VERSION_TIMEOUT_MS);
    if ('version' in answer && !answer.isStandIn) {
      return { found: { source, path: place, version: answer.version }, rejected };
    }
    const why = 'reason' in answer ? answer.reason : `not PocketIC but its stand-in: ${answer.version}`;
    rejected.push({ source, path: place, reason: why });
  }
  return { found: undefined, rejected };
}

interface Candidate {
  readonly source: ServerSource;
  readonly path: string | undefined;
  /** Said when there is no path. */
  readonly missing: string;
}

async function candidates(env: NodeJS.ProcessEnv, packageFolder: string | undefined): Promise<Candidate[]> {
  const chosen = env['POCKET_IC_BIN'];
  const list: Candidate[] = [
    {
      source: 'POCKET_IC_BIN',
      path: chosen === undefined || chosen === '' ? undefined : path.resolve(chosen),
      missing: 'not set',
    },
    {
      source: '@dfinity/pic',
      path: packageFolder === undefined ? undefined : path.join(packageFolder, 'pocket-ic'),
      missing: 'the package is not installed',
    },
  ];
  for (const name of SERVER_NAMES) {
    const place = await which(name, { nothrow: true, path: env['PATH'] ?? '' });
    list.push({ source: 'PATH', path: place ?? undefined, missing: `no ${name} on PATH` });
  }
  return list;
}

/** Why this path cannot be started; undefined when it can. */
async function unusable(place: string): Promise<string | undefined> {
  const name = path.basename(place);
  if (!(SERVER_NAMES as readonly string[]).includes(name)) {
    return `wrong name: the server starts only as ${SERVER_NAMES.join(' or ')}, this is ${JSON.stringify(name)}`;
  }
  try {
    if (!(await stat(place)).isFile()) return 'not a file';
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : `cannot be read (${code ?? String(error)})`;
  }
  try {
    await access(place, constants.X_OK);
  } catch {
    return `not executable (chmod +x ${place})`;
  }
  return undefined;
}

type VersionAnswer = { readonly version: string; readonly isStandIn: boolean } | { readonly reason: string };

async function askVersion(place: string, timeoutMs: number): Promise<VersionAnswer> {
  const result = await execa(place, ['--version'], {
    timeout: timeoutMs,
    forceKillAfterDelay: 500,
    reject: false,
    stdin: 'ignore',
    maxBuffer: 10_000,
  });
  if (result.timedOut) return { reason: `did not answer --version within ${timeoutMs} ms` };
  if (result.exitCode === undefined)
    return { reason: `does not start: ${result.shortMessage ?? 'no exit code'}` };
  if (result.exitCode !== 0) return { reason: `--version ended with code ${result.exitCode}` };
  const [line = ''] = String(result.stdout).split('\n');
  if (line.startsWith(STAND_IN_NAME)) return { version: line, isStandIn: true };
  const version = /\b(\d+\.\d+\.\d+\S*)/.exec(line)?.[1];
  if (version !== undefined) return { version, isStandIn: false };
  return { reason: `--version printed no version: ${JSON.stringify(line.slice(0, 80))}` };
}

/** The version of a binary that somebody named. Throws ReplicaError, with the reason, when it cannot be the server. */
export async function serverVersion(place: string): Promise<string> {
  const reason = await unusable(place);
  const answer = reason === undefined ? await askVersion(place, VERSION_TIMEOUT_MS) : { reason };
  if ('version' in answer) return answer.version;
  throw new ReplicaError(`${place} is not a usable PocketIC server: ${answer.reason}`);
}

/** One line per place, for error messages and the doctor. */
export function describeRejected(rejected: readonly RejectedPlace[]): string[] {
  return rejected.map(({ source, path: place, reason }) =>
    place === undefined ? `${source}: ${reason}` : `${source}: ${place}: ${reason}`,
  );
}

/**
 * Finds the PocketIC server binary in `POCKET_IC_BIN`, in the folder of the `@dfinity/pic` package, and on `PATH`, in that order.
 *
 * The search reports every rejected place with the reason. "Not found" alone would mislead: a binary that was renamed on download, or
 * that lost its executable bit, looks installed.
 */
import { access, constants, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { execa } from 'execa';
import which from 'which';
import { ReplicaError } from '../replica.js';

/** The server does not start under any other name (`rs/pocket_ic_server/src/main.rs`). */
export const SERVER_NAMES = ['pocket-ic', 'pocket-ic-server'] as const;

/**
 * The start of the `--version` output of this project's own server (`servers/pocketic`), which can replace the binary. The search
 * rejects it: it runs the embedded engine, which would then be compared with itself.
 */
const STAND_IN_NAME = 'upload-stress-server';

/** With this variable, that server states the version of a PocketIC server. The search must not be misled. */
const STATED_VERSION = 'UPLOAD_STRESS_POCKET_IC_VERSION';

/** A cold start of the binary (100 MB) takes seconds on a slow disk. */
const VERSION_TIMEOUT_MS = 15_000;

export type ServerSource = 'POCKET_IC_BIN' | '@dfinity/pic' | 'PATH';

/** A place without a usable server. `path` is `undefined` if the place does not exist, such as a variable that is not set. */
export interface RejectedPlace {
  readonly source: ServerSource;
  readonly path: string | undefined;
  readonly reason: string;
}

export interface FoundServer {
  readonly source: ServerSource;
  readonly path: string;
  /** The output of `--version`, for example `10.0.0`. */
  readonly version: string;
}

export interface ServerSearch {
  readonly found: FoundServer | undefined;
  readonly rejected: readonly RejectedPlace[];
}

export interface FindServerOptions {
  /** Default: `process.env`. The variables `POCKET_IC_BIN` and `PATH` are read. */
  readonly env?: NodeJS.ProcessEnv;
  /** Folders of installed `@dfinity/pic` packages. Default: see `picPackageFolders`. */
  readonly packageFolders?: readonly string[];
  readonly versionTimeoutMs?: number;
}

/**
 * Returns the folders of `@dfinity/pic` as seen from the working folder and from this package. That library expects its server there.
 * Empty if the package is not installed.
 */
export function picPackageFolders(workingFolder: string = process.cwd()): readonly string[] {
  const origins = [path.join(workingFolder, 'package.json'), import.meta.url];
  const folders = origins.flatMap((origin) => {
    try {
      return [path.dirname(createRequire(origin).resolve('@dfinity/pic/package.json'))];
    } catch {
      return [];
    }
  });
  return [...new Set(folders)];
}

/** Never rejects: every problem becomes the reason of a rejected place. */
export async function findServer(options: FindServerOptions = {}): Promise<ServerSearch> {
  const env = options.env ?? process.env;
  const packageFolders = options.packageFolders ?? picPackageFolders();
  const rejected: RejectedPlace[] = [];
  for (const { source, path: place, missing } of await candidates(env, packageFolders)) {
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
    const why =
      'reason' in answer ? answer.reason : `not the PocketIC server but its replacement: ${answer.version}`;
    rejected.push({ source, path: place, reason: why });
  }
  return { found: undefined, rejected };
}

interface Candidate {
  readonly source: ServerSource;
  readonly path: string | undefined;
  /** The reason if there is no path. */
  readonly missing: string;
}

async function candidates(env: NodeJS.ProcessEnv, packageFolders: readonly string[]): Promise<Candidate[]> {
  const chosen = env['POCKET_IC_BIN'];
  const list: Candidate[] = [
    {
      source: 'POCKET_IC_BIN',
      path: chosen === undefined || chosen === '' ? undefined : path.resolve(chosen),
      missing: 'not set',
    },
  ];
  // `undefined` stands for the package that is not installed.
  for (const folder of packageFolders.length > 0 ? packageFolders : [undefined]) {
    list.push({
      source: '@dfinity/pic',
      path: folder === undefined ? undefined : path.join(folder, 'pocket-ic'),
      missing: 'the package is not installed',
    });
  }
  for (const name of SERVER_NAMES) {
    const place = await which(name, { nothrow: true, path: env['PATH'] ?? '' });
    list.push({ source: 'PATH', path: place ?? undefined, missing: `no ${name} on PATH` });
  }
  return list;
}

/** Returns why this path cannot be started, or `undefined` if it can. */
async function unusable(place: string): Promise<string | undefined> {
  const name = path.basename(place);
  if (!(SERVER_NAMES as readonly string[]).includes(name)) {
    return `wrong name ${JSON.stringify(name)}: the server starts only as ${SERVER_NAMES.join(' or ')}`;
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
    env: { [STATED_VERSION]: undefined },
  });
  if (result.timedOut) return { reason: `did not answer --version within ${timeoutMs} ms` };
  if (result.exitCode === undefined)
    return { reason: `does not start: ${result.shortMessage ?? 'no exit code'}` };
  if (result.exitCode !== 0) return { reason: `--version exited with code ${result.exitCode}` };
  const [line = ''] = result.stdout.split('\n');
  if (line.startsWith(STAND_IN_NAME)) return { version: line, isStandIn: true };
  const version = /\b(\d+\.\d+\.\d+\S*)/.exec(line)?.[1];
  if (version !== undefined) return { version, isStandIn: false };
  return { reason: `--version printed no version: ${JSON.stringify(line.slice(0, 80))}` };
}

/** Returns the version of a given binary. @throws {ReplicaError} with the reason, if it cannot be the server */
export async function serverVersion(place: string): Promise<string> {
  const reason = await unusable(place);
  const answer = reason === undefined ? await askVersion(place, VERSION_TIMEOUT_MS) : { reason };
  if ('version' in answer) return answer.version;
  throw new ReplicaError(`${place} is not a usable PocketIC server: ${answer.reason}`);
}

/** Returns one line per place, for error messages and `upload-stress doctor`. */
export function describeRejected(rejected: readonly RejectedPlace[]): string[] {
  return rejected.map(({ source, path: place, reason }) =>
    place === undefined ? `${source}: ${reason}` : `${source}: ${place}: ${reason}`,
  );
}

/**
 * Downloads the PocketIC server to the place where `findServer` looks.
 *
 * The postinstall script of `@dfinity/pic` does it without status check, timeout or checksum, and leaves a broken file that
 * looks installed when the download fails half way. Here the file appears under its name only when it is whole.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { setTimeout as delay } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';

export interface InstallOptions {
  /** Of the gzip file. Redirects are followed. */
  readonly url: string;
  /** Path of the executable to write; its folder is made. */
  readonly target: string;
  /** Expected SHA-256 of the gzip file, hex. Undefined: not compared. */
  readonly sha256?: string | undefined;
  /** Default 4. */
  readonly attemptsMax?: number;
  /** Before the second attempt; doubles each time. Default 1 s. */
  readonly backoffMs?: number;
  /** Bound on everything. Default 15 minutes. */
  readonly timeoutMs?: number;
  /** One line per event. */
  readonly onProgress?: (line: string) => void;
}

export interface Installed {
  readonly target: string;
  /** SHA-256 of the gzip file, hex. */
  readonly sha256: string;
  /** Size of the executable. */
  readonly bytes: number;
}

/** The server was not installed; nothing was left behind. */
export class InstallError extends Error {
  override readonly name = 'InstallError';
  /** Whether another attempt could succeed. */
  readonly passing: boolean;

  constructor(
    message: string,

    passing: boolean,
  ) {
    super(message);
    this.passing = passing;
  }
}

/** Throws InstallError. A file that is already at the target stays as it is until the new one is whole. */
export async function installServer(options: InstallOptions): Promise<Installed> {
  const attemptsMax = options.attemptsMax ?? 4;
  const deadline = AbortSignal.timeout(options.timeoutMs ?? 15 * 60_000);
  const say = options.onProgress ?? (() => undefined);
  for (let attempt = 1; ; attempt++) {
    try {
      return await download(options, deadline);
    } catch (caught) {
      const error = toInstallError(caught, options.url, deadline);
      if (!error.passing || attempt >= attemptsMax) throw error;
      const waitMs = (options.backoffMs ?? 1000) * 2 ** (attempt - 1);
      say(`${error.message}; attempt ${attempt + 1} of ${attemptsMax} in ${waitMs} ms`);
      await delay(waitMs, undefined, { signal: deadline }).catch(() => {
        throw error;
      });
    }
  }
}

async function download(options: InstallOptions, signal: AbortSignal): Promise<Installed> {
  const { url, target } = options;
  const response = await fetch(url, { redirect: 'follow', signal });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw statusError(response.status, url);
  }
  await mkdir(path.dirname(target), { recursive: true });
  const partial = `${target}.${process.pid}.partial`;
  const hash = createHash('sha256');
  let bytes = 0;
  const tap = (onChunk: (chunk: Buffer) => void): Transform =>
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        onChunk(chunk);
        done(null, chunk);
      },
    });
  try {
    await pipeline(
      Readable.fromWeb(response.body as ReadableStream<Uint8Array>),
      tap((chunk) => hash.update(chunk)),
      createGunzip(),
      tap((chunk) => (bytes += chunk.length)),
      createWriteStream(partial, { flush: true }),
      { signal },
    );
    const sha256 = hash.digest('hex');
    compare(sha256, options.sha256, url);
    await chmod(partial, 0o755);
    await rename(partial, target);
    return { target, sha256, bytes };
  } finally {
    await rm(partial, { force: true });
  }
}

function statusError(status: number, url: string): InstallError {
  const passing = status >= 500 || status === 408 || status === 429;
  return new InstallError(`${url} answered ${status}`, passing);
}

function compare(sha256: string, expected: string | undefined, url: string): void {
  if (expected === undefined || sha256 === expected.toLowerCase()) return;
  throw new InstallError(
    `${url} has SHA-256 ${sha256}, expected ${expected.toLowerCase()}: not installed`,
    false,
  );
}

/** Names the innermost cause: `fetch failed` and `terminated` alone tell nothing. */
function toInstallError(caught: unknown, url: string, deadline: AbortSignal): InstallError {
  if (caught instanceof InstallError) return caught;
  if (deadline.aborted) return new InstallError(`${url} was not downloaded in time`, false);
  const causes: string[] = [];
  for (let at: unknown = caught; at instanceof Error; at = at.cause) {
    causes.push((at as NodeJS.ErrnoException).code ?? at.message);
  }
  const code = (caught as NodeJS.ErrnoException).code ?? '';
  // What the local disk refuses it will refuse again.
  const passing = !['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EEXIST', 'EISDIR', 'ENOTDIR'].includes(code);
  return new InstallError(`${url} could not be installed: ${causes.join(': ') || String(caught)}`, passing);
}

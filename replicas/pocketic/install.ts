/**
 * Downloads the PocketIC server.
 *
 * The postinstall script of `@dfinity/pic` has no status check, timeout, or checksum, and a failed download leaves a broken file that
 * looks installed. This installer gives the file its name only after the download is complete.
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
import { describeCauses } from './error-causes.js';

export interface InstallOptions {
  /** URL of the gzip file. Redirects are followed. */
  readonly url: string;
  /** Path of the executable. Its folder is created. */
  readonly target: string;
  /** Expected SHA-256 of the gzip file in hex. `undefined`: not checked. */
  readonly sha256?: string | undefined;
  /** Default 4. */
  readonly attemptsMax?: number;
  /** Wait before the second attempt. It doubles before each further attempt. Default 1 s. */
  readonly backoffMs?: number;
  /** Time limit of all attempts together. Default 15 minutes. */
  readonly timeoutMs?: number;
  /** Called with one line for each failed attempt. */
  readonly onProgress?: (line: string) => void;
}

export interface Installed {
  readonly target: string;
  /** SHA-256 of the gzip file in hex. */
  readonly sha256: string;
  /** Size of the executable in bytes. */
  readonly bytes: number;
}

/** The server was not installed. No partial file remains. */
export class InstallError extends Error {
  override readonly name = 'InstallError';
  /** True if another attempt may succeed. */
  readonly isTransient: boolean;

  constructor(message: string, isTransient: boolean) {
    super(message);
    this.isTransient = isTransient;
  }
}

/** Replaces an existing file only after the download is complete. @throws {InstallError} */
export async function installServer(options: InstallOptions): Promise<Installed> {
  const attemptsMax = options.attemptsMax ?? 4;
  const deadline = AbortSignal.timeout(options.timeoutMs ?? 15 * 60_000);
  const report = options.onProgress ?? (() => undefined);
  for (let attempt = 1; ; attempt++) {
    try {
      return await download(options, deadline);
    } catch (caught) {
      const error = toInstallError(caught, options.url, deadline);
      if (!error.isTransient || attempt >= attemptsMax) throw error;
      const waitMs = (options.backoffMs ?? 1000) * 2 ** (attempt - 1);
      report(`${error.message}; attempt ${attempt + 1} of ${attemptsMax} starts in ${waitMs} ms`);
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
    checkHash(sha256, options.sha256, url);
    await chmod(partial, 0o755);
    await rename(partial, target);
    return { target, sha256, bytes };
  } finally {
    await rm(partial, { force: true });
  }
}

function statusError(status: number, url: string): InstallError {
  const isTransient = status >= 500 || status === 408 || status === 429;
  return new InstallError(`${url} answered ${status}`, isTransient);
}

function checkHash(sha256: string, expected: string | undefined, url: string): void {
  if (expected === undefined || sha256 === expected.toLowerCase()) return;
  throw new InstallError(
    `${url} has SHA-256 ${sha256}, expected ${expected.toLowerCase()}: not installed`,
    false,
  );
}

function toInstallError(caught: unknown, url: string, deadline: AbortSignal): InstallError {
  if (caught instanceof InstallError) return caught;
  if (deadline.aborted) return new InstallError(`${url} was not downloaded in time`, false);
  const code = (caught as NodeJS.ErrnoException).code ?? '';
  // An error of the local disk occurs again.
  const isTransient = !['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EEXIST', 'EISDIR', 'ENOTDIR'].includes(code);
  return new InstallError(`${url} could not be installed: ${describeCauses(caught)}`, isTransient);
}

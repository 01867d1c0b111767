/**
 * Sources of the bytes of an upload: a file, which is read piece by piece, or bytes in memory.
 */
import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { basename } from 'node:path';

export interface ByteSource {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Modification time in nanoseconds since 1970, or 0 if it is unknown. */
  readonly modifiedAtNs: bigint;
  /**
   * A text that identifies the bytes, also in another process. An upload is resumed by it. For a file, it consists of the path,
   * the size, and the modification time.
   */
  readonly identity: string;
  /**
   * Reads exactly `length` bytes from `offset` into a new buffer.
   * @throws {SourceError}
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** @throws {SourceError} `changed`, if the bytes changed since the source was opened */
  checkUnchanged(): Promise<void>;
  close(): Promise<void>;
}

/** `unreadable`: the source cannot be opened or read. `changed`: it changed since it was opened. */
export class SourceError extends Error {
  override readonly name = 'SourceError';

  readonly reason: 'unreadable' | 'changed';

  constructor(reason: 'unreadable' | 'changed', message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * Opens a file as a source. The caller must close it.
 * @throws {SourceError} if the file does not exist, is not a regular file, or is not readable
 */
export async function openFileSource(path: string): Promise<ByteSource> {
  let handle: FileHandle | undefined;
  try {
    // Checked before opening, because opening a pipe waits for a writer.
    if (!(await stat(path)).isFile()) throw new SourceError('unreadable', `${path} is not a regular file`);
    handle = await open(path, 'r');
    const first = await handle.stat({ bigint: true });
    if (!first.isFile()) throw new SourceError('unreadable', `${path} is not a regular file`);
    return new FileSource(handle, path, await realpath(path), first);
  } catch (error) {
    await handle?.close();
    throw error instanceof SourceError ? error : unreadable(path, error);
  }
}

type Stat = Awaited<ReturnType<typeof statBig>>;
const statBig = (path: string) => stat(path, { bigint: true });

function unreadable(path: string, error: unknown): SourceError {
  return new SourceError('unreadable', `cannot read ${path}: ${(error as Error).message}`, { cause: error });
}

class FileSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly modifiedAtNs: bigint;
  readonly identity: string;

  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #first: Stat;

  constructor(handle: FileHandle, path: string, realPath: string, first: Stat) {
    this.#handle = handle;
    this.#path = path;
    this.#first = first;

    this.name = basename(path);
    this.size = Number(first.size);
    this.modifiedAtNs = first.mtimeNs;
    this.identity = `file:${realPath}:${first.size}:${first.mtimeNs}`;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#handle
        .read(bytes, filled, length - filled, offset + filled)
        .catch((error: unknown) => {
          throw unreadable(this.#path, error);
        });
      if (bytesRead === 0) {
        const now = offset + filled;
        throw new SourceError('changed', `${this.#path} ends at ${now} B and had ${this.size} B`);
      }
      filled += bytesRead;
    }
    return bytes;
  }

  /** Checks the open file, and the file that now has its path: a replaced file has changed too. */
  async checkUnchanged(): Promise<void> {
    const held = await this.#handle.stat({ bigint: true });
    const named = await statBig(this.#path).catch(() => null);
    const what = difference(this.#first, held) ?? (named === null ? 'was removed' : this.#replaced(named));
    if (what !== null) throw new SourceError('changed', `${this.#path} ${what} while it was uploaded`);
    const { bytesRead } = await this.#handle.read(new Uint8Array(1), 0, 1, this.size);
    if (bytesRead > 0) {
      // Files in /proc report a size of 0 bytes, but have content.
      throw new SourceError(
        'unreadable',
        `${this.#path} has more than the ${this.size} B that it says it has`,
      );
    }
  }

  #replaced(named: Stat): string | null {
    return named.ino === this.#first.ino && named.dev === this.#first.dev ? null : 'was replaced';
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function difference(before: Stat, now: Stat): string | null {
  if (now.size !== before.size) return `went from ${before.size} B to ${now.size} B`;
  return now.mtimeNs === before.mtimeNs ? null : 'was written to';
}

export interface BytesSourceOptions {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly modifiedAtNs?: bigint;
  /** A text that distinguishes equal bytes, such as the identity of the original of a derivative. */
  readonly belongsTo?: string;
}

/** Creates a source of bytes in memory. The caller must not change them. Their identity contains their SHA-256. */
export function bytesSource({
  bytes,
  name,
  modifiedAtNs = 0n,
  belongsTo = '',
}: BytesSourceOptions): ByteSource {
  return {
    name,
    size: bytes.length,
    modifiedAtNs,
    identity: `bytes:${createHash('sha256').update(bytes).digest('hex')}:${belongsTo}`,
    read: async (offset, length) => {
      const piece = bytes.slice(offset, offset + length);
      if (piece.length !== length)
        throw new SourceError('changed', `${name} has no ${length} B at ${offset}`);
      return Uint8Array.from(piece);
    },
    checkUnchanged: async () => undefined,
    close: async () => undefined,
  };
}

/** Blobs that clients upload once and refer to by their hash in later requests. */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

export interface Blob {
  readonly data: Uint8Array;
  readonly gzip: boolean;
}

/** Limit of the kept blobs in bytes. Above it, the oldest are dropped. A client uses a blob right after it uploads it. */
const BLOB_BYTES_MAX = 1024 ** 3;

export class Blobstore {
  /** By id, oldest first. */
  readonly #blobs = new Map<string, Blob>();
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number = BLOB_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** Returns the id: the SHA-256 of the uploaded bytes in hex. */
  put(blob: Blob): string {
    const id = createHash('sha256').update(blob.data).digest('hex');
    this.#drop(id);
    this.#blobs.set(id, blob);
    this.#bytes += blob.data.length;
    for (const oldest of this.#blobs.keys()) {
      if (this.#bytes <= this.#bytesMax || oldest === id) break;
      this.#drop(oldest);
    }
    return id;
  }

  #drop(id: string): void {
    this.#bytes -= this.#blobs.get(id)?.data.length ?? 0;
    this.#blobs.delete(id);
  }

  get(id: string): Blob | undefined {
    return this.#blobs.get(id);
  }

  clear(): void {
    this.#blobs.clear();
    this.#bytes = 0;
  }
}

/** Returns the decompressed bytes, or `undefined` if the blob is marked as gzip but is not valid gzip. */
export function plainBytes(blob: Blob): Uint8Array | undefined {
  if (!blob.gzip) return blob.data;
  try {
    return gunzipSync(blob.data);
  } catch {
    return undefined;
  }
}

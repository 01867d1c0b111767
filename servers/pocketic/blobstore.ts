/** Blobs that clients upload once and refer to by their hash in later requests. */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

export interface Blob {
  readonly data: Uint8Array;
  readonly gzip: boolean;
}

export class Blobstore {
  readonly #blobs = new Map<string, Blob>();

  /** Returns the id: the SHA-256 of the uploaded bytes in hex. */
  put(blob: Blob): string {
    const id = createHash('sha256').update(blob.data).digest('hex');
    this.#blobs.set(id, blob);
    return id;
  }

  get(id: string): Blob | undefined {
    return this.#blobs.get(id);
  }

  clear(): void {
    this.#blobs.clear();
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

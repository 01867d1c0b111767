/** Blobs that clients upload once and name by their hash in later requests. */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

export interface Blob {
  readonly data: Uint8Array;
  readonly gzip: boolean;
}

export class Blobstore {
  readonly #blobs = new Map<string, Blob>();

  /** Returns the id: SHA-256 of the bytes as they came, hex. */
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

/** Undefined when the blob says that it is gzip and is not. */
export function plainBytes(blob: Blob): Uint8Array | undefined {
  if (!blob.gzip) return blob.data;
  try {
    return gunzipSync(blob.data);
  } catch {
    return undefined;
  }
}

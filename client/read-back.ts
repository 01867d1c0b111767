/** Reads a blob back chunk by chunk, and compares it with the hash of the bytes that were sent. */
import { createHash } from 'node:crypto';
import type { UploadContext } from './context.js';
import { refusedBy, StepFailure } from './failure.js';
import type { BlobMeta } from './types.js';

export interface Expected {
  readonly size: number;
  readonly sha256: Uint8Array;
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Returns the metadata of a blob, or `null` if it does not exist. Retries first, because a query's node may lag behind. */
export async function findBlob(context: UploadContext, blobId: string): Promise<BlobMeta | null> {
  const { caller, connection } = context;
  const answer = await caller.retried(
    'blob_get_meta',
    (options) => connection.blobMeta(blobId, options),
    ({ ok, ...rest }) => !ok && 'error' in rest && rest.error.kind === 'NotFound',
  );
  if (answer.ok) return answer.value;
  if (answer.error.kind === 'NotFound') return null;
  throw refusedBy('blob_get_meta', answer.error);
}

/**
 * Reads a whole blob with several chunks in flight.
 * @throws {StepFailure} `unverified`, if the size or the bytes differ from what was sent
 */
export async function verifyBlob(
  context: UploadContext,
  blob: BlobMeta,
  expected: Expected,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const fail = (what: string): StepFailure => new StepFailure('unverified', `${blob.blobId} ${what}`);
  if (blob.size !== BigInt(expected.size)) throw fail(`has ${blob.size} B, ${expected.size} B were sent`);
  if (blob.sha256 !== null && !sameBytes(blob.sha256, expected.sha256)) {
    throw fail(`says SHA-256 ${hex(blob.sha256)}, what was sent has ${hex(expected.sha256)}`);
  }
  const hash = createHash('sha256');
  let size = 0;
  for await (const bytes of chunksOf(context, blob)) {
    hash.update(bytes);
    size += bytes.length;
    onBytes(bytes.length);
  }
  const read = hash.digest();
  if (size !== expected.size) throw fail(`reads back as ${size} B, ${expected.size} B were sent`);
  if (!sameBytes(read, expected.sha256)) {
    throw fail(`reads back with SHA-256 ${hex(read)}, what was sent has ${hex(expected.sha256)}`);
  }
}

/** Yields the chunks of a blob in order, with up to `parallel` requests in flight. */
export async function* chunksOf(context: UploadContext, blob: BlobMeta): AsyncGenerator<Uint8Array> {
  const ahead: Promise<Uint8Array>[] = [];
  for (let index = 0; index < blob.chunkCount || ahead.length > 0;) {
    while (index < blob.chunkCount && ahead.length < context.parallel) {
      const chunk = readChunk(context, blob.blobId, index);
      // The loop awaits this promise later. Until then, a rejection must not end the process.
      chunk.catch(() => undefined);
      ahead.push(chunk);
      index += 1;
    }
    const next = ahead.shift();
    if (next !== undefined) yield await next;
  }
}

function readChunk(context: UploadContext, blobId: string, index: number): Promise<Uint8Array> {
  const { caller, connection } = context;
  return context.limit(async () => {
    const answer = await caller.retried('blob_read_chunk', (options) =>
      connection.blobReadChunk(blobId, index, options),
    );
    if (!answer.ok) throw refusedBy('blob_read_chunk', answer.error);
    return answer.value;
  });
}

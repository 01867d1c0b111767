/** What must hold on the canister after a flow, whatever happened on the way. Reads everything back over a connection of its own. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import {
  FlowError,
  UploadError,
  type ImageDerivatives,
  type UploadConnection,
  type UploadedAsset,
  type UploadedPicture,
} from '../../../client/index.js';
import type { Answer, AssetKind, Memory } from '../../../client/types.js';

export type FlowEnd =
  | { readonly kind: 'done'; readonly picture: UploadedPicture }
  | { readonly kind: 'failed'; readonly error: unknown };

export function endOf(work: Promise<UploadedPicture>): Promise<FlowEnd> {
  return work.then(
    (picture): FlowEnd => ({ kind: 'done', picture }),
    (error: unknown): FlowEnd => ({ kind: 'failed', error }),
  );
}

/** What the assets must be, byte for byte. */
export type Expected = Readonly<Record<AssetKind, Uint8Array>>;

export function expectedOf(original: Uint8Array, made: ImageDerivatives): Expected {
  return {
    Original: original,
    Display: made.display.bytes,
    Thumb: made.thumb.bytes,
    Placeholder: made.placeholder.bytes,
  };
}

const KINDS: readonly AssetKind[] = ['Original', 'Display', 'Thumb', 'Placeholder'];

function must<T>(answer: Answer<T>): T {
  if (!answer.ok) throw new Error(`refused: ${JSON.stringify(answer.error)}`);
  return answer.value;
}

/** All memories of the caller. */
export async function readMemories(connection: UploadConnection): Promise<Memory[]> {
  const capsules = await connection.capsulesList();
  const lists = await Promise.all(capsules.map(async ({ id }) => must(await connection.memoriesList(id))));
  return Promise.all(lists.flat().map(async ({ memoryId }) => must(await connection.memoriesRead(memoryId))));
}

export async function readBlob(connection: UploadConnection, blobId: string): Promise<Buffer> {
  const { chunkCount, size, sha256 } = must(await connection.blobMeta(blobId));
  const chunks: Uint8Array[] = [];
  for (let index = 0; index < chunkCount; index += 1)
    chunks.push(must(await connection.blobReadChunk(blobId, index)));
  const bytes = Buffer.concat(chunks);
  expect(BigInt(bytes.length)).toBe(size);
  expect(Buffer.from(sha256!)).toEqual(createHash('sha256').update(bytes).digest());
  return bytes;
}

/** Every asset of the memory is what it should be; says which kinds it has. */
export async function checkMemory(
  connection: UploadConnection,
  memory: Memory,
  expected: Expected,
): Promise<AssetKind[]> {
  for (const { kind, blobId, inlineBytes, size } of memory.assets) {
    const bytes = blobId === null ? Buffer.from(inlineBytes!) : await readBlob(connection, blobId);
    expect(bytes.equals(expected[kind]), `${kind} of ${memory.memoryId}`).toBe(true);
    expect(size).toBe(BigInt(bytes.length));
  }
  return memory.assets.map(({ kind }) => kind);
}

/**
 * The law of the flow: a memory of all four, equal in bytes and metadata, or no such memory, a clear error, and what arrived is
 * readable. Memories of one asset hold what arrived; one of two or three is never there.
 */
export async function checkFlow(
  connection: UploadConnection,
  end: FlowEnd,
  expected: Expected,
): Promise<void> {
  const memories = await readMemories(connection);
  const fours: string[] = [];
  for (const memory of memories) {
    const kinds = await checkMemory(connection, memory, expected);
    if (kinds.length !== 1) {
      expect(kinds).toEqual(KINDS);
      fours.push(memory.memoryId);
    }
  }
  if (end.kind === 'done') {
    expect(fours).toContain(end.picture.memory.memoryId);
    await checkPicture(connection, end.picture, memories);
  } else await checkFailure(connection, end.error, expected, fours);
}

async function checkPicture(
  connection: UploadConnection,
  { original, derivatives, memory }: UploadedPicture,
  memories: readonly Memory[],
): Promise<void> {
  const four = memories.find(({ memoryId }) => memoryId === memory.memoryId)!;
  const uploads = [original, derivatives.display, derivatives.thumb];
  expect(four.assets.map(({ blobId }) => blobId)).toEqual([...uploads.map(({ blobId }) => blobId), null]);
  for (const upload of uploads) {
    const meta = must(await connection.blobMeta(upload.blobId));
    expect(meta).toMatchObject({ name: upload.name, mimeType: upload.mimeType, size: BigInt(upload.size) });
    const single = memories.find(({ memoryId }) => memoryId === upload.memoryId);
    if (single !== undefined) expect(single.metadata).toEqual(upload.metadata);
  }
}

async function checkFailure(
  connection: UploadConnection,
  error: unknown,
  expected: Expected,
  fours: readonly string[],
): Promise<void> {
  expect(error instanceof FlowError || error instanceof UploadError, String(error)).toBe(true);
  const failures = error instanceof FlowError ? error.failures : [error as UploadError];
  expect(failures.length).toBeGreaterThan(0);
  for (const failure of failures) expect(failure.message).toMatch(/ failed: (?!internal)[\w-]+: \S/);
  // Only where the last call's answer was lost may it have taken effect without the client's knowledge.
  const unknown = failures.every(({ step, reason }) => step === 'finalize' && reason === 'unreachable');
  if (!unknown) expect(fours).toEqual([]);
  const arrived: readonly UploadedAsset[] = error instanceof FlowError ? error.arrived : [];
  for (const { blobId, kind } of arrived)
    expect((await readBlob(connection, blobId)).equals(expected[kind])).toBe(true);
}

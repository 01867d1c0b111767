/** Creates the memory of all four assets, reads it back, and deletes the memories of one asset. */
import type { UploadedAsset } from './asset-upload.js';
import { CallFailure } from './connection.js';
import type { UploadContext } from './context.js';
import type { PlaceholderDerivative } from './derivatives.js';
import { explain, refusedBy, StepFailure, type Where } from './failure.js';
import type { AssetInput, AssetSummary, Memory, MemoryAsset, MemorySummary } from './types.js';

export interface FourAssets {
  readonly original: UploadedAsset;
  readonly display: UploadedAsset;
  readonly thumb: UploadedAsset;
  /** Stored inline in the memory. */
  readonly placeholder: PlaceholderDerivative;
}

export interface FinalizedMemory {
  readonly memoryId: string;
  readonly capsuleId: string;
  /** The assets as read back: Original, Display, Thumb, Placeholder. */
  readonly assets: readonly MemoryAsset[];
  /** False if an earlier attempt created the memory. */
  readonly created: boolean;
  /** The memories of one asset that were deleted. Their blobs belong to this memory now. */
  readonly memoriesRemoved: readonly string[];
  /** The memories of one asset that were kept or could not be deleted. */
  readonly memoriesLeft: readonly string[];
}

/**
 * Creates the memory of four assets, unless it exists.
 * @throws {UploadError} of the step `finalize`
 */
export async function finalizeFour(context: UploadContext, four: FourAssets): Promise<FinalizedMemory> {
  const { connection, caller } = context;
  const { name } = four.original;
  const where: Where = { lane: null, asset: null, name, step: 'finalize', chunk: null, sessionId: null };
  try {
    checkInline(context, four);
    const wanted = assetsOf(four);
    const { memory, created } = await ensureMemory(context, four.original.capsuleId, wanted);
    const uploads = [four.original.memoryId, four.display.memoryId, four.thumb.memoryId];
    const removed = context.options.keepUploadMemories ? [] : await removeMemories(context, uploads);
    return {
      memoryId: memory.memoryId,
      capsuleId: memory.capsuleId,
      assets: memory.assets,
      created,
      memoriesRemoved: removed,
      memoriesLeft: uploads.filter((id) => !removed.includes(id)),
    };
  } catch (error) {
    throw await explain(error, where, connection, caller);
  }
}

function checkInline({ config }: UploadContext, { placeholder }: FourAssets): void {
  if (BigInt(placeholder.bytes.length) <= config.inlineMax) return;
  const most = `the canister accepts at most ${config.inlineMax} B inline`;
  throw new StepFailure('limit', `the placeholder has ${placeholder.bytes.length} B, ${most}`);
}

function assetsOf({ original, display, thumb, placeholder }: FourAssets): AssetInput[] {
  const byBlob = ({ kind, blobId, mimeType }: UploadedAsset): AssetInput => ({ kind, blobId, mimeType });
  const { bytes, mimeType } = placeholder;
  return [
    byBlob(original),
    byBlob(display),
    byBlob(thumb),
    { kind: 'Placeholder', inlineBytes: bytes, mimeType },
  ];
}

/**
 * Finds or creates the memory. `memories_create` is not idempotent: each Ok creates another memory. The memories are therefore
 * listed before and after every attempt. Equal memories exist if an answer was lost, or if two processes upload the same file.
 * The oldest one is kept.
 */
async function ensureMemory(
  context: UploadContext,
  capsuleId: string,
  wanted: readonly AssetInput[],
): Promise<{ memory: Memory; created: boolean }> {
  const { caller, connection } = context;
  for (let attempt = 1; ; attempt += 1) {
    const found = await settledMemory(context, capsuleId, wanted);
    if (found !== null) return { memory: found, created: attempt > 1 };
    try {
      const answer = await caller.once('memories_create', (options) =>
        connection.memoriesCreate(capsuleId, wanted, options),
      );
      if (!answer.ok) throw refusedBy('memories_create', answer.error);
      const made = await readBack(context, answer.value.memoryId, wanted);
      return { memory: (await settledMemory(context, capsuleId, wanted)) ?? made, created: true };
    } catch (error) {
      if (!caller.mayRetry(error, attempt)) throw error;
      await caller.backoff(attempt);
    }
  }
}

/** Returns the oldest memory with exactly these assets, or `null`. Deletes newer equal ones. */
async function settledMemory(
  context: UploadContext,
  capsuleId: string,
  wanted: readonly AssetInput[],
): Promise<Memory | null> {
  const [oldest, ...newer] = await findMemories(context, capsuleId, wanted);
  if (newer.length > 0)
    await removeMemories(
      context,
      newer.map(({ memoryId }) => memoryId),
    );
  return oldest ?? null;
}

/** Lists all memories with exactly these assets, oldest first. */
async function findMemories(
  context: UploadContext,
  capsuleId: string,
  wanted: readonly AssetInput[],
): Promise<Memory[]> {
  const { caller, connection } = context;
  const answer = await caller.retried('memories_list', (options) =>
    connection.memoriesList(capsuleId, options),
  );
  if (!answer.ok) throw refusedBy('memories_list', answer.error);
  const alike = answer.value.filter((summary) => looksLike(summary, wanted));
  const memories: Memory[] = [];
  for (const { memoryId } of alike) {
    const read = await caller.retried('memories_read', (options) =>
      connection.memoriesRead(memoryId, options),
    );
    if (read.ok && difference(read.value, wanted) === null) memories.push(read.value);
  }
  return memories;
}

function looksLike(summary: MemorySummary, wanted: readonly AssetInput[]): boolean {
  const has = (asset: AssetInput): boolean => {
    const seen: AssetSummary | undefined = summary.assets.find(({ kind }) => kind === asset.kind);
    if (seen === undefined) return false;
    return 'blobId' in asset
      ? seen.blobId === asset.blobId
      : seen.blobId === null && seen.size === BigInt(asset.inlineBytes.length);
  };
  return summary.assets.length === wanted.length && wanted.every(has);
}

async function readBack(
  context: UploadContext,
  memoryId: string,
  wanted: readonly AssetInput[],
): Promise<Memory> {
  const { caller, connection } = context;
  const answer = await caller.retried(
    'memories_read',
    (options) => connection.memoriesRead(memoryId, options),
    // The node that answers the query may lag behind the one that created the memory.
    ({ ok, ...rest }) => !ok && 'error' in rest && rest.error.kind === 'NotFound',
  );
  if (!answer.ok) throw refusedBy('memories_read', answer.error);
  const wrong = difference(answer.value, wanted);
  if (wrong !== null) throw new StepFailure('unverified', `${memoryId} reads back wrong: ${wrong}`);
  return answer.value;
}

/** Describes the first difference between a memory and the wanted assets. Returns `null` if there is none. */
function difference(memory: Memory, wanted: readonly AssetInput[]): string | null {
  if (memory.assets.length !== wanted.length) return `${memory.assets.length} assets`;
  for (const asset of wanted) {
    const seen = memory.assets.find(({ kind }) => kind === asset.kind);
    if (seen === undefined) return `no ${asset.kind}`;
    if (asset.mimeType !== null && seen.mimeType !== asset.mimeType)
      return `${asset.kind} is ${seen.mimeType}`;
    if ('blobId' in asset) {
      if (seen.blobId !== asset.blobId) return `${asset.kind} is ${seen.blobId}, not ${asset.blobId}`;
    } else if (seen.inlineBytes === null || Buffer.compare(seen.inlineBytes, asset.inlineBytes) !== 0) {
      return `${asset.kind} has other bytes`;
    }
  }
  return null;
}

/** Deletes memories, and returns the ids of those that no longer exist. A memory that cannot be deleted does no harm. */
async function removeMemories(context: UploadContext, ids: readonly string[]): Promise<string[]> {
  const { caller, connection } = context;
  const remove = async (id: string): Promise<string | null> => {
    try {
      const answer = await caller.retried('memories_delete', (options) =>
        connection.memoriesDelete(id, options),
      );
      return answer.ok || answer.error.kind === 'NotFound' ? id : null;
    } catch (error) {
      if (error instanceof CallFailure) return null;
      throw error;
    }
  };
  return (await Promise.all(ids.map(remove))).filter((id) => id !== null);
}

/** The memory of all four assets: made once, read back, and the memories of one asset taken away behind it. */
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
  /** Goes into the memory itself, as `opt vec nat8`. */
  readonly placeholder: PlaceholderDerivative;
}

export interface FinalizedMemory {
  readonly memoryId: string;
  readonly capsuleId: string;
  /** As read back: Original, Display, Thumb, Placeholder. */
  readonly assets: readonly MemoryAsset[];
  /** False when an earlier attempt had made it. */
  readonly created: boolean;
  /** Memories of one asset that `uploads_finish` had made and that are there no more; their blobs live on in this memory. */
  readonly memoriesRemoved: readonly string[];
  /** The ones that could not be removed, or were to be kept. */
  readonly memoriesLeft: readonly string[];
}

/**
 * Makes the memory of four, unless it is there.
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
  const most = `the canister takes at most ${config.inlineMax} B inline`;
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
 * `memories_create` cannot be repeated blindly: each Ok makes another memory. So the list is asked before every attempt, and
 * once more after it: of equal memories (an answer was lost and the request took effect all the same, or two processes upload
 * the same file) the oldest stays, for everyone.
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

/** The oldest memory with exactly these assets, or `null`; newer equal ones are deleted. */
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

/** All memories with exactly these assets, oldest first. */
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
    // A node that answers queries may be behind the one that made the memory.
    ({ ok, ...rest }) => !ok && 'error' in rest && rest.error.kind === 'NotFound',
  );
  if (!answer.ok) throw refusedBy('memories_read', answer.error);
  const wrong = difference(answer.value, wanted);
  if (wrong !== null) throw new StepFailure('unverified', `${memoryId} reads back wrong: ${wrong}`);
  return answer.value;
}

/** What a memory lacks or has otherwise; `null` when it is exactly as wanted. */
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

/** Deletes what is there of these memories; the ids of those that are gone now. What fails is left: it does no harm. */
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

/** Memories: one to four assets, each a blob or inline bytes. A blob exists as long as an asset of a memory refers to it. */
import type { Alternative } from './expected.js';
import { contentOf } from './content.js';
import { DONE, refuse } from './context.js';
import type { ModelRequest, RequestedAsset } from './request.js';
import { type MemoryRecord, type ModelState, type StoredAsset, withMemory, withNewMemory } from './state.js';

type CreateRequest = Extract<ModelRequest, { op: 'memory' }>;
type MemoryRequest = Extract<ModelRequest, { memoryId: string }>;

const ASSETS_MAX = 4;
/** Total inline bytes of one memory. */
const INLINE_TOTAL_BYTES_MAX = 1_900_000;
/** A list returns at most this many entries, the newest ones. */
const LIST_ENTRIES_MAX = 1000;

/** The inline bytes of an asset. They depend on its place among the assets, so that two assets of one length differ. */
export function inlineContent(bytes: number, place: number): Uint8Array {
  return contentOf(inlineRecipe(bytes, place)).slice(0, bytes);
}

/** SHA-256 of `inlineContent` as lower-case hex. */
export function inlineSha256(bytes: number, place: number): string {
  return Buffer.from(contentOf(inlineRecipe(bytes, place)).sha256()).toString('hex');
}

/** Whether a memory refers to the blob of the session at `position`. */
export function isBlobAlive({ memories }: ModelState, position: number): boolean {
  return memories.some(
    ({ isDeleted, assets }) =>
      !isDeleted && assets.some((asset) => 'blobOf' in asset && asset.blobOf === position),
  );
}

export function createMemory(state: ModelState, request: CreateRequest): Alternative {
  const { by, capsuleOf: owner } = request;
  const assets: readonly (StoredAsset | undefined)[] = request.assets.map((one) => storedAsset(state, one));
  if (!isComplete(assets)) return refuse(state, 'NotFound', { code: 'no-blob' });
  const owners = [owner, ...assets.flatMap((asset) => ownerOfAsset(state, asset))];
  const stranger = owners.find((one) => one !== by);
  if (stranger !== undefined)
    return refuse(state, 'Unauthorized', { code: 'not-owner', owner: stranger, by });
  const refusal = refuseAssets(state, assets);
  if (refusal !== undefined) return refusal;
  return {
    expected: { kind: 'memory', memory: state.memories.length, isNew: true, assets },
    reason: { code: 'new-memory' },
    next: withNewMemory(state, { id: undefined, owner, assets, isDeleted: false }),
  };
}

export function onMemory(state: ModelState, request: MemoryRequest): Alternative {
  const position = state.memories.findIndex(({ id }) => id === request.memoryId);
  const memory = state.memories[position];
  if (memory === undefined || memory.isDeleted) return refuse(state, 'NotFound', { code: 'no-memory' });
  const { owner, assets } = memory;
  if (owner !== request.by)
    return refuse(state, 'Unauthorized', { code: 'not-owner', owner, by: request.by });
  if (request.op === 'readMemory') {
    const expected = { kind: 'memory', memory: position, isNew: false, assets } as const;
    return { expected, reason: { code: 'reads' }, next: state };
  }
  const next = withMemory(state, position, { ...memory, isDeleted: true });
  return { expected: DONE, reason: { code: 'deletes' }, next };
}

export function listMemories(state: ModelState, by: number): Alternative {
  const own = state.memories.filter(({ owner, isDeleted }) => owner === by && !isDeleted);
  const newest = own.slice(-LIST_ENTRIES_MAX);
  const ids = newest.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const expected = { kind: 'memories', ids, unnamed: newest.length - ids.length } as const;
  return { expected, reason: { code: 'lists' }, next: state };
}

function storedAsset(state: ModelState, asset: RequestedAsset): StoredAsset | undefined {
  if ('inlineBytes' in asset) return asset;
  const blobOf = state.sessions.findIndex(({ finish }) => finish?.blobId === asset.blobId);
  return blobOf >= 0 && isBlobAlive(state, blobOf) ? { kind: asset.kind, blobOf } : undefined;
}

function isComplete(assets: readonly (StoredAsset | undefined)[]): assets is readonly StoredAsset[] {
  return assets.every((asset) => asset !== undefined);
}

function ownerOfAsset({ sessions }: ModelState, asset: StoredAsset): readonly number[] {
  const owner = 'blobOf' in asset ? sessions[asset.blobOf]?.owner : undefined;
  return owner === undefined ? [] : [owner];
}

function refuseAssets(state: ModelState, assets: readonly StoredAsset[]): Alternative | undefined {
  const count = assets.length;
  if (count === 0 || count > ASSETS_MAX)
    return refuse(state, 'InvalidArgument', { code: 'asset-count', given: count, max: ASSETS_MAX });
  const twice = assets.find(({ kind }, at) => assets.findIndex((other) => other.kind === kind) < at);
  if (twice !== undefined) return refuse(state, 'InvalidArgument', { code: 'kind-twice', kind: twice.kind });
  const lengths = inlineLengths(assets);
  const total = lengths.reduce((sum, bytes) => sum + bytes, 0);
  const sizes = [
    { what: 'inline bytes', given: Math.max(0, ...lengths), max: state.limits.inlineBytesMax },
    { what: 'inline bytes together', given: total, max: INLINE_TOTAL_BYTES_MAX },
  ];
  const over = sizes.find(({ given, max }) => given > max);
  return over && refuse(state, 'ResourceExhausted', { code: 'over-limit', ...over });
}

/** Lengths in bytes of the inline assets. */
export function inlineLengths(assets: MemoryRecord['assets']): readonly number[] {
  return assets.flatMap((asset) => ('inlineBytes' in asset ? [asset.inlineBytes] : []));
}

function inlineRecipe(bytes: number, place: number) {
  return { name: '', bytes, content: { kind: 'random', seed: place + 1 } } as const;
}

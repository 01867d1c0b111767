/** Compares a result with an alternative, and records the ids that the canister chose. */
import type { CountSpan } from './spans.js';
import type { Alternative, ExpectedResult, ExpectedStatus } from './expected.js';
import { inlineSha256 } from './memories.js';
import type { ContentOracle } from './oracle.js';
import { CONFIG_LIMITS, STATS_COUNTERS, type AssetResult, type IndexRange, type Result } from './result.js';
import {
  type MemoryRecord,
  type ModelState,
  type SessionRecord,
  type StoredAsset,
  withMemory,
  withSession,
} from './state.js';

/** A status has at most this many ranges; longer lists are cut. */
const MISSING_RANGES_MAX = 10_000;

/** The state after `result`; `undefined` if the alternative does not allow it. */
export function accept(
  alternative: Alternative,
  result: Result,
  oracle: ContentOracle,
): ModelState | undefined {
  const { expected, next } = alternative;
  switch (expected.kind) {
    case 'begun':
      return result.kind === 'begun' ? acceptBegun(next, expected, result.sessionId) : undefined;
    case 'finished':
      return result.kind === 'finished' ? acceptFinished(next, expected, result, oracle) : undefined;
    case 'done':
      return result.kind === 'done' ? next : undefined;
    case 'blob': {
      const isBlob = result.kind === 'blob' && (result.statedSize ?? result.size) === String(expected.bytes);
      return isBlob && result.sha256 === oracle.sha256(expected.file) ? next : undefined;
    }
    case 'status':
      return result.kind === 'status' && isStatus(expected.status, result) ? next : undefined;
    case 'sessions':
      return result.kind === 'sessions' && isList(expected, result.sessionIds) ? next : undefined;
    case 'memory':
      return result.kind === 'memory' ? acceptMemory(next, expected, result) : undefined;
    case 'memories':
      return result.kind === 'memories' && isMemoryList(next, expected, result.memoryIds) ? next : undefined;
    case 'stats': {
      const isRight =
        result.kind === 'stats' &&
        STATS_COUNTERS.every((name) => isWithin(expected.counters[name], result.counters[name]));
      return isRight ? next : undefined;
    }
    case 'config': {
      const isRight =
        result.kind === 'config' &&
        result.sessionTtlNs === String(expected.sessionTtlNs) &&
        CONFIG_LIMITS.every((name) => result.limits[name] === expected.limits[name]);
      return isRight ? next : undefined;
    }
    case 'error': {
      const isAllowed = result.kind === 'error' && expected.errors.includes(result.error);
      return isAllowed && isNamed(expected.names, result.text) ? next : undefined;
    }
  }
}

type ExpectedBegin = Extract<ExpectedResult, { kind: 'begun' }>;
type ExpectedFinish = Extract<ExpectedResult, { kind: 'finished' }>;
type FinishedResult = Extract<Result, { kind: 'finished' }>;
type StatusResult = Extract<Result, { kind: 'status' }>;

/** Session ids are never reused, even after the record was removed. */
function acceptBegun(
  state: ModelState,
  { session: position }: ExpectedBegin,
  id: string,
): ModelState | undefined {
  const session = recordAt(state, position);
  if (session.id !== undefined) return session.id === id ? state : undefined;
  if (id === '') return undefined;
  if (state.sessions.some((other) => other.id === id)) return undefined;
  return withSession(state, position, { ...session, id });
}

function acceptFinished(
  state: ModelState,
  { session: position, bytes, file }: ExpectedFinish,
  { blobId, memoryId, size, sha256 }: FinishedResult,
  oracle: ContentOracle,
): ModelState | undefined {
  if (size !== undefined && size !== String(bytes)) return undefined;
  if (sha256 !== undefined && sha256 !== oracle.sha256(file)) return undefined;
  const session = recordAt(state, position);
  const { finish } = session;
  if (finish === undefined) return undefined;
  if (finish.blobId !== undefined)
    return finish.blobId === blobId && finish.memoryId === memoryId ? state : undefined;
  if (blobId === '' || memoryId === '') return undefined;
  const isUsed =
    state.sessions.some(({ finish: other }) => other?.blobId === blobId) ||
    (memoryId !== undefined && isMemoryIdUsed(state, memoryId));
  if (isUsed) return undefined;
  const named = withSession(state, position, { ...session, finish: { ...finish, blobId, memoryId } });
  return withMemory(named, finish.memory, { ...memoryAt(state, finish.memory), id: memoryId });
}

/** The result lists the assets in the given order. Only a read returns hashes of inline bytes. */
function acceptMemory(
  state: ModelState,
  { memory: position, isNew, assets }: Extract<ExpectedResult, { kind: 'memory' }>,
  result: Extract<Result, { kind: 'memory' }>,
): ModelState | undefined {
  const areRight =
    result.assets.length === assets.length &&
    assets.every((asset, place) => isAsset(state, asset, place, result.assets[place], !isNew));
  if (!areRight) return undefined;
  const memory = memoryAt(state, position);
  if (memory.id !== undefined) return memory.id === result.memoryId ? state : undefined;
  if (result.memoryId === '' || isMemoryIdUsed(state, result.memoryId)) return undefined;
  return withMemory(state, position, { ...memory, id: result.memoryId });
}

function isAsset(
  { sessions }: ModelState,
  asset: StoredAsset,
  place: number,
  seen: AssetResult | undefined,
  hasBytes: boolean,
): boolean {
  if (seen?.kind !== asset.kind) return false;
  if ('inlineBytes' in asset) {
    const { inlineBytes: bytes } = asset;
    const sha256 = hasBytes ? inlineSha256(bytes, place) : undefined;
    return seen.blobId === undefined && seen.size === String(bytes) && seen.inlineSha256 === sha256;
  }
  const session = sessions[asset.blobOf];
  return (
    session?.finish?.blobId === seen.blobId &&
    seen.size === String(session?.bytes) &&
    seen.inlineSha256 === undefined
  );
}

/** Memory ids are never reused, even after the memory was deleted. */
function isMemoryIdUsed({ memories }: ModelState, id: string): boolean {
  return memories.some((memory) => memory.id === id);
}

/** An unknown id may belong to a memory whose creation returned no result. */
function isMemoryList(
  { memories }: ModelState,
  { ids, unnamed }: Extract<ExpectedResult, { kind: 'memories' }>,
  seen: readonly string[],
): boolean {
  const listed = new Set(seen);
  if (listed.size !== seen.length || ids.some((id) => !listed.has(id))) return false;
  const others = seen.filter((id) => !ids.includes(id));
  return others.length <= unnamed && !others.some((id) => memories.some((memory) => memory.id === id));
}

function isWithin({ atLeast, atMost }: CountSpan, count: number): boolean {
  return count >= atLeast && count <= atMost;
}

function isStatus(expected: ExpectedStatus, seen: StatusResult): boolean {
  // What an interface does not return is not judged.
  const {
    chunkSize = String(expected.chunkSize),
    chunksReceived = expected.chunksReceived,
    bytesReceived = String(expected.bytesReceived),
    missing: seenMissing = expected.missing,
  } = seen;
  if (seen.state !== expected.state || chunkSize !== String(expected.chunkSize)) return false;
  if (expected.missing === undefined)
    return chunksReceived <= expected.chunksReceived && Number(bytesReceived) <= expected.bytesReceived;
  if (chunksReceived !== expected.chunksReceived) return false;
  if (bytesReceived !== String(expected.bytesReceived)) return false;
  const missing = expected.missing.slice(0, MISSING_RANGES_MAX);
  return (
    missing.length === seenMissing?.length &&
    missing.every(({ start, end }, place) => {
      const range = seenMissing[place];
      return range?.start === start && range.end === end;
    })
  );
}

function isList(
  { must, may, unnamed }: Extract<ExpectedResult, { kind: 'sessions' }>,
  seen: readonly string[],
): boolean {
  const ids = new Set(seen);
  if (ids.size !== seen.length || must.some((id) => !ids.has(id))) return false;
  const unknown = seen.filter((id) => !must.includes(id) && !may.includes(id)).length;
  return unknown <= unnamed;
}

/**
 * Whether the text contains a number in one of the ranges, with or without digit groups. An interface without texts is not required to
 * name anything.
 */
function isNamed(names: readonly IndexRange[] | undefined, text: string | undefined): boolean {
  if (names === undefined || names.length === 0 || text === undefined) return true;
  const numbers = text.replace(/(?<=\d)[_,](?=\d{3})/g, '').match(/\d+/g) ?? [];
  return numbers.some((number) => names.some(({ start, end }) => start <= +number && +number < end));
}

function memoryAt(state: ModelState, position: number): MemoryRecord {
  const memory = state.memories[position];
  if (memory === undefined) throw new Error(`the model has no memory at ${position}`);
  return memory;
}

function recordAt(state: ModelState, position: number): SessionRecord {
  const session = state.sessions[position];
  if (session === undefined) throw new Error(`the model has no session at ${position}`);
  return session;
}

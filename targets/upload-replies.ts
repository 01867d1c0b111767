/** Decodes the replies of canister/upload.did into results. */
import { createHash } from 'node:crypto';
import { ASSET_KINDS } from '../model/operation-fields.js';
import { SESSION_STATES, type AssetResult } from '../model/result.js';
import type { Outcome } from '../replicas/replica.js';
import { CandidVariant, createDecoder, type CandidRecord, type CandidValue } from './candid/decoder.js';
import type { ErrorKind, ReadResult, Request, Result } from './target.js';

const CANDID_ERRORS: readonly ErrorKind[] = [
  'NotFound',
  'Unauthorized',
  'InvalidState',
  'InvalidArgument',
  'ResourceExhausted',
  'Conflict',
  'ChecksumMismatch',
  'Internal',
  'NotImplemented',
];
const decoder = createDecoder([
  'Ok',
  'Err',
  'expected',
  'computed',
  'id',
  'session_id',
  'state',
  'chunk_size',
  'chunks_received',
  'bytes_received',
  'missing',
  'start',
  'end',
  'blob_id',
  'memory_id',
  'size',
  'checksum_sha256',
  'chunk_count',
  'assets',
  'kind',
  'inline_bytes',
  'blobs',
  'memories',
  'sessions',
  'capsules',
  'bytes_stored',
  'bytes_pending',
  'bytes_inline',
  'http_tokens',
  'block_size',
  'blocks_used',
  'blocks_free',
  'max_chunks',
  'max_bytes',
  'inline_max',
  'max_active_sessions',
  'session_ttl_ns',
  ...CANDID_ERRORS,
  ...SESSION_STATES,
  ...SESSION_STATES.map((state) => state.toLowerCase()),
  ...ASSET_KINDS,
]);

/** The reply does not fit the interface. `decodeReply` catches it. Its text is part of the trace, so it does not change. */
class ShapeError extends Error {}

/** Never throws: a reply that does not fit the interface is `undecodable`. */
export function decodeReply(request: Request, outcome: Outcome): Result | ReadResult {
  if (outcome.kind === 'reject') {
    return { kind: 'rejected', code: outcome.code, errorCode: outcome.errorCode, text: outcome.text };
  }
  try {
    const value = onlyValue(outcome.bytes);
    if (request.op === 'list') return decodeList(value);
    if (request.op === 'stats') return decodeStats(asRecord(value));
    if (request.op === 'config') return decodeConfig(asRecord(value));
    const { tag, value: payload } = asVariant(value);
    if (tag === 'Err') return decodeError(payload);
    if (tag !== 'Ok') throw new ShapeError(`a variant ${tag} where Ok or Err belongs`);
    return decodeOk(request.op, payload);
  } catch (error) {
    return { kind: 'undecodable', text: error instanceof Error ? error.message : String(error) };
  }
}

function decodeOk(
  op: Exclude<Request['op'], 'list' | 'stats' | 'config'>,
  payload: CandidValue,
): Result | ReadResult {
  switch (op) {
    case 'begin':
      return { kind: 'begun', sessionId: asBigInt(payload, 'the session id').toString() };
    case 'put':
    case 'abort':
    case 'pause':
    case 'resume':
    case 'cleanup':
    case 'deleteMemory':
      return { kind: 'done' };
    case 'memory':
    case 'readMemory':
      return decodeMemory(asRecord(payload));
    case 'listMemories':
      return {
        kind: 'memories',
        memoryIds: asList(payload, 'the list').map((one) => asText(asRecord(one)['memory_id'], 'memory_id')),
      };
    case 'finish':
      return decodeFinished(asRecord(payload));
    case 'status':
      return decodeStatus(asRecord(payload));
    case 'readMeta': {
      const meta = asRecord(payload);
      return {
        kind: 'meta',
        size: Number(asBigInt(meta['size'], 'size')),
        chunkCount: asNumber(meta['chunk_count'], 'chunk_count'),
      };
    }
    case 'listFiles':
    case 'usage':
      throw new ShapeError(`a reply to ${op}, which the interface does not have`);
    case 'readChunk':
      return { kind: 'chunk', data: asBytes(payload, 'the chunk') };
    case 'readWhole': {
      const data = asBytes(payload, 'the blob');
      const sha256 = createHash('sha256').update(data).digest('hex');
      return { kind: 'blob', size: String(data.length), sha256 };
    }
  }
}

function decodeFinished(finished: CandidRecord): Result {
  const hash = finished['checksum_sha256'];
  return {
    kind: 'finished',
    blobId: asText(finished['blob_id'], 'blob_id'),
    memoryId: finished['memory_id'] === undefined ? undefined : asText(finished['memory_id'], 'memory_id'),
    size: asBigInt(finished['size'], 'size').toString(),
    sha256: hash === undefined ? undefined : toHex(asBytes(hash, 'checksum_sha256')),
  };
}

function decodeStatus(status: CandidRecord): Result {
  const state = SESSION_STATES.find((name) => name === asVariant(status['state']).tag);
  if (state === undefined) throw new ShapeError('a session state that the interface does not have');
  return {
    kind: 'status',
    state,
    bytesReceived: asBigInt(status['bytes_received'], 'bytes_received').toString(),
    chunksReceived: asNumber(status['chunks_received'], 'chunks_received'),
    missing: asList(status['missing'], 'missing').map((range) => {
      const { start, end } = asRecord(range);
      return { start: asNumber(start, 'start'), end: asNumber(end, 'end') };
    }),
    chunkSize: asBigInt(status['chunk_size'], 'chunk_size').toString(),
  };
}

function decodeList(value: CandidValue): Result {
  const sessionIds = asList(value, 'the list').map((entry) =>
    asBigInt(asRecord(entry)['session_id'], 'session_id').toString(),
  );
  return { kind: 'sessions', sessionIds };
}

/** The reply to `memories_create` has no inline bytes. */
function decodeMemory(memory: CandidRecord): Result {
  const assets = asList(memory['assets'], 'assets').map((entry): AssetResult => {
    const asset = asRecord(entry);
    const kind = ASSET_KINDS.find((name) => name === asVariant(asset['kind']).tag);
    if (kind === undefined) throw new ShapeError('an asset kind that the interface does not have');
    const { blob_id: blobId, inline_bytes: inline } = asset;
    return {
      kind,
      blobId: blobId === undefined ? undefined : asText(blobId, 'blob_id'),
      size: asBigInt(asset['size'], 'size').toString(),
      inlineSha256:
        inline === undefined
          ? undefined
          : createHash('sha256').update(asBytes(inline, 'inline_bytes')).digest('hex'),
    };
  });
  return { kind: 'memory', memoryId: asText(memory['memory_id'], 'memory_id'), assets };
}

function decodeStats(stats: CandidRecord): Result {
  const count = (record: CandidRecord, field: string): number => Number(asBigInt(record[field], field));
  const sessions = asRecord(stats['sessions']);
  return {
    kind: 'stats',
    counters: {
      initiated: count(sessions, 'initiated'),
      uploading: count(sessions, 'uploading'),
      paused: count(sessions, 'paused'),
      finishing: count(sessions, 'finishing'),
      completed: count(sessions, 'completed'),
      failed: count(sessions, 'failed'),
      cancelled: count(sessions, 'cancelled'),
      blobs: count(stats, 'blobs'),
      memories: count(stats, 'memories'),
      bytesStored: count(stats, 'bytes_stored'),
      bytesPending: count(stats, 'bytes_pending'),
      bytesInline: count(stats, 'bytes_inline'),
      // Earlier versions of the canister have no tokens.
      httpTokens: stats['http_tokens'] === undefined ? 0 : count(stats, 'http_tokens'),
    },
    blocks: {
      used: count(stats, 'blocks_used'),
      free: count(stats, 'blocks_free'),
      bytes: count(stats, 'block_size'),
    },
  };
}

function decodeConfig(config: CandidRecord): Result {
  const bytes = (field: string): number => Number(asBigInt(config[field], field));
  return {
    kind: 'config',
    limits: {
      chunkSize: bytes('chunk_size'),
      chunksMax: asNumber(config['max_chunks'], 'max_chunks'),
      bytesMax: bytes('max_bytes'),
      inlineBytesMax: bytes('inline_max'),
      activeSessionsMax: asNumber(config['max_active_sessions'], 'max_active_sessions'),
    },
    sessionTtlNs: asBigInt(config['session_ttl_ns'], 'session_ttl_ns').toString(),
  };
}

function decodeError(payload: CandidValue): Result {
  const { tag, value } = asVariant(payload);
  const error = CANDID_ERRORS.find((kind) => kind === tag);
  if (error === undefined) return { kind: 'error', error: 'other', text: tag };
  if (error !== 'ChecksumMismatch')
    return { kind: 'error', error, text: typeof value === 'string' ? value : '' };
  const { expected, computed } = asRecord(value);
  const text = `expected ${toHex(asBytes(expected, 'expected'))}, computed ${toHex(asBytes(computed, 'computed'))}`;
  return { kind: 'error', error, text };
}

/** @throws Error if the reply contains no capsule */
export function decodeCapsule(outcome: Outcome): string {
  if (outcome.kind === 'reject')
    throw new Error(`capsules_create was rejected: ${outcome.errorCode} ${outcome.text}`);
  const { tag, value } = asVariant(onlyValue(outcome.bytes));
  if (tag !== 'Ok') throw new Error(`capsules_create answered Err: ${asVariant(value).tag}`);
  return asText(asRecord(value)['id'], 'id');
}

function onlyValue(bytes: Uint8Array): CandidValue {
  const values = decoder.decode(bytes);
  if (values.length !== 1) throw new ShapeError(`${values.length} values where one belongs`);
  return values[0];
}

function asVariant(value: CandidValue): CandidVariant {
  if (value instanceof CandidVariant) return value;
  throw new ShapeError('no variant where one belongs');
}
function asRecord(value: CandidValue): CandidRecord {
  const plain =
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  if (plain) return value as CandidRecord;
  throw new ShapeError('no record where one belongs');
}
function asList(value: CandidValue, name: string): readonly CandidValue[] {
  if (Array.isArray(value)) return value as readonly CandidValue[];
  throw new ShapeError(`${name} is no vector`);
}
function asBytes(value: CandidValue, name: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new ShapeError(`${name} is no blob`);
}
function asText(value: CandidValue, name: string): string {
  if (typeof value === 'string') return value;
  throw new ShapeError(`${name} is no text`);
}
function asNumber(value: CandidValue, name: string): number {
  if (typeof value === 'number') return value;
  throw new ShapeError(`${name} is no nat32`);
}
function asBigInt(value: CandidValue, name: string): bigint {
  if (typeof value === 'bigint') return value;
  throw new ShapeError(`${name} is no nat64`);
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** Replies of canister/upload.did, read into the suite's results. */
import type { Outcome } from '../replicas/replica.js';
import { CandidVariant, createDecoder, type CandidRecord, type CandidValue } from './candid/decoder.js';
import type { ErrorKind, ReadAnswer, Request, Result, SessionState } from './target.js';

const ERROR_KINDS: readonly ErrorKind[] = [
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
const STATES: readonly SessionState[] = [
  'Initiated',
  'Uploading',
  'Paused',
  'Finishing',
  'Completed',
  'Failed',
  'Cancelled',
];

const decoder = createDecoder([
  ...['Ok', 'Err', 'expected', 'computed', 'id', 'session_id', 'state', 'chunk_size', 'chunks_received'],
  ...[
    'bytes_received',
    'missing',
    'start',
    'end',
    'blob_id',
    'memory_id',
    'size',
    'checksum_sha256',
    'chunk_count',
  ],
  ...ERROR_KINDS,
  ...STATES,
]);

/** A reply that does not have the shape of the interface; caught by `decodeReply`. */
class ShapeError extends Error {}

/** Never throws: what it cannot read is `undecodable`. */
export function decodeReply(request: Request, outcome: Outcome): Result | ReadAnswer {
  if (outcome.kind === 'reject') {
    return { kind: 'rejected', code: outcome.code, errorCode: outcome.errorCode, text: outcome.text };
  }
  try {
    const value = onlyValue(outcome.bytes);
    if (request.op === 'list') return decodeList(value);
    const { tag, value: payload } = asVariant(value);
    if (tag === 'Err') return decodeError(payload);
    if (tag !== 'Ok') throw new ShapeError(`a variant ${tag} where Ok or Err belongs`);
    return decodeOk(request.op, payload);
  } catch (error) {
    return { kind: 'undecodable', text: error instanceof Error ? error.message : String(error) };
  }
}

function decodeOk(op: Exclude<Request['op'], 'list'>, payload: CandidValue): Result | ReadAnswer {
  switch (op) {
    case 'begin':
      return { kind: 'begun', sessionId: asBigInt(payload, 'the session id').toString() };
    case 'put':
    case 'abort':
    case 'pause':
    case 'resume':
    case 'cleanup':
      return { kind: 'done' };
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
    case 'readChunk':
      return { kind: 'chunk', data: asBytes(payload, 'the chunk') };
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
  const state = STATES.find((name) => name === asVariant(status['state']).tag);
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

function decodeError(payload: CandidValue): Result {
  const { tag, value } = asVariant(payload);
  const error = ERROR_KINDS.find((kind) => kind === tag);
  if (error === undefined) return { kind: 'error', error: 'other', text: tag };
  if (error !== 'ChecksumMismatch')
    return { kind: 'error', error, text: typeof value === 'string' ? value : '' };
  const { expected, computed } = asRecord(value);
  const text = `expected ${toHex(asBytes(expected, 'expected'))}, computed ${toHex(asBytes(computed, 'computed'))}`;
  return { kind: 'error', error, text };
}

/** @throws Error if there is no capsule in the reply */
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

const toHex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');

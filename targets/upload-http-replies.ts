/** Decodes the responses of the HTTP interface (docs/http.md) into the same results as the replies of the Candid methods. */
import { SESSION_STATES } from '../model/result.js';
import type { Outcome } from '../replicas/replica.js';
import { isHttpRequest, type HttpRequest } from './http-requests.js';
import { decodeHttpResponse, type HttpResponseMessage } from './http-message.js';
import type { ErrorKind, ReadResult, Request, Result, SessionState } from './target.js';
import { partCount, partRange } from './upload-http-parts.js';

/** The response does not fit the interface. `decodeHttpReply` catches it. Its text is part of the trace, so it does not change. */
class ShapeError extends Error {}

type Json = Readonly<Record<string, unknown>>;

/** Never throws: a response that does not fit the interface is `undecodable`. */
export function decodeHttpReply(request: Request, outcome: Outcome): Result | ReadResult {
  if (outcome.kind === 'reject')
    return { kind: 'rejected', code: outcome.code, errorCode: outcome.errorCode, text: outcome.text };
  try {
    const response = decodeHttpResponse(outcome.bytes);
    if (response.status >= 400) return decodeFailure(response);
    if (!isHttpRequest(request)) throw new ShapeError(`the interface has no ${request.op}`);
    return decodeSuccess(request, response);
  } catch (error) {
    return { kind: 'undecodable', text: error instanceof Error ? error.message : String(error) };
  }
}

// ---- successes ----

function decodeSuccess(request: HttpRequest, response: HttpResponseMessage): Result | ReadResult {
  if (request.op === 'readChunk') return decodePart(request.index, response);
  const allowed = request.op === 'begin' ? [200, 201] : [200];
  if (!allowed.includes(response.status)) throw new ShapeError(`status ${response.status}`);
  const body = jsonOf(response);
  switch (request.op) {
    case 'begin':
      return { kind: 'begun', sessionId: textOf(body, 'session_id') };
    case 'put':
      return decodePut(request, body);
    case 'finish':
      return {
        kind: 'finished',
        blobId: textOf(body, 'blob_id'),
        memoryId: textOf(body, 'asset_id'),
        size: String(countOf(body, 'size')),
        sha256: textOf(body, 'checksum_sha256'),
      };
    case 'abort':
    case 'pause':
    case 'resume':
      return decodeChange(request.sessionId, STATE_AFTER[request.op], body);
    case 'status':
      checkSession(request.sessionId, body);
      return decodeStatus(body);
    case 'readMeta':
      return decodeMetadata(request.blobId, body);
    case 'deleteMemory':
      if (body['asset_id'] !== request.memoryId || body['deleted'] !== true)
        throw new ShapeError('it does not say that this asset was deleted');
      return { kind: 'done' };
  }
}

function decodePut({ sessionId, index }: Request & { op: 'put' }, body: Json): Result {
  checkSession(sessionId, body);
  if (countOf(body, 'chunk_number') !== index + 1)
    throw new ShapeError(`chunk number ${index + 1} was sent, ${String(body['chunk_number'])} is answered`);
  const [received, total] = [countOf(body, 'received_chunks'), countOf(body, 'total_chunks')];
  if (received < 1 || received > total) throw new ShapeError(`${received} of ${total} chunks were received`);
  const isWhole = received === total;
  if ((progressOf(body) === 100) !== isWhole)
    throw new ShapeError(`progress ${progressOf(body)} with ${received} of ${total} chunks`);
  return { kind: 'done' };
}

const STATE_AFTER = { abort: 'Cancelled', pause: 'Paused', resume: 'Uploading' } as const;

/** The response is the status of the session after the change. */
function decodeChange(sessionId: string, after: SessionState, body: Json): Result {
  checkSession(sessionId, body);
  const { state } = decodeStatus(body);
  if (state !== after) throw new ShapeError(`the session is ${state} where ${after} belongs`);
  return { kind: 'done' };
}

function decodeStatus(body: Json): Extract<Result, { kind: 'status' }> {
  const name = textOf(body, 'status');
  const state = SESSION_STATES.find((one) => one.toLowerCase() === name);
  if (state === undefined) throw new ShapeError(`a status ${name}, which the interface does not have`);
  const [received, total] = [countOf(body, 'received_bytes'), countOf(body, 'total_size')];
  const progress = total === 0 ? 100 : Math.floor((received * 1_000) / total) / 10;
  if (progressOf(body) !== progress)
    throw new ShapeError(`progress ${progressOf(body)} with ${received} of ${total} B`);
  return {
    kind: 'status',
    state,
    bytesReceived: String(received),
    chunksReceived: countOf(body, 'received_chunks'),
    missing: listOf(body, 'missing_chunks').map((range) => {
      const [first, last] = Array.isArray(range) ? (range as readonly unknown[]) : [];
      if (!isCount(first) || !isCount(last))
        throw new ShapeError('a range of missing chunks is no pair of numbers');
      return { start: first - 1, end: last };
    }),
    chunkSize: String(countOf(body, 'chunk_size')),
  };
}

/** The metadata of a memory: its original asset, or its only one. */
function decodeMetadata(id: string, body: Json): ReadResult {
  if (body['asset_id'] !== id) throw new ShapeError('the metadata of another asset');
  const assets = listOf(body, 'assets').map((asset) => objectOf(asset));
  const asset = assets.find(({ kind }) => kind === 'original') ?? assets[0];
  if (asset === undefined) throw new ShapeError('the metadata names no asset');
  const size = countOf(asset, 'size');
  return { kind: 'meta', size, chunkCount: partCount(size) };
}

function decodePart(index: number, { status, headers, body }: HttpResponseMessage): ReadResult {
  const { first, last } = partRange(index);
  const range = headers.get('content-range') ?? '';
  const [, from, to, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range)?.map(Number) ?? [];
  if (status !== 206 || total === undefined)
    throw new ShapeError(`status ${status} with range "${range}" where 206 belongs`);
  if (from !== first || to !== Math.min(last, total - 1) || body.length !== to - from + 1)
    throw new ShapeError(`bytes ${first}-${last} were asked for, ${range} came with ${body.length} B`);
  return { kind: 'chunk', data: body };
}

// ---- failures ----

/** By status and kind, as docs/http.md lists them. */
const ERRORS: Readonly<Record<string, ErrorKind>> = {
  '401 unauthorized': 'Unauthenticated',
  '403 forbidden': 'Unauthorized',
  '404 not_found': 'NotFound',
  '409 invalid_state': 'InvalidState',
  '400 validation_error': 'InvalidArgument',
  '400 invalid_chunk': 'InvalidArgument',
  '413 invalid_chunk': 'InvalidArgument',
  '413 validation_error': 'ResourceExhausted',
  '429 validation_error': 'ResourceExhausted',
  '409 validation_error': 'Conflict',
  '409 invalid_chunk': 'Conflict',
  '500 storage_error': 'Internal',
  '500 internal_error': 'Internal',
};

function decodeFailure(response: HttpResponseMessage): Result {
  const error = objectOf(jsonOf(response)['error']);
  const [kind, text] = [textOf(error, 'kind'), textOf(error, 'message')];
  const { expected, computed, reason } = error;
  if (typeof expected === 'string' && typeof computed === 'string' && response.status === 400) {
    return { kind: 'error', error: 'ChecksumMismatch', text: `expected ${expected}, computed ${computed}` };
  }
  if (response.status === 500 && reason === 'full')
    return { kind: 'error', error: 'ResourceExhausted', text };
  return { kind: 'error', error: ERRORS[`${response.status} ${kind}`] ?? 'other', text };
}

// ---- shapes ----

const decoder = new TextDecoder('utf-8', { fatal: true });

function jsonOf({ headers, body, status }: HttpResponseMessage): Json {
  const type = headers.get('content-type') ?? 'none';
  if (!type.startsWith('application/json'))
    throw new ShapeError(`an answer of type ${type} where JSON belongs (status ${status})`);
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(body));
  } catch {
    throw new ShapeError(`an answer that is no JSON (status ${status})`);
  }
  return objectOf(value);
}

function objectOf(value: unknown): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new ShapeError('no object where one belongs');
}

function textOf(object: Json, field: string): string {
  const value = object[field];
  if (typeof value === 'string') return value;
  throw new ShapeError(`${field} is no text`);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function countOf(object: Json, field: string): number {
  const value = object[field];
  if (isCount(value)) return value;
  throw new ShapeError(`${field} is no count`);
}

function listOf(object: Json, field: string): readonly unknown[] {
  const value = object[field];
  if (Array.isArray(value)) return value as readonly unknown[];
  throw new ShapeError(`${field} is no list`);
}

function progressOf(body: Json): number {
  const progress = body['progress'];
  if (typeof progress === 'number' && progress >= 0 && progress <= 100) return progress;
  throw new ShapeError('progress is no percentage');
}

function checkSession(sessionId: string, body: Json): void {
  if (body['session_id'] !== sessionId)
    throw new ShapeError(`session ${sessionId} was named, ${String(body['session_id'])} is answered`);
}

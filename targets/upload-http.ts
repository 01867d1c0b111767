/**
 * The upload canister's HTTP interface (docs/http.md), another way to issue the same operations. `upload-http-replies.ts` decodes the
 * responses.
 */
import { IDL } from '@icp-sdk/core/candid';
import type { Outcome } from '../replicas/replica.js';
import { CandidVariant, createDecoder, type CandidRecord } from './candid/decoder.js';
import { encodeHttpRequest, type HttpHeader, type HttpRequestMessage } from './http-message.js';
import { HTTP_OPERATIONS } from '../model/operations.js';
import { isHttpRequest, type HttpRequest } from './http-requests.js';
import type { EncodedRequest, HttpInterface, Request } from './target.js';
import { decodeHttpReply } from './upload-http-replies.js';
import { partRange } from './upload-http-parts.js';

const UPLOADS = '/storage/chunked-upload';
const ASSETS = '/storage/assets';
const NO_BODY = new Uint8Array(0);
const text = new TextEncoder();

type Message = Pick<HttpRequestMessage, 'method' | 'url'> & Partial<HttpRequestMessage>;

function json(value: object): Pick<HttpRequestMessage, 'headers' | 'body'> {
  return {
    headers: [['content-type', 'application/json']],
    body: text.encode(JSON.stringify(value)),
  };
}

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The request without its token; `undefined` if the interface does not support the request. */
export function httpRequestOf(request: Request): HttpRequestMessage | undefined {
  return isHttpRequest(request) ? { headers: [], body: NO_BODY, ...messageOf(request) } : undefined;
}

function messageOf(request: HttpRequest): Message {
  switch (request.op) {
    case 'begin':
      return beginMessage(request);
    case 'put':
      return {
        method: 'POST',
        url: `${UPLOADS}/${request.sessionId}/chunk?number=${request.index + 1}`,
        headers: [['content-type', 'application/octet-stream']],
        body: request.data,
      };
    case 'finish': {
      const { sessionId, sha256, totalLength } = request;
      const body = { checksum_sha256: toHex(sha256), total_size: totalLength };
      return { method: 'POST', url: `${UPLOADS}/${sessionId}/complete`, ...json(body) };
    }
    case 'abort':
      return { method: 'POST', url: `${UPLOADS}/${request.sessionId}/cancel` };
    case 'pause':
    case 'resume':
      return { method: 'POST', url: `${UPLOADS}/${request.sessionId}/${request.op}` };
    case 'status':
      return { method: 'GET', url: `${UPLOADS}/${request.sessionId}` };
    case 'readMeta':
      return { method: 'GET', url: `${ASSETS}/${request.blobId}/metadata` };
    case 'readChunk': {
      const { first, last } = partRange(request.index);
      const headers: HttpHeader[] = [['range', `bytes=${first}-${last}`]];
      return { method: 'GET', url: `${ASSETS}/${request.blobId}`, headers };
    }
    case 'deleteMemory':
      return { method: 'DELETE', url: `${ASSETS}/${request.memoryId}` };
  }
}

/** There is no field for `expectedChunks`: the canister computes it. */
function beginMessage({ capsuleId, name, mimeType, bytes, sha256, key }: Request & { op: 'begin' }): Message {
  const { headers, body } = json({
    capsule_id: capsuleId,
    filename: name,
    mime_type: mimeType,
    total_size: bytes,
    checksum_sha256: toHex(sha256),
  });
  return { method: 'POST', url: UPLOADS, headers: [...headers, ['idempotency-key', key]], body };
}

/** Adds a bearer token to the request. */
export function withToken(message: HttpRequestMessage, token: string | undefined): HttpRequestMessage {
  if (token === undefined) return message;
  return { ...message, headers: [...message.headers, ['authorization', `Bearer ${token}`]] };
}

const replyDecoder = createDecoder(['Ok', 'Err', 'token', 'expires_at']);

function decodeToken(outcome: Outcome): string {
  if (outcome.kind === 'reject')
    throw new Error(`http_token_create was rejected: ${outcome.errorCode} ${outcome.text}`);
  const [reply] = replyDecoder.decode(outcome.bytes);
  const payload = reply instanceof CandidVariant && reply.tag === 'Ok' ? reply.value : undefined;
  const token = (payload as CandidRecord | undefined)?.['token'];
  if (typeof token !== 'string') throw new Error('http_token_create returned no token');
  return token;
}

function encode(request: Request, token: string | undefined): EncodedRequest | undefined {
  const message = httpRequestOf(request);
  if (message === undefined) return undefined;
  const arg = encodeHttpRequest(withToken(message, token));
  return { kind: 'update', method: 'http_request_update', arg };
}

const createToken: EncodedRequest = {
  kind: 'update',
  method: 'http_token_create',
  arg: Uint8Array.from(IDL.encode([], [])),
};

export const uploadHttp: HttpInterface = {
  operations: HTTP_OPERATIONS,
  createToken: () => createToken,
  decodeToken,
  encode,
  decode: decodeHttpReply,
};

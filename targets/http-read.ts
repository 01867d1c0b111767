/**
 * Reads through `http_request`, for targets whose `shape.read` is `parts`. The canister answers a request with the first part of a file,
 * and with a streaming callback if there are more. Encode `readWhole` with `encodeHttpRead`, and decode its replies, the callback's
 * included, with `decodeHttpRead`.
 */
import type { ErrorKind, Result } from '../model/result.js';
import type { Outcome } from '../replicas/replica.js';
import { certificationProblem } from '../certification/http-certification.js';
import {
  decodeResponse,
  decodeStreamingPart,
  encodeQueryRequest,
  type GatewayResponse,
  type Header,
  type StreamingCallback,
} from './http-gateway-candid.js';
import type { EncodedRequest, ReadResult } from './target.js';

const REQUEST_METHOD = 'http_request';
const NO_BYTES = new Uint8Array(0);

const ERRORS: Readonly<Record<number, ErrorKind>> = {
  401: 'Unauthorized',
  403: 'Unauthorized',
  404: 'NotFound',
};

/**
 * The call that asks for a file.
 * @param url path and query, percent-encoded
 */
export function encodeHttpRead(url: string, headers: readonly Header[] = []): EncodedRequest {
  const arg = encodeQueryRequest({ method: 'GET', url, headers, body: NO_BYTES });
  return { kind: 'query', method: REQUEST_METHOD, arg };
}

/**
 * The part of the file in a reply, with the call that returns the next part; or the error that the canister answered. Never throws.
 * @param call the call that was answered: that of `encodeHttpRead`, or the `next` of an earlier part
 * @param certifiedUrl the URL of the file, if the canister certifies its responses: a response that a gateway does not accept is an error
 */
export function decodeHttpRead(
  outcome: Outcome,
  call: EncodedRequest,
  certifiedUrl?: string,
): Result | ReadResult {
  if (outcome.kind === 'reject') {
    const { code, errorCode, text } = outcome;
    return { kind: 'rejected', code, errorCode, text };
  }
  try {
    return call.method === REQUEST_METHOD
      ? firstPart(decodeResponse(outcome.bytes), certifiedUrl)
      : laterPart(outcome.bytes, call);
  } catch (error) {
    return { kind: 'undecodable', text: error instanceof Error ? error.message : String(error) };
  }
}

function firstPart(response: GatewayResponse, certifiedUrl: string | undefined): Result | ReadResult {
  const { status, body, streaming } = response;
  if (status !== 200)
    return { kind: 'error', error: ERRORS[status] ?? 'other', text: `HTTP status ${status}` };
  const part = { kind: 'part', data: body, next: streaming && nextCall(streaming) } as const;
  if (certifiedUrl === undefined) return part;
  const path = pathOf(certifiedUrl);
  return { ...part, problemOf: (bodySha256) => certificationProblem({ ...response, path, bodySha256 }) };
}

function pathOf(url: string): string {
  const [path = ''] = url.split('?');
  return decodeURIComponent(path);
}

function laterPart(reply: Uint8Array, { canister = '', method, arg }: EncodedRequest): ReadResult {
  const part = decodeStreamingPart(reply, { canister, method, arg });
  return { kind: 'part', data: part?.body ?? NO_BYTES, next: part?.next && nextCall(part.next) };
}

function nextCall({ canister, method, arg }: StreamingCallback): EncodedRequest {
  return { kind: 'query', ...(canister === '' ? {} : { canister }), method, arg };
}

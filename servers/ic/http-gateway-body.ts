/**
 * Bodies that do not fit in one reply. The gateway fetches them in parts from the canister and sends one body to the client. It holds
 * only one part in memory.
 */
import type { Outcome, PrincipalText } from '../../replicas/replica.js';
import {
  decodeStreamingPart,
  type GatewayRequest,
  type GatewayResponse,
  type Header,
  type StreamingCallback,
} from '../../targets/http-gateway-candid.js';

export interface ByteRange {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
  readonly total: number;
}

/** The rest of a body is not available. The client has received a part of it, so the gateway closes the connection. */
export class IncompleteBodyError extends Error {
  override readonly name = 'IncompleteBodyError';
}

export function headerOf(headers: readonly Header[], name: string): string | undefined {
  return headers.find(([key]) => key.toLowerCase() === name)?.[1];
}

/** Parses texts such as `bytes 0-1899999/5000000`. Returns `undefined` for any other text and for an inconsistent range. */
export function parseContentRange(text: string | undefined): ByteRange | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(text ?? '');
  if (!match) return undefined;
  const [first, last, total] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return first <= last && last < total ? { first, last, total } : undefined;
}

/**
 * Returns the range of the first part of a body. By convention, a canister that answers a request without a range with the first range
 * asks the gateway to fetch the rest. Returns `undefined` for any other response.
 */
export function firstPartOf(request: GatewayRequest, response: GatewayResponse): ByteRange | undefined {
  const mayHaveParts = request.method === 'GET' || request.method === 'HEAD';
  if (!mayHaveParts || response.status !== 206 || headerOf(request.headers, 'range') !== undefined)
    return undefined;
  const range = parseContentRange(headerOf(response.headers, 'content-range'));
  return range?.first === 0 ? range : undefined;
}

/**
 * Yields the first part, then fetches and yields the others.
 * @param ask sends a request in the same way as the first one
 */
export async function* wholeBody(
  request: GatewayRequest,
  first: GatewayResponse,
  { last, total }: ByteRange,
  ask: (request: GatewayRequest) => Promise<GatewayResponse>,
): AsyncGenerator<Uint8Array> {
  const etag = headerOf(first.headers, 'etag');
  checkLength(first, last + 1);
  yield first.body;
  for (let next = last + 1; next < total;) {
    const part = await ask({ ...request, headers: [...request.headers, ['range', `bytes=${next}-`]] });
    const range = parseContentRange(headerOf(part.headers, 'content-range'));
    if (part.status !== 206 || range?.first !== next || range.total !== total) {
      throw new IncompleteBodyError(
        `the canister answered the request for byte ${next} of ${total} with status ${part.status}`,
      );
    }
    if (headerOf(part.headers, 'etag') !== etag)
      throw new IncompleteBodyError('the body changed while it was being fetched');
    checkLength(part, range.last - range.first + 1);
    yield part.body;
    next = range.last + 1;
  }
}

function checkLength({ body }: GatewayResponse, length: number): void {
  if (body.length !== length)
    throw new IncompleteBodyError(`a part of ${length} B has a body of ${body.length} B`);
}

/** Yields the first part, then the results of the canister's callback until it returns no token. */
export async function* streamedBody(
  first: Uint8Array,
  callback: StreamingCallback,
  query: (canister: PrincipalText, method: string, arg: Uint8Array) => Promise<Outcome>,
): AsyncGenerator<Uint8Array> {
  yield first;
  for (let next: StreamingCallback | undefined = callback; next !== undefined;) {
    const { canister, method, arg }: StreamingCallback = next;
    const outcome = await query(canister, method, arg);
    if (outcome.kind === 'reject') throw new IncompleteBodyError(`${method}: ${outcome.text}`);
    const part = decodeStreamingPart(outcome.bytes, next);
    if (part === undefined) return;
    yield part.body;
    next = part.next;
  }
}

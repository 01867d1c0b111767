/**
 * Bodies that do not fit in one reply: a canister gives them part by part, and the client gets one body. Only one part is in
 * memory at a time.
 */
import type { Outcome, PrincipalText } from '../../replicas/replica.js';
import {
  decodeStreamingPart,
  type GatewayRequest,
  type GatewayResponse,
  type Header,
  type StreamingCallback,
} from './http-gateway-candid.js';

export interface ByteRange {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
  readonly total: number;
}

/** A body whose rest cannot be had; what was sent of it so far cannot be taken back, so the connection breaks. */
export class BrokenBody extends Error {
  override readonly name = 'BrokenBody';
}

export function headerOf(headers: readonly Header[], name: string): string | undefined {
  return headers.find(([key]) => key.toLowerCase() === name)?.[1];
}

/** `bytes 0-1899999/5000000`; undefined for anything else, also for a range that contradicts itself. */
export function parseContentRange(text: string | undefined): ByteRange | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(text ?? '');
  if (!match) return undefined;
  const [first, last, total] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return first <= last && last < total ? { first, last, total } : undefined;
}

/**
 * The range of a part that begins a whole body: the client asked for no range, and the canister answered with the first one
 * all the same. By this convention it says that the gateway is to fetch the rest.
 */
export function firstPartOf(request: GatewayRequest, response: GatewayResponse): ByteRange | undefined {
  const mayBeWhole = request.method === 'GET' || request.method === 'HEAD';
  if (!mayBeWhole || response.status !== 206 || headerOf(request.headers, 'range') !== undefined)
    return undefined;
  const range = parseContentRange(headerOf(response.headers, 'content-range'));
  return range?.first === 0 ? range : undefined;
}

/** @param ask sends a request as the first one was sent */
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
      throw new BrokenBody(`the canister answered byte ${next} of ${total} with status ${part.status}`);
    }
    if (headerOf(part.headers, 'etag') !== etag)
      throw new BrokenBody('the body changed while it was fetched');
    checkLength(part, range.last - range.first + 1);
    yield part.body;
    next = range.last + 1;
  }
}

function checkLength({ body }: GatewayResponse, length: number): void {
  if (body.length !== length)
    throw new BrokenBody(`a part of ${length} B came with ${body.length} B in its body`);
}

/** The first part, then what the canister's callback gives until it names no further token. */
export async function* streamedBody(
  first: Uint8Array,
  callback: StreamingCallback,
  query: (canister: PrincipalText, method: string, arg: Uint8Array) => Promise<Outcome>,
): AsyncGenerator<Uint8Array> {
  yield first;
  for (let next: StreamingCallback | undefined = callback; next !== undefined;) {
    const { canister, method, arg }: StreamingCallback = next;
    const outcome = await query(canister, method, arg);
    if (outcome.kind === 'reject') throw new BrokenBody(`${method}: ${outcome.text}`);
    const part = decodeStreamingPart(outcome.bytes, next);
    if (part === undefined) return;
    yield part.body;
    next = part.next;
  }
}

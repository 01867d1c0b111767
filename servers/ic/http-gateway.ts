/**
 * Plain HTTP to canisters, as the IC's HTTP gateways forward it: a request becomes the query `http_request`, and where the canister
 * asks for it the update call `http_request_update`, by the anonymous caller. Unlike a gateway it verifies no certificate of
 * the canister's over the response: it is the replica itself.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Outcome, PrincipalText } from '../../replicas/replica.js';
import type { IcBackend } from './backend.js';
import { createRangeCheck } from './canister-ranges.js';
import { BrokenBody, firstPartOf, headerOf, streamedBody, wholeBody } from './http-gateway-body.js';
import type { GatewayCalls } from './http-gateway-calls.js';
import {
  decodeResponse,
  encodeQueryRequest,
  encodeUpdateRequest,
  type GatewayRequest,
  type GatewayResponse,
  type Header,
} from './http-gateway-candid.js';
import { HttpError } from './http-reply.js';
import { parsePrincipal } from './principals.js';

export interface HttpGatewayOptions {
  readonly backend: IcBackend;
  readonly calls: GatewayCalls;
  /** Asked where the request names no canister. */
  readonly canister: PrincipalText | undefined;
  /** Of pages that may read answers whose canister says nothing about it. */
  readonly corsOrigin: string;
  readonly onError: (error: unknown) => void;
}

/** Resolves when the last byte was handed on. Never rejects. */
export type HttpGateway = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A request that cannot be forwarded, or whose answer cannot be: `kind` is for programs. */
class GatewayError extends Error {
  readonly status: number;
  readonly kind: string;

  constructor(status: number, kind: string, message: string) {
    super(message);
    this.status = status;
    this.kind = kind;
  }
}

/** RFC 9110, 7.6.1: these are about one connection, and `content-length` is written anew. */
const HOP_HEADERS: ReadonlySet<string> = new Set([
  ...(['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization'] as const),
  ...(['te', 'trailer', 'transfer-encoding', 'upgrade'] as const),
]);

/** What an ingress message has besides its argument: names, expiry, nonce, their CBOR. */
const ENVELOPE_BYTES = 512;

/** Statuses that never have a body. */
const BODILESS: ReadonlySet<number> = new Set([204, 304]);

/** The canister that a request names by its host or its query, whatever its path. Not checked to exist. */
export function canisterNamedBy({ headers, url = '/' }: IncomingMessage): string | undefined {
  const parameter = /[?&]canisterId=([^&#]*)/.exec(url)?.[1];
  const host = /^([^.:]+)(?:\.raw)?\.localhost(?::\d+)?$/i.exec(headers.host ?? '')?.[1];
  return parameter ?? host?.toLowerCase();
}

export function createHttpGateway(options: HttpGatewayOptions): HttpGateway {
  const { backend, calls } = options;
  const { ingressBytesMax } = backend.subnet;
  const isHosted = createRangeCheck(backend.subnet.canisterRanges);

  const canisterOf = (request: IncomingMessage): PrincipalText => {
    const named = canisterNamedBy(request) ?? options.canister;
    if (named === undefined) {
      const how = 'use the host {canister id}.localhost or the query ?canisterId={canister id}';
      throw new GatewayError(400, 'canister_id_not_resolved', `The request names no canister: ${how}.`);
    }
    const id = parsePrincipal(named);
    if (!id)
      throw new GatewayError(400, 'canister_id_incorrect', `${named.slice(0, 100)} is no canister id.`);
    if (!isHosted(id))
      throw new GatewayError(400, 'subnet_not_found', `Canister ${named} does not belong to any subnet.`);
    return named;
  };

  const tooLarge = (): GatewayError =>
    new GatewayError(
      413,
      'request_too_large',
      `The request is larger than a message to a canister may be (${ingressBytesMax} B); send the data in smaller chunks.`,
    );

  const ask = async (canister: PrincipalText, request: GatewayRequest): Promise<GatewayResponse> => {
    const response = responseOf(await calls.query(canister, 'http_request', encodeQueryRequest(request)));
    if (!response.upgrade) return response;
    const arg = encodeUpdateRequest(request);
    if (arg.length + ENVELOPE_BYTES > ingressBytesMax) throw tooLarge();
    return responseOf(await calls.update(canister, 'http_request_update', arg));
  };

  return async (incoming, response) => {
    try {
      const canister = canisterOf(incoming);
      const body = await readBody(incoming, ingressBytesMax);
      if (body === undefined) throw tooLarge();
      const request: GatewayRequest = {
        method: incoming.method ?? 'GET',
        url: incoming.url ?? '/',
        headers: headersOf(incoming),
        body,
      };
      const answer = await ask(canister, request);
      const sent = { answer, request, canister, response };
      await send(sent, (again) => ask(canister, again), options);
    } catch (error) {
      fail(incoming, response, error, options);
    }
  };
}

function responseOf(outcome: Outcome): GatewayResponse {
  if (outcome.kind === 'reject') {
    throw new GatewayError(503, 'canister_error', `${outcome.errorCode}: ${outcome.text}`);
  }
  let response: GatewayResponse;
  try {
    response = decodeResponse(outcome.bytes);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GatewayError(502, 'response_malformed', `The canister's reply is no HTTP response: ${why}`);
  }
  if (response.upgrade || (response.status >= 200 && response.status <= 999)) return response;
  throw new GatewayError(502, 'response_malformed', `The canister answered with status ${response.status}.`);
}

function headersOf({ rawHeaders }: IncomingMessage): Header[] {
  const headers: Header[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    // In lower case, as the gateways' HTTP library has them.
    const name = rawHeaders[at]!.toLowerCase();
    if (!HOP_HEADERS.has(name)) headers.push([name, rawHeaders[at + 1]!]);
  }
  return headers;
}

/** Undefined when it is longer. The rest is read and dropped, so that the client sees the answer. */
async function readBody(request: IncomingMessage, bytesMax: number): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length <= bytesMax) chunks.push(chunk);
      else chunks.length = 0;
    }
  } catch {
    throw new GatewayError(400, 'malformed_request', 'The connection was closed within the request.');
  }
  return length <= bytesMax ? Uint8Array.from(Buffer.concat(chunks, length)) : undefined;
}

interface Sent {
  readonly answer: GatewayResponse;
  readonly request: GatewayRequest;
  readonly canister: PrincipalText;
  readonly response: ServerResponse;
}

async function send(
  { answer, request, canister, response }: Sent,
  ask: (request: GatewayRequest) => Promise<GatewayResponse>,
  { calls, corsOrigin }: HttpGatewayOptions,
): Promise<void> {
  const range = firstPartOf(request, answer);
  const isHead = request.method === 'HEAD';
  const status = range ? 200 : answer.status;
  const dropped = range ? ['content-range', 'content-length'] : isHead ? [] : ['content-length'];
  const headers = answer.headers.filter(([name]) => {
    const lower = name.toLowerCase();
    return !HOP_HEADERS.has(lower) && !dropped.includes(lower);
  });
  const add = (name: string, value: string): void => {
    if (headerOf(headers, name) === undefined) headers.push([name, value]);
  };
  add('access-control-allow-origin', corsOrigin);
  add('x-ic-canister-id', canister);
  add('x-request-id', randomUUID());
  const isBodiless = BODILESS.has(status);
  // Of a streamed body only the canister knows the end; a HEAD without bytes says nothing about the length.
  const length = range?.total ?? (answer.streaming ? undefined : answer.body.length);
  if (length !== undefined && !isBodiless && !(isHead && length === 0)) add('content-length', String(length));
  writeHead(response, status, headers);
  if (isHead || isBodiless) {
    response.end();
    return;
  }
  if (range) await stream(wholeBody(request, answer, range, ask), response);
  else if (answer.streaming)
    await stream(streamedBody(answer.body, answer.streaming, calls.query.bind(calls)), response);
  else response.end(answer.body);
}

/** Node refuses header names and values that would break the message. */
function writeHead(response: ServerResponse, status: number, headers: readonly Header[]): void {
  try {
    response.writeHead(status, headers.flat());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GatewayError(502, 'response_malformed', `The canister's headers cannot be sent: ${why}`);
  }
}

function stream(parts: AsyncGenerator<Uint8Array>, response: ServerResponse): Promise<void> {
  return pipeline(Readable.from(parts, { highWaterMark: 1 }), response);
}

function fail(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  { corsOrigin, onError }: HttpGatewayOptions,
): void {
  if (response.headersSent) {
    // The client sees a body that ends too early. It may as well be the client that went away.
    response.destroy();
    const { code } = error as NodeJS.ErrnoException;
    const isKnown =
      error instanceof BrokenBody || error instanceof GatewayError || error instanceof HttpError;
    if (!isKnown && code !== 'ERR_STREAM_PREMATURE_CLOSE') onError(error);
    return;
  }
  const { status, kind, message } = describe(error, onError);
  const isJson = request.headers.accept?.includes('json') === true;
  const body = isJson
    ? `${JSON.stringify({ error: { kind, message } })}\n`
    : `error: ${kind}\ndetails: ${message}\n`;
  response.writeHead(status, {
    'content-type': isJson ? 'application/json' : 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'access-control-allow-origin': corsOrigin,
    'x-request-id': randomUUID(),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function describe(
  error: unknown,
  onError: (error: unknown) => void,
): Pick<GatewayError, 'status' | 'kind' | 'message'> {
  if (error instanceof GatewayError) return error;
  if (error instanceof HttpError) {
    const { status, message } = error;
    return { status, kind: status === 504 ? 'canister_timeout' : 'replica_unavailable', message };
  }
  onError(error);
  return { status: 500, kind: 'internal_error', message: 'Internal server error.' };
}

/**
 * Plain HTTP to canisters, as the IC's HTTP gateways forward it. A request becomes the query `http_request` of the anonymous caller. If
 * the canister asks for an upgrade, the request becomes the update call `http_request_update` as well. Unlike a gateway, this server
 * does not verify the canister's certificate of the response, because it is the replica itself.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Outcome, PrincipalText } from '../../replicas/replica.js';
import { readBody } from '../http/body.js';
import { IncompleteBodyError, firstPartOf, headerOf, streamedBody, wholeBody } from './http-gateway-body.js';
import type { GatewayCalls } from './http-gateway-calls.js';
import {
  decodeResponse,
  encodeQueryRequest,
  encodeUpdateRequest,
  type GatewayRequest,
  type GatewayResponse,
  type Header,
} from '../../targets/http-gateway-candid.js';
import { HttpError } from '../http/reply.js';
import { parsePrincipal } from './principals.js';

/** The canisters behind a gateway. */
export interface GatewayHost {
  isHosted(canisterId: Uint8Array): boolean;
  /** Limit of an ingress message to the canister. */
  ingressBytesMax(canister: PrincipalText): number;
}

export interface HttpGatewayOptions {
  readonly host: GatewayHost;
  readonly calls: GatewayCalls;
  /** The names whose subdomains are canisters. Default: `localhost`. */
  readonly domains?: readonly string[];
  /** The canister for requests that name none. */
  readonly canister: PrincipalText | undefined;
  /** Origin of the pages that may read a response. Used if the canister sets no such header. */
  readonly corsOrigin: string;
  readonly onError: (error: unknown) => void;
}

/** Resolves after the last byte was written. Never rejects. */
export type HttpGateway = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The request or its response cannot be forwarded. `kind` identifies the error for programs. */
class GatewayError extends Error {
  readonly status: number;
  readonly kind: string;

  constructor(status: number, kind: string, message: string) {
    super(message);
    this.status = status;
    this.kind = kind;
  }
}

/** Headers about one connection (RFC 9110, section 7.6.1), which are not forwarded. */
const HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Size limit of the parts of an ingress message other than its argument: names, expiry, nonce, and CBOR. */
const ENVELOPE_BYTES = 512;

/** Statuses of responses without a body. */
const BODILESS: ReadonlySet<number> = new Set([204, 304]);

const LOCAL_DOMAINS = ['localhost'];

/** Returns the canister in the host or the query of a request. The canister need not exist. */
export function canisterNamedBy(
  { headers, url = '/' }: IncomingMessage,
  domains: readonly string[] = LOCAL_DOMAINS,
): string | undefined {
  const parameter = /[?&]canisterId=([^&#]*)/.exec(url)?.[1];
  return parameter ?? canisterInHost(headers.host ?? '', domains);
}

/** For example of `CANISTER.raw.localhost:8000`. */
function canisterInHost(host: string, domains: readonly string[]): string | undefined {
  const name = host.toLowerCase().replace(/:\d+$/, '');
  const domain = domains.find((candidate) => name.endsWith(`.${candidate.toLowerCase()}`));
  return domain && /^([^.]+)(?:\.raw)?$/.exec(name.slice(0, -domain.length - 1))?.[1];
}

export function createHttpGateway(options: HttpGatewayOptions): HttpGateway {
  const { host, calls, domains } = options;

  const canisterOf = (request: IncomingMessage): PrincipalText => {
    const named = canisterNamedBy(request, domains) ?? options.canister;
    if (named === undefined) {
      const message =
        'The request names no canister: use the host {canister id}.localhost or the query ?canisterId={canister id}.';
      throw new GatewayError(400, 'canister_id_not_resolved', message);
    }
    const id = parsePrincipal(named);
    if (!id)
      throw new GatewayError(400, 'canister_id_incorrect', `${named.slice(0, 100)} is not a canister id.`);
    if (!host.isHosted(id))
      throw new GatewayError(400, 'subnet_not_found', `Canister ${named} does not belong to any subnet.`);
    return named;
  };

  const tooLarge = (ingressBytesMax: number): GatewayError =>
    new GatewayError(
      413,
      'request_too_large',
      `The request exceeds the limit of a message to a canister (${ingressBytesMax} B); send the data in smaller chunks.`,
    );

  const ask = async (canister: PrincipalText, request: GatewayRequest): Promise<GatewayResponse> => {
    const response = responseOf(await calls.query(canister, 'http_request', encodeQueryRequest(request)));
    if (!response.upgrade) return response;
    const arg = encodeUpdateRequest(request);
    const bytesMax = host.ingressBytesMax(canister);
    if (arg.length + ENVELOPE_BYTES > bytesMax) throw tooLarge(bytesMax);
    return responseOf(await calls.update(canister, 'http_request_update', arg));
  };

  return async (incoming, response) => {
    try {
      const canister = canisterOf(incoming);
      const bytesMax = host.ingressBytesMax(canister);
      const body = await readBody(incoming, { bytesMax, rest: 'drain' });
      if (body === 'too-large') throw tooLarge(bytesMax);
      if (body === 'broken')
        throw new GatewayError(400, 'malformed_request', 'The connection was closed within the request.');
      const request: GatewayRequest = {
        method: incoming.method ?? 'GET',
        url: incoming.url ?? '/',
        headers: headersOf(incoming),
        body: Uint8Array.from(body),
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
    throw new GatewayError(502, 'response_malformed', `The canister's reply is not an HTTP response: ${why}`);
  }
  if (response.upgrade || (response.status >= 200 && response.status <= 999)) return response;
  throw new GatewayError(502, 'response_malformed', `The canister answered with status ${response.status}.`);
}

function headersOf({ rawHeaders }: IncomingMessage): Header[] {
  const headers: Header[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    // The gateways' HTTP library converts header names to lower case.
    const name = rawHeaders[at]!.toLowerCase();
    if (!HOP_HEADERS.has(name)) headers.push([name, rawHeaders[at + 1]!]);
  }
  return headers;
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
  // Only the canister knows the length of a streamed body. An empty body of a HEAD response says nothing about the length.
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

/** Node rejects header names and values that would corrupt the message. */
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
    // The client receives an incomplete body. The cause may also be that the client closed the connection.
    response.destroy();
    const { code } = error as NodeJS.ErrnoException;
    const isKnown =
      error instanceof IncompleteBodyError || error instanceof GatewayError || error instanceof HttpError;
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

/** The IC's HTTP interface as a plain `node:http` request listener. */
import type { IncomingMessage, RequestListener } from 'node:http';
import type { PrincipalText } from '../../replicas/replica.js';
import { readBody } from '../http/body.js';
import { type HttpReply, HttpError, emptyReply, textReply } from '../http/reply.js';
import { type ApiRoute, findApiRoute } from './api-routes.js';
import type { IcBackend } from './backend.js';
import { createRangeCheck } from './canister-ranges.js';
import { CBOR, GATEWAY_TEXT } from './cbor-reply.js';
import { Chain } from './chain.js';
import { type Endpoints, SYNC_CALL_TIMEOUT_MS, createEndpoints } from './endpoints.js';
import { createGatewayCalls } from './http-gateway-calls.js';
import { type HttpGateway, canisterNamedBy, createHttpGateway } from './http-gateway.js';
import { parsePrincipal } from './principals.js';
import { sendReply } from './send-reply.js';
import { describeServer } from './server-facts.js';
import { createSubnetIdentity } from './subnet-identity.js';
import { TOPOLOGY_PATH, topologyReply } from './topology.js';

export interface IcHttpOptions {
  /** Seed of the subnet's keys: the same seed gives the same root key. Default: 32 zero bytes. */
  readonly seed?: Uint8Array;
  /** Milliseconds between blocks. Default 0: a block as soon as there is a message. */
  readonly blockTimeMs?: number;
  /** Milliseconds between blocks while no message is submitted (block time 0 only). Default 1,000. */
  readonly idleBlockMs?: number;
  /** Milliseconds that a synchronous call waits for its answer. Default 10,000. */
  readonly syncCallTimeoutMs?: number;
  /**
   * The only canister of this server. `GET /` names no other one, and plain HTTP requests without a canister go to it. Default: `GET /`
   * lists all canisters.
   */
  readonly canister?: PrincipalText;
  /** Origin of the web pages that may read the responses. Default `*`: all. */
  readonly corsOrigin?: string;
  /** Returns nanoseconds since 1970. Default: the machine's clock, because agents compare it with theirs. */
  readonly now?: () => bigint;
  /** Handles every path except `/`, `/_/topology`, and those below `/api`. Default: the request is forwarded to a canister. */
  readonly fallback?: RequestListener;
  /** Called after every request, with the milliseconds from its arrival to its last byte. */
  readonly onServed?: (served: ServedRequest) => void;
  /** Called for every failure of the server itself, not for invalid requests. Default: writes to standard error. */
  readonly onError?: (error: unknown) => void;
}

export interface ServedRequest {
  /** For example `v3/canister/call`. Requests to a canister are `gateway`. */
  readonly endpoint: string;
  readonly status: number;
  readonly durationMs: number;
}

export interface IcHttpHandler {
  readonly listener: RequestListener;
  /** DER, 133 bytes: the result of `fetchRootKey`. */
  readonly rootKeyDer: Uint8Array;
  /** Makes no further block. Calls that wait for an answer get 202. */
  readonly close: () => Promise<void>;
}

/** The replica's limit of a request body (PocketIC 10.0.0: 4 MiB). */
const BODY_BYTES_MAX = 4 * 1024 * 1024;

const WARM_UP_SIGNATURES = 4;

function wallClockNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

/** Makes the first block, then returns the handler. Rejects if the backend cannot make a block. */
export async function createIcHttpHandler(
  backend: IcBackend,
  options: IcHttpOptions = {},
): Promise<IcHttpHandler> {
  const { blockTimeMs = 0, idleBlockMs = 1_000, syncCallTimeoutMs = SYNC_CALL_TIMEOUT_MS } = options;
  const { now = wallClockNs, corsOrigin = '*', onError = writeError, canister } = options;
  const seed = options.seed ?? new Uint8Array(32);
  const identity = createSubnetIdentity(seed);
  const chain = new Chain(backend, identity, { blockTimeMs, idleBlockMs, now });
  await chain.start();
  // The first signatures take longer than the later ones, so they are made before the first call arrives.
  for (let round = 0; round < WARM_UP_SIGNATURES; round += 1)
    identity.key.signStateRoot(new Uint8Array(32).fill(round));
  const listener = createListener({
    endpoints: createEndpoints({
      backend,
      canisterRanges: backend.subnet.canisterRanges,
      chain,
      identity,
      now,
      syncCallTimeoutMs,
    }),
    gateway: createHttpGateway({
      host: {
        isHosted: createRangeCheck(backend.subnet.canisterRanges),
        ingressBytesMax: () => backend.subnet.ingressBytesMax,
      },
      calls: createGatewayCalls(backend, chain, now),
      canister,
      corsOrigin,
      onError,
    }),
    pages: new Map([
      [
        '/',
        (request: IncomingMessage) =>
          describeServer(request, { backend, chain, identity, blockTimeMs, canister }),
      ],
      [TOPOLOGY_PATH, async () => topologyReply(backend.subnet, identity, seed)],
    ]),
    fallback: options.fallback,
    corsOrigin,
    onServed: options.onServed ?? (() => undefined),
    onError,
  });
  return { listener, rootKeyDer: identity.key.publicKeyDer, close: () => chain.stop() };
}

function writeError(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`IC HTTP interface: ${text}\n`);
}

type Page = (request: IncomingMessage) => Promise<HttpReply>;

interface ListenerParts {
  readonly endpoints: Endpoints;
  readonly gateway: HttpGateway;
  /** Answers GET requests for a path. */
  readonly pages: ReadonlyMap<string, Page>;
  readonly fallback: RequestListener | undefined;
  readonly corsOrigin: string;
  readonly onServed: (served: ServedRequest) => void;
  readonly onError: (error: unknown) => void;
}

function createListener(parts: ListenerParts): RequestListener {
  const { endpoints, gateway, pages, fallback, corsOrigin, onServed, onError } = parts;
  return (request, response) => {
    const begun = performance.now();
    const reportWhenClosed = (endpoint: string): void => {
      response.once('close', () => {
        onServed({ endpoint, status: response.statusCode, durationMs: performance.now() - begun });
      });
    };
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (isForCanister(request, path)) {
      if (fallback) {
        fallback(request, response);
        return;
      }
      reportWhenClosed('gateway');
      void gateway(request, response);
      return;
    }
    const route = findApiRoute(path);
    const page = pages.get(path);
    const reply = page ? showPage(request, page) : answer(request, route, endpoints);
    reply
      .catch((error: unknown) => errorToReply(error, onError))
      .then((settled) => {
        reportWhenClosed(route?.name ?? path);
        sendReply(request, response, settled, corsOrigin);
      })
      .catch(onError);
  };
}

function isForCanister(request: IncomingMessage, path: string): boolean {
  if (path.startsWith('/api/') || path === TOPOLOGY_PATH) return false;
  return path !== '/' || canisterNamedBy(request) !== undefined;
}

function errorToReply(error: unknown, onError: (error: unknown) => void): HttpReply {
  if (error instanceof HttpError) return error.toReply();
  onError(error);
  return textReply(500, 'Internal server error.');
}

async function showPage(request: IncomingMessage, page: Page): Promise<HttpReply> {
  if (request.method === 'OPTIONS') return emptyReply();
  checkIsRead(request);
  return page(request);
}

function checkIsRead({ method }: IncomingMessage): void {
  if (method !== 'GET' && method !== 'HEAD') throw new HttpError(405, 'Method not allowed: use GET.');
}

async function answer(
  request: IncomingMessage,
  route: ApiRoute | undefined,
  endpoints: Endpoints,
): Promise<HttpReply> {
  // A CORS preflight succeeds for every path.
  if (request.method === 'OPTIONS') return emptyReply();
  if (!route) throw new HttpError(404, 'Not found: no endpoint of the IC HTTP interface has this path.');
  if (route.scope === 'status') {
    checkIsRead(request);
    return endpoints.status();
  }
  if (request.method !== 'POST') throw new HttpError(405, 'Method not allowed: use POST.');
  const effectiveId = parsePrincipal(route.id);
  if (!effectiveId)
    throw new HttpError(400, `Invalid principal in the path: ${route.id.slice(0, 100)}`, GATEWAY_TEXT);
  if (route.scope === 'canister') endpoints.checkRoute(effectiveId);
  if (request.headers['content-type']?.toLowerCase() !== CBOR) {
    throw new HttpError(400, `Unexpected content-type, expected ${CBOR}.`, GATEWAY_TEXT);
  }
  const body = await readBody(request, { bytesMax: BODY_BYTES_MAX, rest: 'drain' });
  if (body === 'broken')
    throw new HttpError(400, 'Failed to buffer the request body: the connection was closed');
  if (body === 'too-large')
    throw new HttpError(413, 'Failed to buffer the request body: length limit exceeded');
  return route.serve(endpoints, effectiveId, body);
}

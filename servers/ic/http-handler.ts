/** The IC's HTTP interface as a plain `node:http` request listener. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { PrincipalText } from '../../replicas/replica.js';
import type { IcBackend } from './backend.js';
import { toHex } from './bytes.js';
import { Chain } from './chain.js';
import { canisterNamedBy, createHttpGateway } from './http-gateway.js';
import { createGatewayCalls } from './http-gateway-calls.js';
import { type Endpoints, SYNC_CALL_TIMEOUT_MS, createEndpoints } from './endpoints.js';
import { type HttpReply, CBOR, GATEWAY_TEXT, HttpError, textReply } from './http-reply.js';
import { parsePrincipal, principalToText } from './principals.js';
import { createSubnetIdentity } from './subnet-identity.js';

export interface IcHttpOptions {
  /** The subnet's keys derive from it: the same seed, the same root key. Default: 32 zero bytes. */
  readonly seed?: Uint8Array;
  /** Milliseconds from block to block; default 0: a block as soon as there is a message. */
  readonly blockTimeMs?: number;
  /** Milliseconds between blocks while nothing is submitted (block time 0 only); default 1,000. */
  readonly idleBlockMs?: number;
  /** Milliseconds that a synchronous call waits for its answer; default 10,000. */
  readonly syncCallTimeoutMs?: number;
  /**
   * The one canister that this server is about: `GET /` names it and no other, and plain HTTP that names no canister is
   * forwarded to it. Default: `GET /` lists them all.
   */
  readonly canister?: PrincipalText;
  /** The origin whose web pages may read the answers; default `*`: all. */
  readonly corsOrigin?: string;
  /** Nanoseconds since 1970; default: the machine's clock. Agents compare it with theirs. */
  readonly now?: () => bigint;
  /** Answers what is not below `/api` nor `/`; default: it is forwarded to a canister. */
  readonly fallback?: RequestListener;
  /** Told of every request served here, with the milliseconds from its arrival to its last byte. */
  readonly onServed?: (served: { endpoint: string; status: number; durationMs: number }) => void;
  /** Told of failures of the server itself (never of bad requests); default: standard error. */
  readonly onError?: (error: unknown) => void;
}

export interface IcHttpHandler {
  readonly listener: RequestListener;
  /** DER, 133 bytes: what `fetchRootKey` gives. */
  readonly rootKeyDer: Uint8Array;
  /** Makes no further block. Calls that wait are answered 202. */
  readonly close: () => Promise<void>;
}

/** The replica's bound on a request body (facts of PocketIC 10.0.0: 4 MiB). */
const BODY_BYTES_MAX = 4 * 1024 * 1024;

/** As recorded from a server of the IC; `vary` too. */
const EXPOSED_HEADERS = 'accept-ranges,content-length,content-range,x-request-id,x-ic-canister-id';
const VARY = 'origin, access-control-request-method, access-control-request-headers';

const WARM_UP_SIGNATURES = 4;

const wallClockNs = (): bigint => BigInt(Date.now()) * 1_000_000n;

/** Makes the first block, then serves. Rejects when the backend cannot make a block. */
export async function createIcHttpHandler(
  backend: IcBackend,
  options: IcHttpOptions = {},
): Promise<IcHttpHandler> {
  const now = options.now ?? wallClockNs;
  const identity = createSubnetIdentity(options.seed ?? new Uint8Array(32));
  const { blockTimeMs = 0, idleBlockMs = 1_000, syncCallTimeoutMs = SYNC_CALL_TIMEOUT_MS } = options;
  const chain = new Chain(backend, identity, { blockTimeMs, idleBlockMs, now });
  await chain.start();
  // The first signatures take ten times as long as the later ones: better now than within somebody's call.
  for (let round = 0; round < WARM_UP_SIGNATURES; round += 1)
    identity.key.signStateRoot(new Uint8Array(32).fill(round));
  const endpoints = createEndpoints({ backend, chain, identity, now, syncCallTimeoutMs });
  const rootKeyDer = identity.key.publicKeyDer;

  const describe = async (request: IncomingMessage): Promise<HttpReply> => {
    const state = await chain.state();
    const canisters = [...state.canisters.values()].map(({ id, module }) => ({
      id,
      module_hash: module ? toHex(module.hash) : null,
    }));
    const facts = {
      ...(options.canister !== undefined && { canister: options.canister }),
      serves: 'the Internet Computer HTTP interface: /api/v2, /api/v3, /api/v4',
      replica: `${backend.subnet.name} ${backend.subnet.version}`,
      root_key: toHex(rootKeyDer),
      subnet_id: principalToText(identity.id),
      block_time_ms: blockTimeMs,
      height: state.height,
      time: new Date(Number(state.timeNs / 1_000_000n)).toISOString(),
    };
    if (request.headers.accept?.includes('application/json')) {
      const body = `${JSON.stringify({ ...facts, canisters }, null, 2)}\n`;
      return { status: 200, contentType: 'application/json', body };
    }
    const lines = Object.entries(facts).map(([name, value]) => `${name}: ${value}`);
    const listed = canisters.map(({ id, module_hash }) => `  ${id}  ${module_hash ?? '(no module)'}`);
    // Whoever looks for the canister in this text finds one id.
    if (options.canister === undefined) lines.push('canisters:', ...listed);
    return textReply(200, `${lines.join('\n')}\n`);
  };

  const onError = options.onError ?? defaultOnError;
  const gateway = createHttpGateway({
    backend,
    calls: createGatewayCalls(backend, chain, now),
    canister: options.canister,
    corsOrigin: options.corsOrigin ?? '*',
    onError,
  });

  const listener: RequestListener = (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const begun = performance.now();
    if (!path.startsWith('/api/') && (path !== '/' || canisterNamedBy(request) !== undefined)) {
      if (options.fallback) {
        options.fallback(request, response);
        return;
      }
      response.once('close', () => {
        const durationMs = performance.now() - begun;
        options.onServed?.({ endpoint: 'gateway', status: response.statusCode, durationMs });
      });
      return void gateway(request, response);
    }
    const route = findRoute(path);
    const reply = path === '/' ? describeIf(request, describe) : answer(request, route, endpoints);
    reply
      .catch((error: unknown) => toReply(error, onError))
      .then((settled) => {
        response.once('close', () => {
          const durationMs = performance.now() - begun;
          options.onServed?.({ endpoint: route?.name ?? path, status: settled.status, durationMs });
        });
        send(request, response, settled, options.corsOrigin ?? '*');
      })
      .catch(onError);
  };
  return { listener, rootKeyDer, close: () => chain.stop() };
}

function defaultOnError(error: unknown): void {
  process.stderr.write(
    `IC HTTP interface: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
}

function toReply(error: unknown, onError: (error: unknown) => void): HttpReply {
  if (error instanceof HttpError) return textReply(error.status, error.message, error.contentType);
  onError(error);
  return textReply(500, 'Internal server error.');
}

interface Route {
  readonly name: string;
  readonly scope: 'status' | 'canister' | 'subnet';
  /** The id in the path, as text. */
  readonly id: string;
  readonly serve: (endpoints: Endpoints, effectiveId: Uint8Array, body: Uint8Array) => Promise<HttpReply>;
}

/** By version, scope and operation. Versions differ only in delegations, and the root subnet has none. */
const SERVE: Readonly<Record<string, Route['serve']>> = {
  'v2/canister/call': (endpoints, id, body) => endpoints.callAsync(id, body),
  'v3/canister/call': (endpoints, id, body) => endpoints.callSync(id, body),
  'v4/canister/call': (endpoints, id, body) => endpoints.callSync(id, body),
  'v2/canister/query': (endpoints, id, body) => endpoints.query(id, body),
  'v3/canister/query': (endpoints, id, body) => endpoints.query(id, body),
  'v2/canister/read_state': (endpoints, id, body) => endpoints.readCanisterState(id, body),
  'v3/canister/read_state': (endpoints, id, body) => endpoints.readCanisterState(id, body),
  'v2/subnet/read_state': (endpoints, id, body) => endpoints.readSubnetState(id, body),
  'v3/subnet/read_state': (endpoints, id, body) => endpoints.readSubnetState(id, body),
};

function findRoute(path: string): Route | undefined {
  if (path === '/api/v2/status') {
    return { name: 'v2/status', scope: 'status', id: '', serve: async (endpoints) => endpoints.status() };
  }
  const [, version, scope, id = '', operation] =
    /^\/api\/(v\d)\/(canister|subnet)\/([^/]+)\/(\w+)$/.exec(path) ?? [];
  const name = `${version}/${scope}/${operation}`;
  const serve = Object.hasOwn(SERVE, name) ? SERVE[name] : undefined;
  return serve && { name, scope: scope === 'subnet' ? 'subnet' : 'canister', id, serve };
}

/** CORS preflights are answered for every path. */
const preflight = (): HttpReply => ({ status: 200, contentType: undefined, body: '' });

async function describeIf(
  request: IncomingMessage,
  describe: (request: IncomingMessage) => Promise<HttpReply>,
): Promise<HttpReply> {
  if (request.method === 'OPTIONS') return preflight();
  if (request.method === 'GET' || request.method === 'HEAD') return describe(request);
  throw new HttpError(405, 'Method not allowed: use GET.');
}

async function answer(
  request: IncomingMessage,
  route: Route | undefined,
  endpoints: Endpoints,
): Promise<HttpReply> {
  if (request.method === 'OPTIONS') return preflight();
  if (!route) throw new HttpError(404, 'Not found: no endpoint of the IC HTTP interface has this path.');
  if (route.scope === 'status') {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new HttpError(405, 'Method not allowed: use GET.');
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
  return route.serve(endpoints, effectiveId, await readBody(request));
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length <= BODY_BYTES_MAX) chunks.push(chunk); // The rest is read and dropped, so that the client sees the 413.
    }
  } catch {
    throw new HttpError(400, 'Failed to buffer the request body: the connection was closed');
  }
  if (length > BODY_BYTES_MAX)
    throw new HttpError(413, 'Failed to buffer the request body: length limit exceeded');
  return Buffer.concat(chunks, length);
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: HttpReply,
  corsOrigin: string,
): void {
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
  const headers: Record<string, string | number> = {
    'access-control-allow-origin': corsOrigin,
    'access-control-expose-headers': EXPOSED_HEADERS,
    vary: VARY,
    'x-request-id': randomUUID(),
    'content-length': body.length,
  };
  if (reply.contentType !== undefined) headers['content-type'] = reply.contentType;
  if (request.method === 'OPTIONS') {
    headers['access-control-allow-methods'] = 'GET, HEAD, POST';
    headers['access-control-allow-headers'] =
      'accept, authorization, content-type, x-request-id, x-ic-canister-id';
    headers['access-control-max-age'] = 7200;
  }
  response.writeHead(reply.status, headers);
  response.end(request.method === 'HEAD' ? undefined : body);
}

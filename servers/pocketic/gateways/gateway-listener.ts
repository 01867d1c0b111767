/**
 * An HTTP gateway of an instance: a listener whose requests go to the HTTP interface of the instance, to its topology, or to a canister.
 * The canister is named by the host, by the query, or by the page that sent the request.
 */
import type { IncomingMessage, RequestListener } from 'node:http';
import type { PrincipalText } from '../../../replicas/replica.js';
import { readBody } from '../../http/body.js';
import { closed, createLocalServer, listen, type TlsFiles } from '../../http/listen.js';
import { emptyReply, HttpError, textReply, type HttpReply } from '../../http/reply.js';
import { createHttpGateway } from '../../ic/http-gateway.js';
import { principalToText } from '../../ic/principals.js';
import { sendReply } from '../../ic/send-reply.js';
import type { Instance } from '../instances.js';
import { subnetOptionsOf } from '../topology.js';
import { createInstanceCalls } from './instance-calls.js';

export interface GatewayListenerOptions {
  readonly host: string;
  /** 0 means any free port. */
  readonly port: number;
  readonly domains: readonly string[];
  readonly tls: TlsFiles | undefined;
  /** Returns the instance. @throws {HttpError} if it was deleted */
  readonly find: () => Instance;
  /** Serves a request to the instance. `path` begins with `/api/` or `/_/`. */
  readonly forward: (request: {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingMessage['headers'];
    readonly body: Buffer;
  }) => Promise<HttpReply>;
}

export interface GatewayListener {
  readonly port: number;
  close(): Promise<void>;
}

/** Above the limit of the HTTP interface, which refuses larger bodies with its own text. */
const BODY_BYTES_MAX = 5 * 1_024 * 1_024;
const ANY_ORIGIN = '*';
/** Requests to these paths go to the instance. */
const INSTANCE_PATH = /^\/(?:api\/|_\/(?:topology|dashboard)$)/;

/** Rejects if the address cannot be used. */
export async function startGatewayListener(options: GatewayListenerOptions): Promise<GatewayListener> {
  const server = createLocalServer(createRequestListener(options), options.tls);
  const { port } = await listen(server, options.port, options.host);
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await closed(server);
  };
  return { port, close };
}

function createRequestListener(options: GatewayListenerOptions): RequestListener {
  const { find, domains } = options;
  const gateway = createHttpGateway({
    host: {
      isHosted: (id) => find().topology.route(principalToText(id)) !== undefined,
      ingressBytesMax: (canister) => ingressBytesMax(find(), canister),
    },
    calls: createInstanceCalls(find),
    domains,
    canister: undefined,
    corsOrigin: ANY_ORIGIN,
    onError: (error) => process.stderr.write(`HTTP gateway: ${String(error)}\n`),
  });
  return (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (!INSTANCE_PATH.test(path)) {
      void gateway(request, response);
      return;
    }
    void answer(request, path, options)
      .catch((error: unknown) => textReply(503, `error: upstream_error\ndetails: ${String(error)}`))
      .then((reply) => {
        sendReply(request, response, reply, ANY_ORIGIN);
      })
      .catch(() => response.destroy());
  };
}

function ingressBytesMax({ topology }: Instance, canister: PrincipalText): number {
  const subnet = topology.route(canister) ?? topology.defaultSubnet;
  return subnetOptionsOf(subnet).profile.limits.ingressBytesMax;
}

async function answer(
  request: IncomingMessage,
  path: string,
  { forward }: GatewayListenerOptions,
): Promise<HttpReply> {
  const { method = 'GET', headers } = request;
  if (method === 'OPTIONS') return emptyReply();
  const body = await readBody(request, { bytesMax: BODY_BYTES_MAX, rest: 'drain' });
  if (body === 'broken') throw new HttpError(400, 'the connection was closed within the request');
  const isTooLarge = body === 'too-large';
  return await forward({ method, path, headers, body: isTooLarge ? Buffer.alloc(BODY_BYTES_MAX) : body });
}

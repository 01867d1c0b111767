/** The HTTP side of the server: limits the size of bodies and detects that the server is idle. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../http/body.js';
import { closed, createLocalServer, listen, type Address } from '../http/listen.js';
import type { HttpReply } from '../http/reply.js';
import { IdleClock, type IdleOptions } from './idle-clock.js';
import type { Request } from './router.js';

export interface ListenerOptions {
  /** 0 means any free port. */
  readonly port: number;
  /** `127.0.0.1` or `::1`. */
  readonly host: string;
  readonly handle: (request: Request) => Promise<HttpReply>;
  /** Default 512 MiB: a JSON text becomes one string, and V8 limits strings to 512 Mi characters. */
  readonly bodyBytesMax?: number;
  /** If absent, the server never becomes idle. */
  readonly idle?: IdleOptions;
}

export interface Listener extends Address {
  /** Refuses new connections and ends the open ones. Idempotent. */
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 512 * 1024 * 1024;

/** Rejects if the port is taken. */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const idle = new IdleClock(options.idle);
  const server = createLocalServer((request, response) => {
    idle.begin();
    void answer(request, response, options)
      .catch(() => response.destroy())
      .finally(() => {
        idle.end();
      });
  });
  // The upload of a body of hundreds of megabytes to a busy machine takes longer than Node's default of 5 minutes.
  server.requestTimeout = 0;
  const address = await listen(server, options.port, options.host);
  idle.start();
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    idle.stop();
    server.closeAllConnections();
    await closed(server);
  };
  return { ...address, close: () => (closing ??= close()) };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ListenerOptions,
): Promise<void> {
  const body = await readBody(request, { bytesMax: options.bodyBytesMax ?? BODY_BYTES_MAX, rest: 'leave' });
  if (body === 'broken') return;
  if (body === 'too-large') {
    response.writeHead(413, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    response.end('length limit exceeded');
    return;
  }
  const reply = await options.handle({
    method: request.method ?? 'GET',
    path: (request.url ?? '/').replace(/[?#].*$/s, ''),
    headers: request.headers,
    body,
  });
  if (reply.contentType !== undefined) response.setHeader('content-type', reply.contentType);
  response.writeHead(reply.status).end(reply.body);
}

/** The HTTP side of the server: sockets on the loopback interface, bodies with a bound, the end after a time without requests. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Reply, Request } from './router.js';

export interface ListenOptions {
  /** 0: any free port. */
  readonly port: number;
  /** `127.0.0.1` (default) or `::1`. */
  readonly host?: string;
  readonly handle: (request: Request) => Promise<Reply>;
  /** Default 512 MiB: a JSON text becomes one string, and V8 has none longer. */
  readonly bodyBytesMax?: number;
  /** Called once, when no request has come or been under way for `idleMs`. */
  readonly idle?: { readonly afterMs: number; readonly onIdle: () => void };
}

export interface Listener {
  readonly port: number;
  /** Refuses new connections and ends the open ones. Idempotent. */
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 512 * 1024 * 1024;

/** Rejects when the port is taken. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const idle = new IdleClock(options.idle);
  const server = createServer((request, response) => {
    idle.begin();
    void answer(request, response, options)
      .catch(() => response.destroy())
      .finally(() => idle.end());
  });
  // Bodies of hundreds of megabytes on a busy machine outlast Node's default of 5 minutes.
  server.requestTimeout = 0;
  // Idle connections stay, as with the real server: one that closes under a client that was busy for a while costs it a request.
  server.keepAliveTimeout = 0;
  await bind(server, options);
  idle.start();
  const { port } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    idle.stop();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { port, close: () => (closing ??= close()) };
}

function bind(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host ?? '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ListenOptions,
): Promise<void> {
  const body = await readBody(request, options.bodyBytesMax ?? BODY_BYTES_MAX);
  if (body === 'broken') return;
  if (body === 'too-large') {
    // The rest of the body is not read: the connection cannot be used again.
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

async function readBody(
  request: IncomingMessage,
  bytesMax: number,
): Promise<Buffer | 'too-large' | 'broken'> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return 'too-large';
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax) return 'too-large';
      chunks.push(chunk);
    }
  } catch {
    return 'broken';
  }
  return Buffer.concat(chunks);
}

/** Runs while no request is under way. */
class IdleClock {
  readonly #options: ListenOptions['idle'];
  #open = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ListenOptions['idle']) {
    this.#options = options;
  }

  start(): void {
    const { afterMs, onIdle } = this.#options ?? {};
    if (afterMs === undefined || onIdle === undefined || this.#open > 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(onIdle, Math.min(afterMs, 2 ** 31 - 1));
  }

  begin(): void {
    this.#open += 1;
    clearTimeout(this.#timer);
  }

  end(): void {
    this.#open -= 1;
    this.start();
  }

  stop(): void {
    // A request that ends after this must not start the clock again.
    this.#open = Number.POSITIVE_INFINITY;
    clearTimeout(this.#timer);
  }
}

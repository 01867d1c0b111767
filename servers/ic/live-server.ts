/** The interface on a socket of this machine. */
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IcBackend } from './backend.js';
import { type IcHttpOptions, createIcHttpHandler } from './http-handler.js';

export interface LiveServerOptions extends IcHttpOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default `127.0.0.1`: nobody else on the network. */
  readonly host?: string;
}

export interface LiveServer {
  /** E.g. `http://127.0.0.1:8000`, as an agent takes it. */
  readonly url: string;
  readonly port: number;
  readonly rootKeyDer: Uint8Array;
  /** Takes no new connections, lets running requests finish, makes no further block. Idempotent. */
  readonly close: () => Promise<void>;
}

/** A client that stalls in the middle of a request may hold up the end no longer than this. */
const CLOSE_TIMEOUT_MS = 800;

function listen(server: Server, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(server.address() as AddressInfo);
    });
  });
}

/** Rejects when the port is taken or the backend cannot make its first block. The backend stays the caller's. */
export async function startLiveServer(
  backend: IcBackend,
  options: LiveServerOptions = {},
): Promise<LiveServer> {
  const { port = 0, host = '127.0.0.1' } = options;
  const handler = await createIcHttpHandler(backend, options);
  const server = createServer(handler.listener);
  // Idle connections stay: one that is closed under a client that was busy for a while costs it a request, and a chunk is sent twice.
  server.keepAliveTimeout = 0;
  server.on('clientError', (_error, socket) => {
    // Bytes that are no HTTP, or a connection that broke: there may be nobody to tell.
    if (socket.writable)
      socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    else socket.destroy();
  });
  let address: AddressInfo;
  try {
    address = await listen(server, port, host);
  } catch (error) {
    await handler.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  // A kept-alive connection would outlive its last answer by seconds.
  server.on('request', (_request, response) => {
    response.once('close', () => closing && setImmediate(() => server.closeIdleConnections()));
  });
  const close = (): Promise<void> => {
    closing ??= (async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS);
      await handler.close();
      server.closeIdleConnections();
      await closed;
      clearTimeout(timer);
    })();
    return closing;
  };
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${shownHost}:${address.port}`,
    port: address.port,
    rootKeyDer: handler.rootKeyDer,
    close,
  };
}

/** The IC's HTTP interface on a socket of this machine. */
import { closed, createLocalServer, listen, type Address } from '../http/listen.js';
import type { IcBackend } from './backend.js';
import { type IcHttpOptions, createIcHttpHandler } from './http-handler.js';

export interface LiveServerOptions extends IcHttpOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default `127.0.0.1`: no other machine can connect. */
  readonly host?: string;
}

export interface LiveServer extends Address {
  readonly rootKeyDer: Uint8Array;
  /** Accepts no new connections, lets open requests finish, and makes no further block. Idempotent. */
  readonly close: () => Promise<void>;
}

/** The time that `close` waits for a client that stalls in the middle of a request. */
const CLOSE_TIMEOUT_MS = 800;

/** Rejects if the port is taken or the backend cannot make its first block. The caller disposes of the backend. */
export async function startLiveServer(
  backend: IcBackend,
  options: LiveServerOptions = {},
): Promise<LiveServer> {
  const { port = 0, host = '127.0.0.1' } = options;
  const handler = await createIcHttpHandler(backend, options);
  const server = createLocalServer(handler.listener);
  server.on('clientError', (_error, socket) => {
    // The bytes are not HTTP, or the connection broke and no client receives a response.
    if (socket.writable)
      socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    else socket.destroy();
  });
  let address: Address;
  try {
    address = await listen(server, port, host);
  } catch (error) {
    await handler.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  // After the last response, a connection that is kept alive would delay `close` until its timeout.
  server.on('request', (_request, response) => {
    response.once('close', () => {
      if (closing) setImmediate(() => server.closeIdleConnections());
    });
  });
  const close = async (): Promise<void> => {
    const ended = closed(server);
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS);
    await handler.close();
    server.closeIdleConnections();
    await ended;
    clearTimeout(timer);
  };
  return { ...address, rootKeyDer: handler.rootKeyDer, close: () => (closing ??= close()) };
}

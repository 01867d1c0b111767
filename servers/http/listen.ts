/** An HTTP server on a local socket, with the connection settings that both servers need. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** Key and certificate in PEM. */
export interface TlsFiles {
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** With `tls`, the server speaks HTTPS. @throws {Error} if the key or the certificate is invalid */
export function createLocalServer(listener: RequestListener, tls?: TlsFiles): Server {
  const server = tls ? createSecureServer(tls, listener) : createServer(listener);
  // The server never closes an idle connection. If it did, a client that was busy for a while would lose a request.
  server.keepAliveTimeout = 0;
  return server;
}

export interface Address {
  readonly port: number;
  /** For example `http://127.0.0.1:8000`, without a trailing slash. */
  readonly url: string;
}

/** Port 0 means any free port. Rejects with `EADDRINUSE` if the port is taken. */
export function listen(server: Server, port: number, host: string): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const bound = server.address() as AddressInfo;
      const shownHost = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
      resolve({ port: bound.port, url: `http://${shownHost}:${bound.port}` });
    });
  });
}

/** Resolves when the server has no open connection. It accepts no new ones meanwhile. */
export function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

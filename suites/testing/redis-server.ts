/** A Redis or Valkey server for a test: on loopback, on a free port, with a password, and in a folder of its own. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import which from 'which';

const NAMES = ['redis-server', 'valkey-server'];

export const NO_REDIS = `no Redis or Valkey server found on PATH (${NAMES.join(', ')})`;

export function findRedis(): string | undefined {
  return NAMES.map((name) => which.sync(name, { nothrow: true })).find((path) => path !== null) ?? undefined;
}

export interface TestServer {
  /** With the password. */
  readonly url: string;
  readonly port: number;
  readonly password: string;
  /** Ends the server without a chance to save anything. */
  kill(): Promise<void>;
  /** Starts it again with what its append-only file has. */
  start(): Promise<void>;
}

/** Starts a server that keeps an append-only file in the folder. */
export async function startRedis(executable: string, folder: string): Promise<TestServer> {
  const port = await freePort();
  const password = `secret-${port}`;
  const url = `redis://:${password}@127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const server: TestServer = {
    url,
    port,
    password,
    kill: async () => {
      if (child?.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
    start: async () => {
      const options = ['--port', String(port), '--bind', '127.0.0.1', '--requirepass', password];
      const saved = ['--save', '', '--appendonly', 'yes', '--dir', join(folder)];
      child = spawn(executable, [...options, ...saved], { stdio: 'ignore' });
      await answering(url);
    },
  };
  await server.start();
  return server;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves when the server answers. It refuses commands while it loads its file. */
async function answering(url: string): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  redis.on('error', () => undefined);
  await redis.ping();
  redis.disconnect();
}

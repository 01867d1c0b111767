/**
 * One server: the router behind a listener, with the port file and the end conditions of the PocketIC server.
 *
 * Clients wait for the port file. The server creates it first and exclusively, writes the port when it listens, and deletes the file
 * when it ends. If the file exists, another server is running and this one does not start. `rs/pocket_ic_server/src/main.rs`.
 */
import { claimPortFile } from '../http/port-file.js';
import type { CreateBackend } from './instances.js';
import { startListener } from './listener.js';
import { Router } from './router.js';

export interface ServeOptions {
  readonly createBackend: CreateBackend;
  /** Default 0: any free port. */
  readonly port?: number;
  /** `127.0.0.1` (default) or `::1`. */
  readonly host?: string;
  readonly portFile?: string | undefined;
  /** The server ends after this time without a request. `undefined`: never. */
  readonly ttlSeconds?: number | undefined;
  /** The server ends after this time, whatever it does. `undefined`: never. */
  readonly hardTtlSeconds?: number | undefined;
  readonly bodyBytesMax?: number;
}

export interface RunningServer {
  /** `http://127.0.0.1:{port}`. */
  readonly url: string;
  readonly port: number;
  /** Resolves when the server has ended, for any reason. */
  readonly ended: Promise<void>;
  /** Deletes all instances and the port file, and closes the socket. Idempotent. */
  stop(): Promise<void>;
}

/** Returns `undefined` if the port file exists. Rejects if the port is taken or the file cannot be created. */
export async function serve(options: ServeOptions): Promise<RunningServer | undefined> {
  const file = await claimPortFile(options.portFile);
  if (file === undefined) return undefined;
  try {
    const server = await start(options, file.remove);
    await file.write(server.port);
    return server;
  } catch (error) {
    await file.remove();
    throw error;
  }
}

const TIMER_MS_MAX = 2 ** 31 - 1;

async function start(options: ServeOptions, removeFile: () => Promise<void>): Promise<RunningServer> {
  const router = new Router(options.createBackend);
  let onEnd: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    onEnd = resolve;
  });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= end());
  const listener = await startListener({
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
    handle: (request) => router.handle(request),
    ...(options.bodyBytesMax !== undefined && { bodyBytesMax: options.bodyBytesMax }),
    ...(options.ttlSeconds !== undefined && {
      idle: { afterMs: options.ttlSeconds * 1000, onIdle: () => void stop() },
    }),
  });
  const hardEnd =
    options.hardTtlSeconds === undefined
      ? undefined
      : setTimeout(() => void stop(), Math.min(options.hardTtlSeconds * 1000, TIMER_MS_MAX));
  const end = async (): Promise<void> => {
    clearTimeout(hardEnd);
    await removeFile();
    await Promise.all([listener.close(), router.dispose()]);
    onEnd();
  };
  return { url: listener.url, port: listener.port, ended, stop };
}

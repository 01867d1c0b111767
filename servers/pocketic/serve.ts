/**
 * One server: the router behind a listener, with the port file and the ends that the PocketIC server has.
 *
 * The port file is what clients wait for: it is created first and exclusively (whoever finds it there leaves the field to the
 * server that made it), filled when the server listens, and removed when it ends. `rs/pocket_ic_server/src/main.rs`.
 */
import type { CreateBackend } from './instances.js';
import { listen } from './listener.js';
import { claimPortFile } from './port-file.js';
import { Router } from './router.js';

export interface ServeOptions {
  readonly createBackend: CreateBackend;
  /** Default 0: any free port. */
  readonly port?: number;
  readonly host?: string;
  readonly portFile?: string | undefined;
  /** The server ends after so long without a request. Undefined: never. */
  readonly ttlSeconds?: number | undefined;
  readonly bodyBytesMax?: number;
}

export interface RunningServer {
  /** `http://127.0.0.1:{port}`. */
  readonly url: string;
  readonly port: number;
  /** Resolves when the server has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Deletes all instances, removes the port file, closes. Idempotent. */
  stop(): Promise<void>;
}

/** Undefined when the port file exists: another server runs. Rejects when the port is taken or the file cannot be made. */
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

async function start(options: ServeOptions, removeFile: () => Promise<void>): Promise<RunningServer> {
  const router = new Router(options.createBackend);
  const host = options.host ?? '127.0.0.1';
  let onEnd: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    onEnd = resolve;
  });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= end());
  const listener = await listen({
    port: options.port ?? 0,
    host,
    handle: (request) => router.handle(request),
    ...(options.bodyBytesMax !== undefined && { bodyBytesMax: options.bodyBytesMax }),
    ...(options.ttlSeconds !== undefined && {
      idle: { afterMs: options.ttlSeconds * 1000, onIdle: () => void stop() },
    }),
  });
  const end = async (): Promise<void> => {
    await removeFile();
    await Promise.all([listener.close(), router.dispose()]);
    onEnd();
  };
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${listener.port}`,
    port: listener.port,
    ended,
    stop,
  };
}

/**
 * The server as a command, with the flags of the PocketIC server: `--port`, `--port-file`, `--ttl`, `--ip-addr`, `--log-levels`.
 * So it can stand where a program starts the binary of PocketIC.
 */
import { parseArgs } from 'node:util';
import { EMBEDDED_ENGINE_VERSION } from '../../replicas/embedded/embedded-replica.js';
import type { CreateBackend } from './instances.js';
import { serve, type RunningServer } from './serve.js';
import { createWorkerBackend, type WorkerBackendOptions } from './worker-backend.js';

const USAGE = `usage: upload-stress serve [--port N] [--port-file FILE] [--ttl SECONDS]

Speaks the REST protocol of the PocketIC server, with the embedded engine in its place, on the loopback interface.
  --port N          listen on this port (default 0: any free one)
  --port-file FILE  create FILE, write the port into it when listening, remove it at the end; if FILE exists, end at once
  --ttl SECONDS     end after so long without a request (default 60)
  --ip-addr ADDR    127.0.0.1 (default) or ::1
  --log-levels L    accepted and ignored
  --version, --help`;

/** PocketIC's default, `rs/pocket_ic_server/src/main.rs`. */
const TTL_SECONDS_DEFAULT = '60';

const VERSION_LINE = `upload-stress-server (embedded engine ${EMBEDDED_ENGINE_VERSION}, REST protocol of PocketIC 10.0.0)`;

interface Arguments {
  readonly port: number;
  readonly portFile: string | undefined;
  readonly ttlSeconds: number;
  readonly host: string;
}

class UsageError extends Error {}

function readArguments(argv: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      port: { type: 'string', short: 'p', default: '0' },
      'port-file': { type: 'string' },
      ttl: { type: 'string', default: TTL_SECONDS_DEFAULT },
      'ip-addr': { type: 'string', short: 'i', default: '127.0.0.1' },
      'log-levels': { type: 'string', short: 'l' },
    },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535)
    throw new UsageError('--port takes a number from 0 to 65535');
  const ttlSeconds = Number(values.ttl);
  if (!/^\d+(?:\.\d+)?$/.test(values.ttl)) throw new UsageError('--ttl takes seconds');
  const host = values['ip-addr'];
  if (host !== '127.0.0.1' && host !== '::1')
    throw new UsageError('--ip-addr takes 127.0.0.1 or ::1: nothing else is served');
  return { port, portFile: values['port-file'], ttlSeconds, host };
}

/** Serves until SIGTERM, SIGINT or the ttl. Returns the exit code: 0, or 2 when it could not begin. */
export async function runServeCommand(
  argv: readonly string[],
  backend: Pick<WorkerBackendOptions, 'entry'> = {},
): Promise<number> {
  if (argv.includes('--help')) return say(USAGE);
  if (argv.includes('--version')) return say(VERSION_LINE);
  let server: RunningServer | undefined;
  try {
    const options = readArguments(argv);
    const createBackend: CreateBackend = (subnets) =>
      createWorkerBackend({ ...backend, subnets, onPrint: (line) => process.stderr.write(`${line}\n`) });
    server = await serve({ ...options, createBackend });
  } catch (error) {
    console.error(`serve: ${explain(error as NodeJS.ErrnoException)}`);
    return 2;
  }
  // Another server has the port file: the client that started this one finds that one.
  if (!server) return 0;
  console.log(`listening on ${server.url}`);
  const stop = (): void => void server.stop();
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await server.ended;
  process.off('SIGTERM', stop);
  process.off('SIGINT', stop);
  return 0;
}

function say(text: string): number {
  console.log(text);
  return 0;
}

function explain(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'the port is taken: choose another --port, or 0 for any free one';
    case 'EACCES':
      return `no permission (${error.message})`;
    case 'ENOENT':
      return `the folder of --port-file does not exist (${error.path ?? ''})`;
    default:
      return error.message;
  }
}

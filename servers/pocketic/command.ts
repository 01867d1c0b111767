/**
 * The server as a command, with the flags of the PocketIC server's binary, so that a program can start it in place of that binary.
 */
import { Command, CommanderError } from 'commander';
import { EMBEDDED_ENGINE_VERSION } from '../../replicas/embedded/embedded-replica.js';
import type { CreateBackend } from './instances.js';
import { serve, type RunningServer, type ServeOptions } from './serve.js';
import { createWorkerBackend, type WorkerBackendOptions } from './worker-backend.js';

/** The default of PocketIC, `rs/pocket_ic_server/src/main.rs`. */
const TTL_SECONDS_DEFAULT = '60';

const VERSION_LINE = `upload-stress-server (embedded engine ${EMBEDDED_ENGINE_VERSION}, REST protocol of PocketIC 10.0.0)`;

/**
 * Programs that start a PocketIC server of one version, such as the crate `pocket-ic`, refuse another answer to `--version`. The value of
 * this variable is the version to state to them, for example `16.0.0`.
 */
const STATED_VERSION = 'UPLOAD_STRESS_POCKET_IC_VERSION';

function versionLine(stated = process.env[STATED_VERSION]): string {
  return stated === undefined ? VERSION_LINE : `pocket-ic-server ${stated}`;
}

const EXIT_CANNOT_START = 2;

/** The flags as texts, by the names that commander gives them. */
export interface ServerFlags {
  readonly port?: string;
  readonly portFile?: string;
  readonly ttl?: string;
  readonly hardTtl?: string;
  readonly ipAddr?: string;
  /** Accepted and ignored. */
  readonly logLevels?: string;
  /** Milliseconds. The binary has no such flag. */
  readonly messageTime?: number;
}

const SECONDS = /^\d+(?:\.\d+)?$/;

class FlagError extends Error {}

function readFlags({
  port = '0',
  portFile,
  ttl = TTL_SECONDS_DEFAULT,
  hardTtl,
  ipAddr = '127.0.0.1',
}: ServerFlags) {
  if (!/^\d+$/.test(port) || Number(port) > 65_535)
    throw new FlagError('--port must be a number from 0 to 65535');
  if (!SECONDS.test(ttl)) throw new FlagError('--ttl must be a number of seconds');
  if (hardTtl !== undefined && !SECONDS.test(hardTtl))
    throw new FlagError('--hard-ttl must be a number of seconds');
  if (ipAddr !== '127.0.0.1' && ipAddr !== '::1') throw new FlagError('--ip-addr must be 127.0.0.1 or ::1');
  return {
    port: Number(port),
    portFile,
    ttlSeconds: Number(ttl),
    hardTtlSeconds: hardTtl === undefined ? undefined : Number(hardTtl),
    host: ipAddr,
  } satisfies Partial<ServeOptions>;
}

type BackendEntry = Pick<WorkerBackendOptions, 'entry'>;

/** Parses the arguments of the binary and runs the server. Returns the exit code, see `runServer`. */
export async function runServerBinary(argv: readonly string[], backend: BackendEntry = {}): Promise<number> {
  const command = new Command('pocket-ic')
    .description(
      'Serve the REST protocol of the PocketIC server on the loopback interface, with the embedded engine.',
    )
    .option('-p, --port <n>', 'port to listen on (default: any free port)')
    .option(
      '--port-file <file>',
      'write the port to this new file, and delete it at the end; if it exists, exit',
    )
    .option('--ttl <seconds>', `exit after this time without a request (default: ${TTL_SECONDS_DEFAULT})`)
    .option('--hard-ttl <seconds>', 'exit after this time, whatever happens (default: never)')
    .option('-i, --ip-addr <address>', '127.0.0.1 (default) or ::1')
    .option('-l, --log-levels <levels>', 'accepted and ignored')
    .version(versionLine(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureOutput({
      outputError: (text) => console.error(text.trimEnd().replace(/^error: /, 'serve: ')),
    })
    .exitOverride();
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CANNOT_START;
    throw error;
  }
  return runServer(command.opts<ServerFlags>(), backend);
}

/** Serves until SIGTERM, SIGINT, or the ttl. Returns the exit code: 0, or 2 if the server could not start. */
export async function runServer(flags: ServerFlags, backend: BackendEntry = {}): Promise<number> {
  const messageMs = flags.messageTime;
  const createBackend: CreateBackend = (options) =>
    createWorkerBackend({
      ...backend,
      ...options,
      messageMs,
      onPrint: (line) => process.stderr.write(`${line}\n`),
    });
  let server: RunningServer | undefined;
  try {
    server = await serve({ ...readFlags(flags), createBackend });
  } catch (error) {
    console.error(`serve: ${explain(error as NodeJS.ErrnoException)}`);
    return EXIT_CANNOT_START;
  }
  // The port file belongs to another server. The client that started this process connects to that one.
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

function explain(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'the port is in use; choose another --port, or 0 for any free port';
    case 'EACCES':
      return `permission denied (${error.message})`;
    case 'ENOENT':
      return `the folder of --port-file does not exist (${error.path ?? ''})`;
    default:
      return error.message;
  }
}

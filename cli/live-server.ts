/** One canister behind the IC's HTTP interface, from options to a signal that ends it. */
import { developmentIdentity } from '../client/identity.js';
import { InputError } from '../harness/input-error.js';
import { reasonOf } from '../harness/files/system-error.js';
import { CanisterServerError, serveCanister, type CanisterServer } from '../servers/ic/canister-server.js';
import { EXIT } from './exit-codes.js';
import { readCanisterWasm, readInitArg } from '../campaigns/subject/inputs.js';
import { BUILT_IN_WASM } from '../campaigns/subject/subject.js';

export interface LiveOptions {
  readonly port?: string;
  readonly portFile?: string;
  readonly ipAddr?: string;
  readonly wasm?: string;
  readonly initArg?: string;
  /** Milliseconds. */
  readonly blockTime?: number;
  /** An origin, or `*`. */
  readonly cors?: string;
  readonly verbose?: boolean;
}

/**
 * Serves until SIGINT or SIGTERM. Returns the exit code.
 * @throws {InputError} when it cannot begin
 */
export async function serveLive(options: LiveOptions): Promise<number> {
  // Before the server begins: a signal that comes while the canister is installed ends it as well.
  const end = new AbortController();
  const ended = new Promise<void>((resolve) => end.signal.addEventListener('abort', () => resolve()));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());
  let server: CanisterServer;
  try {
    server = await start(options, end.signal);
  } catch (error) {
    if (end.signal.aborted) return EXIT.ok;
    throw error;
  }
  if (!end.signal.aborted) process.stdout.write(`listening on ${server.url}, canister ${server.canister}\n`);
  if (!end.signal.aborted) await ended;
  await server.close();
  return EXIT.ok;
}

async function start(options: LiveOptions, signal: AbortSignal): Promise<CanisterServer> {
  const { wasm = BUILT_IN_WASM, initArg, blockTime, cors, verbose, portFile } = options;
  if (verbose === true) process.stderr.write(`installing ${wasm}\n`);
  try {
    return await serveCanister({
      wasm: readCanisterWasm(wasm, [], 'live'),
      ...(initArg !== undefined && { arg: readInitArg(initArg) }),
      port: portOf(options.port ?? '0'),
      host: hostOf(options.ipAddr ?? '127.0.0.1'),
      portFile,
      signal,
      // Uploads without a key of their own come from it: so they may read the logs, and anyone here may upgrade.
      controller: developmentIdentity().getPrincipal().toText(),
      ...(blockTime !== undefined && { blockTimeMs: blockTime }),
      ...(cors !== undefined && { corsOrigin: cors }),
      ...(verbose === true && { onCall: (line: string) => void process.stderr.write(`${line}\n`) }),
    });
  } catch (error) {
    throw explained(error, options);
  }
}

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InputError('--port takes a number from 0 to 65535');
}

function hostOf(text: string): string {
  if (text === '127.0.0.1' || text === '::1') return text;
  throw new InputError('--ip-addr takes 127.0.0.1 or ::1: nothing else is served');
}

/** What the user can mend becomes an InputError; anything else stays what it is. */
function explained(error: unknown, { port, portFile }: LiveOptions): unknown {
  if (error instanceof CanisterServerError) return new InputError(error.message);
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new InputError(`port ${port} is taken: choose another --port, or 0 for any free one`);
  }
  if (syscall === 'listen') return new InputError(`cannot listen on port ${port ?? 0}: ${code}`);
  if (syscall === 'open') return new InputError(`port file ${portFile}: ${reasonOf(error)}`);
  return error;
}

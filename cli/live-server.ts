/** The work of `upload-stress serve --live`: serves one canister over the HTTP interface of the IC until a signal ends it. */
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
  /** Milliseconds. */
  readonly messageTime?: number;
}

/**
 * Serves until SIGINT or SIGTERM. Returns the exit code.
 * @throws {InputError} if the server cannot start
 */
export async function serveLive(options: LiveOptions): Promise<number> {
  // Registered before the server starts, so that a signal during the installation ends it too.
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
  const { wasm = BUILT_IN_WASM, initArg, blockTime, cors, verbose, portFile, messageTime } = options;
  if (verbose === true) process.stderr.write(`installing ${wasm}\n`);
  try {
    return await serveCanister({
      wasm: readCanisterWasm(wasm, [], 'live'),
      ...(initArg !== undefined && { arg: readInitArg(initArg) }),
      port: portOf(options.port ?? '0'),
      host: hostOf(options.ipAddr ?? '127.0.0.1'),
      portFile,
      signal,
      // Uploads without --identity use this key too. So they can read the logs, and local tools can upgrade the canister.
      controller: developmentIdentity().getPrincipal().toText(),
      messageMs: messageTime,
      ...(blockTime !== undefined && { blockTimeMs: blockTime }),
      ...(cors !== undefined && { corsOrigin: cors }),
      ...(verbose === true && { onCall: (line: string) => void process.stderr.write(`${line}\n`) }),
    });
  } catch (error) {
    throw asInputError(error, options);
  }
}

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InputError('--port must be a number from 0 to 65535');
}

function hostOf(text: string): string {
  if (text === '127.0.0.1' || text === '::1') return text;
  throw new InputError('--ip-addr must be 127.0.0.1 or ::1');
}

/** Turns errors that the user can fix into an InputError. */
function asInputError(error: unknown, { port, portFile }: LiveOptions): unknown {
  if (error instanceof CanisterServerError) return new InputError(error.message);
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new InputError(`port ${port ?? 0} is in use; choose another --port, or 0 for any free port`);
  }
  if (syscall === 'listen')
    return new InputError(`cannot listen on port ${port ?? 0}: ${code ?? 'unknown error'}`);
  if (syscall === 'open') return new InputError(`port file ${portFile}: ${reasonOf(error)}`);
  return error;
}

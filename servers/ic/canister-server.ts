/** One canister on an engine of its own, served to agents: what `upload-stress serve --live` runs. */
import type { PrincipalText } from '../../replicas/replica.js';
import { claimPortFile } from '../pocketic/port-file.js';
import type { IcBackend } from './backend.js';
import { type CallLog, withCallLog } from './call-log.js';
import { type LiveServer, type LiveServerOptions, startLiveServer } from './live-server.js';
import { type WorkerBackend, createWorkerBackend } from './worker-backend.js';

export interface CanisterServerOptions extends LiveServerOptions {
  /** The module, plain or gzip. */
  readonly wasm: Uint8Array;
  /** Candid init argument; default: no argument. */
  readonly arg?: Uint8Array;
  /** Who may upgrade the canister and read its logs; default: nobody outside. */
  readonly controller?: PrincipalText;
  readonly portFile?: string | undefined;
  readonly onCall?: CallLog;
  /** The module of the engine's thread. Default: the built one. */
  readonly entry?: URL;
  /** Aborted while the canister is being installed: nothing is served. */
  readonly signal?: AbortSignal;
}

export interface CanisterServer extends LiveServer {
  /** The first id of the engine's range, and so the same each time. */
  readonly canister: PrincipalText;
  readonly backend: WorkerBackend;
  /** Ends the engine as well: a message that is running has a moment, and is cut off then. Idempotent. */
  readonly close: () => Promise<void>;
}

/** What keeps the server from running; the message is one line that says what to mend. */
export class CanisterServerError extends Error {
  override readonly name = 'CanisterServerError';
}

/** Someone who presses Ctrl-C does not wait for a message of minutes. */
const LAST_BLOCK_MS_MAX = 400;

/** `DIDL`, no types, no values. */
const NO_ARGUMENT = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0);

/**
 * Installs, then serves.
 * @throws {CanisterServerError} when the canister refuses to be installed or another server has the port file
 * @throws {NodeJS.ErrnoException} when the port is taken or the port file cannot be made
 */
export async function serveCanister(options: CanisterServerOptions): Promise<CanisterServer> {
  const { seed = new Uint8Array(32), entry, signal } = options;
  const timeNs = BigInt(Date.now()) * 1_000_000n;
  const backend = await createWorkerBackend({ seed, timeNs, ...(entry && { entry }) });
  const end = (): void => void backend.dispose();
  signal?.addEventListener('abort', end);
  try {
    return await serveInstalled(options, backend, await install(options, backend));
  } catch (error) {
    await backend.dispose();
    throw error;
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

async function serveInstalled(
  options: CanisterServerOptions,
  backend: WorkerBackend,
  canister: PrincipalText,
): Promise<CanisterServer> {
  const portFile = await claimPortFile(options.portFile);
  if (!portFile) {
    throw new CanisterServerError(
      `port file ${options.portFile} exists: another server has it, or one that was killed left it`,
    );
  }
  try {
    const served: IcBackend = options.onCall ? withCallLog(backend, options.onCall) : backend;
    const server = await startLiveServer(served, { ...options, canister });
    const close = async (): Promise<void> => {
      await portFile.remove();
      const closed = server.close();
      const timer = setTimeout(() => void backend.dispose(), LAST_BLOCK_MS_MAX);
      await closed;
      clearTimeout(timer);
      await backend.dispose();
    };
    await portFile.write(server.port);
    return { ...server, canister, backend, close };
  } catch (error) {
    await portFile.remove();
    throw error;
  }
}

async function install(
  { wasm, arg = NO_ARGUMENT, controller, signal }: CanisterServerOptions,
  backend: WorkerBackend,
): Promise<PrincipalText> {
  if (signal?.aborted) throw new CanisterServerError('ended before the canister was installed');
  const canister = await backend.createCanister(controller === undefined ? {} : { controller });
  const outcome = await backend.install({ canister, mode: 'install', wasm, arg });
  if (outcome.kind === 'reject') {
    const text = outcome.text.replace(/\s*\n\s*/g, ' ');
    throw new CanisterServerError(
      `the canister cannot be installed: ${text.slice(0, 300)} (${outcome.errorCode})`,
    );
  }
  return canister;
}

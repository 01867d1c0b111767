/** Serves one canister on its own engine to agents. `upload-stress serve --live` runs it. */
import type { PrincipalText } from '../../replicas/replica.js';
import { claimPortFile } from '../http/port-file.js';
import type { IcBackend } from './backend.js';
import { type CallLog, withCallLog } from './call-log.js';
import { type LiveServer, type LiveServerOptions, startLiveServer } from './live-server.js';
import { type WorkerBackend, createWorkerBackend } from './worker-backend.js';

export interface CanisterServerOptions extends LiveServerOptions {
  /** The module, plain or compressed with gzip. */
  readonly wasm: Uint8Array;
  /** Candid init argument. Default: no argument. */
  readonly arg?: Uint8Array;
  /** The principal that may upgrade the canister and read its logs. Default: a principal without a key. */
  readonly controller?: PrincipalText;
  readonly portFile?: string | undefined;
  readonly onCall?: CallLog;
  /** The module that the engine's thread runs. Default: the built one. */
  readonly entry?: URL;
  /** Wall-clock limit of a message in milliseconds. Default: `MESSAGE_MS_DEFAULT`. */
  readonly messageMs?: number | undefined;
  /** If it is aborted while the canister is being installed, `serveCanister` rejects. */
  readonly signal?: AbortSignal;
}

export interface CanisterServer extends LiveServer {
  /** The first id of the engine's range, so the same in every run. */
  readonly canister: PrincipalText;
  readonly backend: WorkerBackend;
  /** Ends the engine as well. A running message gets `LAST_BLOCK_MS_MAX` to finish. Idempotent. */
  readonly close: () => Promise<void>;
}

/** The server cannot run. The message is one line that says what to correct. */
export class CanisterServerError extends Error {
  override readonly name = 'CanisterServerError';
}

/** A message can run for minutes, which is too long after Ctrl-C. */
const LAST_BLOCK_MS_MAX = 400;

/** `DIDL`, no types, no values. */
const NO_ARGUMENT = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0);

/**
 * Installs the canister, then serves it.
 * @throws {CanisterServerError} if the installation is rejected or the port file exists
 * @throws {NodeJS.ErrnoException} if the port is taken or the port file cannot be created
 */
export async function serveCanister(options: CanisterServerOptions): Promise<CanisterServer> {
  const { seed = new Uint8Array(32), entry, signal, messageMs } = options;
  const timeNs = BigInt(Date.now()) * 1_000_000n;
  const backend = await createWorkerBackend({ seed, timeNs, messageMs, ...(entry && { entry }) });
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
      `port file ${options.portFile ?? ''} exists; if no other server is running, delete it`,
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
  if (signal?.aborted) throw new CanisterServerError('interrupted before the canister was installed');
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

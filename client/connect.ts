/** From what a user says (`--host`, `--canister`, `--identity`) to a connection. */
import { AgentError, type Identity } from '@dfinity/agent';
import { Principal } from '@dfinity/principal';
import { connectAgent } from './agent-connection.js';
import { CallFailure, type UploadConnection } from './connection.js';
import { developmentIdentity, loadIdentity } from './identity.js';

/** What the user gave cannot work: one line that says what to do. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
}

export interface ConnectOptions {
  /** e.g. `http://127.0.0.1:4943` */
  readonly host: string;
  /** Principal text. Default: what the host says at `GET /`. */
  readonly canister?: string;
  /** PEM file. Default on this machine's own addresses: a development key; elsewhere it must be given. */
  readonly identity?: string;
  readonly fetch?: typeof globalThis.fetch;
  /** Ends the connecting. */
  readonly signal?: AbortSignal;
}

const DISCOVERY_MAX_MS = 10_000;

/**
 * @throws {ConnectError} for a host, canister or identity that cannot be used
 * @throws {IdentityError} for a PEM file that gives no identity
 */
export async function connect(options: ConnectOptions): Promise<UploadConnection> {
  const host = hostUrl(options.host);
  const identity = await identityFor(host, options.identity);
  const fetch = options.fetch ?? globalThis.fetch;
  const canister =
    options.canister === undefined ? await discoverCanister(host, fetch, options.signal) : options.canister;
  if (!isCanisterId(canister)) throw new ConnectError(`${canister} is not a canister id`);
  const { signal } = options;
  const agent = {
    host: host.origin,
    canister,
    identity,
    fetch,
    checkCanister: true,
    ...(signal && { signal }),
  };
  let connection: UploadConnection;
  try {
    connection = await connectAgent(agent);
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    throw new ConnectError(
      error.method === 'read_state'
        ? `${host.origin} has no canister ${canister}: ${oneLine(error.message)}`
        : `${host.origin} does not answer as a replica: ${oneLine(error.message)}`,
    );
  }
  await checkInterface(connection, signal);
  return connection;
}

/**
 * Whether it answers as an upload canister does; a call that got lost is left to the upload and its retries.
 * @throws {ConnectError}
 */
async function checkInterface(connection: UploadConnection, signal: AbortSignal | undefined): Promise<void> {
  try {
    await connection.config(signal ? { signal } : {});
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    // What the agent did not throw was thrown by the decoding of an answer, or by the signal.
    const isLost = error.kind === 'transport' && (error.cause instanceof AgentError || signal?.aborted);
    if (isLost) return;
    throw new ConnectError(
      `${connection.canister} does not answer as an upload canister does: upload_config: ${oneLine(error.message)}`,
    );
  }
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').slice(0, 300);

function hostUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new ConnectError(`${text} is not a host: say it as http://127.0.0.1:4943 or https://icp-api.io`);
}

const LOCAL_HOST = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/;

async function identityFor(host: URL, pem: string | undefined): Promise<Identity> {
  if (pem !== undefined) return loadIdentity(pem);
  if (LOCAL_HOST.test(host.hostname)) return developmentIdentity();
  throw new ConnectError(`uploads to ${host.hostname} need a key of your own: give one with --identity`);
}

/**
 * The upload canister that a host names at `GET /`: as JSON in the field `canister`, or else as the only canister
 * id in the text.
 * @throws {ConnectError}
 */
export async function discoverCanister(
  host: URL,
  fetch: typeof globalThis.fetch,
  stop?: AbortSignal,
): Promise<string> {
  const give = 'give the canister with --canister';
  let text: string;
  try {
    const headers = { accept: 'application/json, text/plain;q=0.9, */*;q=0.5' };
    const late = AbortSignal.timeout(DISCOVERY_MAX_MS);
    const signal = stop ? AbortSignal.any([late, stop]) : late;
    const response = await fetch(new URL('/', host), { headers, signal });
    text = (await response.text()).slice(0, 100_000);
  } catch (error) {
    const { cause, message } = error as Error;
    throw new ConnectError(
      `${host.origin} does not answer: ${(cause as Error | undefined)?.message ?? message}`,
    );
  }
  const named = canisterField(text);
  if (named !== null) return named;
  const ids = new Set((text.match(/\b[a-z0-9]{5}(-[a-z0-9]{5})*-[a-z0-9]{3}\b/g) ?? []).filter(isCanisterId));
  if (ids.size === 1) return [...ids][0]!;
  throw new ConnectError(
    `${host.origin} names ${ids.size === 0 ? 'no canister' : 'several canisters'}: ${give}`,
  );
}

function canisterField(text: string): string | null {
  try {
    const { canister } = JSON.parse(text) as { canister?: unknown };
    return typeof canister === 'string' && isCanisterId(canister) ? canister : null;
  } catch {
    return null;
  }
}

/** An opaque principal (last byte 1, IC interface spec, "Principals"), not a user's or the management canister's. */
function isCanisterId(text: string): boolean {
  try {
    const bytes = Principal.fromText(text).toUint8Array();
    return bytes.length > 0 && bytes.at(-1) === 1;
  } catch {
    return false;
  }
}

/** Opens a connection from the options of a user: host, canister, and identity. */
import { AgentError, type Identity } from '@icp-sdk/core/agent';
import { Principal } from '@icp-sdk/core/principal';
import { connectAgent } from './agent-connection.js';
import { CallFailure, type UploadConnection } from './connection.js';
import { developmentIdentity, loadIdentity } from './identity.js';

/** An option of the user cannot be used. The message has one line and says what to do. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
}

export interface ConnectOptions {
  /** URL of the replica or gateway, such as `http://127.0.0.1:4943`. */
  readonly host: string;
  /** Principal text of the canister. Default: the canister that the host names at `GET /`. */
  readonly canister?: string;
  /** Path of a PEM file with a private key. Default for local hosts: a public development key. Required for other hosts. */
  readonly identity?: string;
  readonly fetch?: typeof globalThis.fetch;
  /** Cancels the connection attempt. */
  readonly signal?: AbortSignal;
}

const DISCOVERY_MAX_MS = 10_000;

/**
 * Opens a connection, and checks that the canister has the upload interface.
 * @throws {ConnectError} if the host, the canister, or the identity cannot be used
 * @throws {IdentityError} if the PEM file has no usable private key
 */
export async function connect(options: ConnectOptions): Promise<UploadConnection> {
  const host = hostUrl(options.host);
  const identity = await identityFor(host, options.identity);
  const fetch = options.fetch ?? globalThis.fetch;
  const canister = options.canister ?? (await discoverCanister(host, fetch, options.signal));
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
 * Checks that the canister has the upload interface. Ignores a lost call, because the upload has retries.
 * @throws {ConnectError}
 */
async function checkInterface(connection: UploadConnection, signal: AbortSignal | undefined): Promise<void> {
  try {
    await connection.config(signal ? { signal } : {});
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    // An exception that is not of the agent comes from the decoding of an answer, or from the signal.
    const isLost = error.kind === 'transport' && (error.cause instanceof AgentError || signal?.aborted);
    if (isLost) return;
    throw new ConnectError(
      `${connection.canister} is not an upload canister: upload_config: ${oneLine(error.message)}`,
    );
  }
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').slice(0, 300);

function hostUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new ConnectError(
    `${text} is not a host: use a URL such as http://127.0.0.1:4943 or https://icp-api.io`,
  );
}

const LOCAL_HOST = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/;

async function identityFor(host: URL, pem: string | undefined): Promise<Identity> {
  if (pem !== undefined) return loadIdentity(pem);
  if (LOCAL_HOST.test(host.hostname)) return developmentIdentity();
  throw new ConnectError(`uploads to ${host.hostname} need your own key: pass a PEM file with --identity`);
}

/**
 * Finds the upload canister that a host names at `GET /`: in the field `canister` of a JSON object, or as the only canister id
 * in the text.
 * @throws {ConnectError}
 */
export async function discoverCanister(
  host: URL,
  fetch: typeof globalThis.fetch,
  stop?: AbortSignal,
): Promise<string> {
  const advice = 'pass the canister id with --canister';
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
  const [only] = ids;
  if (only !== undefined && ids.size === 1) return only;
  throw new ConnectError(
    `${host.origin} names ${ids.size === 0 ? 'no canister' : 'several canisters'}: ${advice}`,
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

/** Returns whether a text is an opaque principal (IC interface spec, "Principals"): its last byte is 1. */
function isCanisterId(text: string): boolean {
  try {
    const bytes = Principal.fromText(text).toUint8Array();
    return bytes.length > 0 && bytes.at(-1) === 1;
  } catch {
    return false;
  }
}

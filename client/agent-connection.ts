/**
 * The connection over the IC's HTTP interface with `@icp-sdk/core/agent`. The agent verifies the certificate of every update's
 * answer, and the node's signature of every query's answer.
 *
 * The agent's own retries are disabled (`retryTimes: 0`), because they would send a chunk again even if it arrived.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  Actor,
  AgentError,
  CborDecodeErrorCode,
  CertifiedRejectErrorCode,
  ErrorKindEnum,
  HttpAgent,
  HttpErrorCode,
  IngressExpiryInvalidErrorCode,
  RequestStatusResponseStatus,
  UncertifiedRejectErrorCode,
  UncertifiedRejectUpdateErrorCode,
  type ActorMethod,
  type Identity,
  type PollStrategy,
} from '@icp-sdk/core/agent';
import type { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { CanisterConnection } from './canister-connection.js';
import { CallFailure, type CallOptions, type UploadConnection } from './connection.js';
import { logsService, uploadService } from './idl.js';

/** The largest ingress message on an application subnet, in bytes (IC interface spec). System subnets allow 3.5 MiB. */
const INGRESS_BYTES_MAX = 2_097_152;
/** Reserve for the rest of the message: Candid header, method, principals, nonce, key, signature, and CBOR keys. */
const ENVELOPE_BYTES_MAX = 1_024;

/** The first wait before repeating `read_state` after an HTTP 202, its growth, and its ceiling. */
const POLL_FIRST_MS = 50;
const POLL_FACTOR = 1.4;
const POLL_MAX_MS = 1_000;
/** A request appears in the state tree one or two blocks after it was accepted: within a few seconds on the IC. */
const POLL_UNKNOWN_MS_DEFAULT = 15_000;

const READ_STATE_ATTEMPTS_MAX = 5;
const READ_STATE_DELAY_MS = 50;
const READ_STATE_MAX_MS = 30_000;

const scope = new AsyncLocalStorage<AbortSignal | undefined>();

/** Hosts of the IC, whose root key is built into the agent. Any other host is asked for its root key. */
const MAINNET_HOST = /(^|\.)(ic0\.app|icp0\.io|icp-api\.io|internetcomputer\.org)$/;

/** An identity of `@icp-sdk/core` in any version, or of `@dfinity/agent`. The compiler takes their interfaces for different types. */
export interface CallerIdentity {
  getPrincipal(): { toText(): string };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- its type depends on the caller's library
  transformRequest(request: any): Promise<unknown>;
}

export interface AgentConnectionOptions {
  /** URL of the replica or gateway, such as `http://127.0.0.1:4943`. */
  readonly host: string;
  /** Principal text of the upload canister. */
  readonly canister: string;
  readonly identity: CallerIdentity;
  /** Root key in DER, 133 bytes. Default: the built-in key for hosts of the IC, else the key that the host reports. */
  readonly rootKey?: Uint8Array;
  /** The largest chunk that fits into a message, in bytes. Default: 2 MiB less 1 KiB. */
  readonly chunkBytesMax?: number;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** Cancels the opening. Calls have their own signals. */
  readonly signal?: AbortSignal;
  /** Milliseconds after which a request that the replica does not know counts as lost. Default: 15,000. */
  readonly unknownMsMax?: number;
  /** Whether to check first that the host knows the canister. Default: false. */
  readonly checkCanister?: boolean;
}

/** Time limit for opening a connection, for hosts that accept connections but do not answer. */
const OPENING_MAX_MS = 15_000;

/**
 * Opens a connection: creates the agent, and fetches the root key if needed.
 * @throws {CallFailure} if the host does not answer, or does not know the canister
 */
export async function connectAgent(options: AgentConnectionOptions): Promise<UploadConnection> {
  const plainFetch = options.fetch ?? globalThis.fetch;
  const mainnet = MAINNET_HOST.test(new URL(options.host).hostname);
  const agent = HttpAgent.createSync({
    host: options.host,
    identity: options.identity as Identity,
    retryTimes: 0,
    ...(options.rootKey ? { rootKey: options.rootKey } : { shouldFetchRootKey: !mainnet }),
    fetch: (input, init) =>
      urlOf(input).endsWith('/read_state')
        ? readState(plainFetch, input, init)
        : scoped(plainFetch, input, init),
  });
  const canister = Principal.fromText(options.canister);
  const late = AbortSignal.timeout(OPENING_MAX_MS);
  const signal = options.signal ? AbortSignal.any([late, options.signal]) : late;
  if (!options.rootKey && !mainnet) await guarded('status', { signal }, () => agent.fetchRootKey());
  if (options.checkCanister) await checkRoute(agent, canister, signal);
  return new AgentConnection(agent, canister, options.identity.getPrincipal().toText(), {
    chunkBytesMax: options.chunkBytesMax ?? INGRESS_BYTES_MAX - ENVELOPE_BYTES_MAX,
    unknownMsMax: options.unknownMsMax ?? POLL_UNKNOWN_MS_DEFAULT,
  });
}

/**
 * Checks that a subnet hosts the canister, by reading the time from its state. The first query would find out too, but the
 * agent then prints the exception to the console. A transport failure is ignored, because it may be temporary.
 */
async function checkRoute(agent: HttpAgent, canister: Principal, signal: AbortSignal): Promise<void> {
  try {
    const paths = [[new TextEncoder().encode('time')]];
    // The signal does not cancel `read_state` itself; see `readState`.
    const stopped = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('no answer')), { once: true });
    });
    await guarded('read_state', { signal }, () =>
      Promise.race([agent.readState(canister, { paths }), stopped]),
    );
  } catch (error) {
    if (error instanceof CallFailure && error.kind === 'transport') return;
    throw error;
  }
}

type Fetch = typeof globalThis.fetch;
type FetchArgs = Parameters<Fetch>;

function urlOf(input: FetchArgs[0]): string {
  return input instanceof Request ? input.url : input.toString();
}

/** Sends a call or a query, with the signal of the call to which it belongs. */
function scoped(fetch: Fetch, input: FetchArgs[0], init: FetchArgs[1]): Promise<Response> {
  const signal = scope.getStore();
  return fetch(input, signal ? { ...init, signal } : init);
}

/**
 * Sends `read_state`, with retries. The request is small and changes nothing. If it failed while the agent fetches the node
 * keys of a subnet, the agent would print the exception to the console. For the same reason, signals do not cancel it.
 */
async function readState(fetch: Fetch, input: FetchArgs[0], init: FetchArgs[1]): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await fetch(input, { ...init, signal: AbortSignal.timeout(READ_STATE_MAX_MS) });
      if (response.status < 500 || attempt >= READ_STATE_ATTEMPTS_MAX) return response;
    } catch (error) {
      if (attempt >= READ_STATE_ATTEMPTS_MAX) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, READ_STATE_DELAY_MS * 2 ** attempt));
  }
}

class AgentConnection extends CanisterConnection {
  readonly #upload: Record<string, ActorMethod>;
  readonly #management: Record<string, ActorMethod>;

  readonly #id: Principal;
  readonly #unknownMsMax: number;

  constructor(
    agent: HttpAgent,
    id: Principal,
    caller: string,
    { chunkBytesMax, unknownMsMax }: { readonly chunkBytesMax: number; readonly unknownMsMax: number },
  ) {
    super({ caller, canister: id.toText(), chunkBytesMax });
    this.#id = id;
    this.#unknownMsMax = unknownMsMax;
    this.#upload = actorOf(uploadService, agent, id);
    this.#management = actorOf(logsService, agent, Principal.managementCanister());
  }

  async logs(options?: CallOptions) {
    interface RawLogs {
      canister_log_records: { content: Uint8Array }[];
    }
    const method = methodOf(this.#management, 'fetch_canister_logs').withOptions({
      effectiveCanisterId: this.#id,
    });
    const raw = await guarded('fetch_canister_logs', options, () => method({ canister_id: this.#id }));
    return (raw as RawLogs).canister_log_records.map(({ content }) => new TextDecoder().decode(content));
  }

  async call<T>(name: string, args: unknown[], options?: CallOptions): Promise<T> {
    const strategy = pollStrategy(this.#unknownMsMax, options?.signal);
    const method = methodOf(this.#upload, name).withOptions({ pollingOptions: { strategy } });
    return (await guarded(name, options, () => method(...args))) as T;
  }
}

function methodOf(actor: Readonly<Record<string, ActorMethod>>, name: string): ActorMethod {
  const method = actor[name];
  if (method === undefined) throw new Error(`the interface has no method ${name}`);
  return method;
}

function actorOf(service: IDL.ServiceClass, agent: HttpAgent, canisterId: Principal) {
  return Actor.createActor(() => service, { agent, canisterId });
}

/** Runs one call, passes its signal to the agent's `fetch`, and converts exceptions to a `CallFailure`. */
async function guarded<T>(
  method: string,
  options: CallOptions | undefined,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await scope.run(options?.signal, run);
  } catch (error) {
    throw toCallFailure(method, error);
  }
}

/**
 * Returns the strategy for waiting after an HTTP 202, with growing intervals, until the caller stops. Each call needs its own.
 * If the request stays unknown to the replica, it was lost in a restart. Its outcome is unknown, and the uploader asks what
 * arrived.
 */
function pollStrategy(unknownMsMax: number, signal: AbortSignal | undefined): PollStrategy {
  let delay = POLL_FIRST_MS;
  let unknownMs = 0;
  return async (_canister, _request, status) => {
    unknownMs = status === RequestStatusResponseStatus.Unknown ? unknownMs + delay : 0;
    if (unknownMs > unknownMsMax) throw new Error('the replica knows nothing of the request');
    signal?.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, delay));
    signal?.throwIfAborted();
    delay = Math.min(delay * POLL_FACTOR, POLL_MAX_MS);
  };
}

/** HTTP statuses below 500 that are temporary. */
const PASSING_STATUS = new Set([408, 425, 429]);

/**
 * Converts an exception of the agent to a `CallFailure`. Its kind is `transport` if the outcome is unknown: no connection, an
 * invalid certificate, or a garbled response.
 */
export function toCallFailure(method: string, error: unknown): CallFailure {
  const cause = { cause: error };
  if (!(error instanceof AgentError)) {
    const message = error instanceof Error ? error.message : String(error);
    return new CallFailure('transport', method, message, null, cause);
  }
  const code = error.code;
  if (
    code instanceof CertifiedRejectErrorCode ||
    code instanceof UncertifiedRejectErrorCode ||
    code instanceof UncertifiedRejectUpdateErrorCode
  ) {
    const reject = {
      code: code.rejectCode,
      errorCode: code.rejectErrorCode === '' ? null : (code.rejectErrorCode ?? null),
      text: code.rejectMessage,
    };
    return new CallFailure('reject', method, reject.text, reject, cause);
  }
  if (code instanceof HttpErrorCode) {
    const passing = code.status >= 500 || PASSING_STATUS.has(code.status);
    const text = `HTTP ${code.status} ${code.statusText}: ${(code.bodyText ?? '').slice(0, 500)}`.trimEnd();
    return new CallFailure(passing ? 'transport' : 'refused', method, text, null, cause);
  }
  const ours = error.kind === ErrorKindEnum.Input || error.kind === ErrorKindEnum.External;
  const passing = code instanceof CborDecodeErrorCode || code instanceof IngressExpiryInvalidErrorCode;
  const kind = ours && !passing ? 'refused' : 'transport';
  return new CallFailure(kind, method, firstLine(innerMessage(error)), null, cause);
}

/** Returns the innermost message of an exception. The agent wraps an exception of `fetch` twice. */
function innerMessage(error: AgentError): string {
  let inner: unknown = error;
  let message = error.message;
  for (let depth = 0; depth < 5 && inner !== undefined && inner !== null; depth += 1) {
    if (inner instanceof Error && inner.message !== '') message = inner.message;
    const code: unknown = inner instanceof AgentError ? inner.code : undefined;
    inner = (code as { error?: unknown } | undefined)?.error ?? (inner as { cause?: unknown }).cause;
  }
  return message;
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

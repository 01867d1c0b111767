/**
 * The connection over the IC's HTTP interface, by `@dfinity/agent`: every update's answer is checked against its certificate
 * and every query's against the node's signature, as the agent does by default.
 *
 * The agent's own retries are off (`retryTimes: 0`): they would send a chunk again without asking whether it arrived.
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
} from '@dfinity/agent';
import type { IDL } from '@dfinity/candid';
import { Principal } from '@dfinity/principal';
import { CanisterConnection } from './canister-connection.js';
import { CallFailure, type CallOptions, type UploadConnection } from './connection.js';
import { logsService, uploadService } from './idl.js';

/** IC interface spec: an ingress message has at most 2 MiB on an application subnet (3.5 MiB on a system subnet). */
const INGRESS_BYTES_MAX = 2_097_152;
/** Kept free for what goes along with the bytes: Candid header, method, principals, nonce, key, signature, CBOR keys. */
const ENVELOPE_BYTES_MAX = 1_024;

/** The first wait before asking `read_state` again after an HTTP 202, and its growth and ceiling. */
const POLL_FIRST_MS = 50;
const POLL_FACTOR = 1.4;
const POLL_MAX_MS = 1_000;
/** A request is in the state tree a block or two after it was accepted: some seconds on the IC. */
const POLL_UNKNOWN_MAX_MS = 15_000;

const READ_STATE_ATTEMPTS_MAX = 5;
const READ_STATE_DELAY_MS = 50;
const READ_STATE_MAX_MS = 30_000;

const scope = new AsyncLocalStorage<AbortSignal | undefined>();

/** Hosts whose root key the agent has built in; any other network is asked for its own. */
const MAINNET_HOST = /(^|\.)(ic0\.app|icp0\.io|icp-api\.io|internetcomputer\.org)$/;

export interface AgentConnectionOptions {
  /** e.g. `http://127.0.0.1:4943`. */
  readonly host: string;
  /** Principal text of the upload canister. */
  readonly canister: string;
  readonly identity: Identity;
  /** DER root key (133 bytes). Default: built in for the IC's own hosts, fetched once from every other host. */
  readonly rootKey?: Uint8Array;
  /** Default: the 2 MiB of an application subnet, less the envelope. */
  readonly chunkBytesMax?: number;
  /** Default: the runtime's. */
  readonly fetch?: typeof globalThis.fetch;
  /** Ends the opening; calls have signals of their own. */
  readonly signal?: AbortSignal;
  /** Ask first whether the host knows the canister: false. */
  readonly checkCanister?: boolean;
}

/** A host that takes connections and says nothing is not waited for longer. */
const OPENING_MAX_MS = 15_000;

/**
 * Opens a connection: makes the agent, fetches the root key where it must.
 * @throws {CallFailure} when the host does not answer, or knows no such canister
 */
export async function connectAgent(options: AgentConnectionOptions): Promise<UploadConnection> {
  const plainFetch = options.fetch ?? globalThis.fetch;
  const mainnet = MAINNET_HOST.test(new URL(options.host).hostname);
  const agent = HttpAgent.createSync({
    host: options.host,
    identity: options.identity,
    retryTimes: 0,
    ...(options.rootKey ? { rootKey: options.rootKey } : { shouldFetchRootKey: !mainnet }),
    fetch: (input, init) =>
      String(input).endsWith('/read_state')
        ? readState(plainFetch, input, init)
        : scoped(plainFetch, input, init),
  });
  const canister = Principal.fromText(options.canister);
  const late = AbortSignal.timeout(OPENING_MAX_MS);
  const signal = options.signal ? AbortSignal.any([late, options.signal]) : late;
  if (!options.rootKey && !mainnet) await guarded('status', { signal }, () => agent.fetchRootKey());
  if (options.checkCanister) await checkRoute(agent, canister, signal);
  return new AgentConnection(
    agent,
    canister,
    options.identity.getPrincipal().toText(),
    options.chunkBytesMax ?? INGRESS_BYTES_MAX - ENVELOPE_BYTES_MAX,
  );
}

/**
 * Asks for something that every subnet answers. Without it the first query would find out that no subnet has the canister, and there the
 * agent prints the exception to the console. A line that is bad now may be good later.
 */
async function checkRoute(agent: HttpAgent, canister: Principal, signal: AbortSignal): Promise<void> {
  try {
    const paths = [[new TextEncoder().encode('time')]];
    // `read_state` itself is not cut off, see `readState`.
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

/** A call or a query: ends with the signal of the call it belongs to. */
function scoped(fetch: Fetch, input: FetchArgs[0], init: FetchArgs[1]): Promise<Response> {
  const signal = scope.getStore();
  return fetch(input, signal ? { ...init, signal } : init);
}

/**
 * `read_state`: asks again by itself. It is small and changes nothing, and where it fails while the agent fetches the keys of a
 * subnet's nodes, the agent prints the exception to the console. For the same reason it is not cut off with its call.
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

  constructor(agent: HttpAgent, id: Principal, caller: string, chunkBytesMax: number) {
    super({ caller, canister: id.toText(), chunkBytesMax });
    this.#id = id;

    this.#upload = actorOf(uploadService, agent, id);
    this.#management = actorOf(logsService, agent, Principal.managementCanister());
  }

  async logs(options?: CallOptions) {
    interface RawLogs {
      canister_log_records: { content: Uint8Array }[];
    }
    const method = this.#management['fetch_canister_logs']!.withOptions({ effectiveCanisterId: this.#id });
    const raw = await guarded('fetch_canister_logs', options, () => method({ canister_id: this.#id }));
    return (raw as RawLogs).canister_log_records.map(({ content }) => new TextDecoder().decode(content));
  }

  protected async call<T>(name: string, args: unknown[], options?: CallOptions): Promise<T> {
    const strategy = pollStrategy(options?.signal);
    const method = this.#upload[name]!.withOptions({ pollingOptions: { strategy } });
    return (await guarded(name, options, () => method(...args))) as T;
  }
}

function actorOf(service: IDL.ServiceClass, agent: HttpAgent, canisterId: Principal) {
  return Actor.createActor(() => service, { agent, canisterId });
}

/** Runs one call with its signal in reach of the agent's `fetch`, and turns what is thrown into a `CallFailure`. */
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
 * After an HTTP 202: asks soon, then less often, for as long as the caller waits. One per call: it keeps state. A request that the
 * replica knows nothing of for long got lost (it restarted): its outcome is unknown, and the uploader asks what arrived.
 */
function pollStrategy(signal: AbortSignal | undefined): PollStrategy {
  let delay = POLL_FIRST_MS;
  let unknownMs = 0;
  return async (_canister, _request, status) => {
    unknownMs = status === RequestStatusResponseStatus.Unknown ? unknownMs + delay : 0;
    if (unknownMs > POLL_UNKNOWN_MAX_MS) throw new Error('the replica knows nothing of the request');
    signal?.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, delay));
    signal?.throwIfAborted();
    delay = Math.min(delay * POLL_FACTOR, POLL_MAX_MS);
  };
}

/** HTTP statuses below 500 that say "later", not "never". */
const PASSING_STATUS = new Set([408, 425, 429]);

/**
 * What an exception of the agent says about the call: the IC's reject, a request that was not accepted, or
 * nothing certain (no connection, a bad certificate, a garbled reply).
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
      code: Number(code.rejectCode),
      errorCode: code.rejectErrorCode || null,
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

/** The agent wraps what `fetch` threw two deep; the innermost message is the one that names the cause. */
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

/**
 * A replica for a service that implements the upload canister's HTTP interface. A call of `http_request_update` becomes a request, and
 * the response becomes the reply. The service chooses the order of the calls in flight. The suite cannot install, stop, or restore it.
 */
import type {
  Call,
  MessageId,
  Outcome,
  PrincipalText,
  Replica,
  ReplicaInfo,
  Submission,
} from '../replica.js';
import { ReplicaError } from '../replica.js';

export interface ServiceRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

export interface ServiceResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

export interface HttpServiceOptions {
  /** Without a path, for example `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Returns the bearer token of a caller. */
  readonly tokenOf: (caller: PrincipalText) => string;
  /** Decodes the argument of a call and encodes the reply. */
  readonly codec: {
    readonly decodeRequest: (arg: Uint8Array) => ServiceRequest;
    readonly encodeResponse: (response: ServiceResponse) => Uint8Array;
  };
  /** Time limit of a response in milliseconds. After it, the outcome is unknown. Default 60,000. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS_DEFAULT = 60_000;

/** Codes of errors that every further request would get: no server listens, or the name is unknown. */
const UNREACHABLE_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

interface InFlight {
  readonly done: Promise<void>;
  outcome: Outcome | undefined;
  error: Error | undefined;
}

export class HttpServiceReplica implements Replica {
  readonly info: ReplicaInfo;
  readonly #options: HttpServiceOptions;
  readonly #calls = new Map<MessageId, InFlight>();
  #submitted = 0;
  #lastTimeNs = 0n;

  constructor(options: HttpServiceOptions) {
    this.#options = options;
    this.info = { name: 'live', version: options.url, abilities: new Set() };
  }

  // ---- calls ----

  async submit(call: Call): Promise<Submission> {
    const id = String(this.#submitted++);
    const done = this.#send(call).then(
      (outcome) => void (flight.outcome = outcome),
      (error: unknown) => void (flight.error = error as Error),
    );
    const flight: InFlight = { done, outcome: undefined, error: undefined };
    this.#calls.set(id, flight);
    return { kind: 'accepted', id };
  }

  /** Waits until the latest open call has an outcome. Earlier calls may still be open. */
  async round(): Promise<void> {
    const open = [...this.#calls.values()].filter(({ outcome, error }) => !outcome && !error);
    await open.at(-1)?.done;
  }

  async poll(id: MessageId): Promise<Outcome | undefined> {
    const flight = this.#calls.get(id);
    if (flight?.error) throw flight.error;
    if (flight?.outcome) this.#calls.delete(id);
    return flight?.outcome;
  }

  query(call: Call): Promise<Outcome> {
    return this.#send(call);
  }

  async #send(call: Call): Promise<Outcome> {
    const { codec, tokenOf } = this.#options;
    const request = codec.decodeRequest(call.arg);
    const token = tokenOf(call.caller);
    const response = await this.#fetch(request, token);
    if ('kind' in response) return response;
    if (response.status === 401) await this.#checkToken(token);
    const wait = response.headers.get('retry-after');
    if (response.status === 429 && wait !== undefined) {
      throw new ReplicaError(
        `${this.#options.url} accepts no uploads for ${wait} s (429); raise its limit of uploads per hour for this run, or use another token`,
      );
    }
    return { kind: 'reply', bytes: codec.encodeResponse(response) };
  }

  async #fetch(request: ServiceRequest, token: string): Promise<ServiceResponse | Outcome> {
    const { url, timeoutMs = TIMEOUT_MS_DEFAULT } = this.#options;
    const headers = [...request.headers, ['authorization', `Bearer ${token}`]] as [string, string][];
    const isBodiless = request.method === 'GET' || request.method === 'HEAD';
    try {
      const response = await fetch(new URL(request.url, url), {
        method: request.method,
        headers,
        signal: AbortSignal.timeout(timeoutMs),
        ...(isBodiless ? {} : { body: Uint8Array.from(request.body) }),
      });
      const body = new Uint8Array(await response.arrayBuffer());
      return { status: response.status, headers: new Map(response.headers), body };
    } catch (error) {
      const cause = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
      const { code = '', message } = cause;
      if (UNREACHABLE_CODES.has(code)) throw new ReplicaError(`${url} does not answer (${code})`);
      return { kind: 'reject', code: 6, errorCode: code || 'none', text: `the connection broke: ${message}` };
    }
  }

  /** Throws if a read is refused with 401 as well. Then the token is invalid; otherwise the 401 is an ordinary response. */
  async #checkToken(token: string): Promise<void> {
    const path = '/storage/chunked-upload/0';
    const second = await this.#fetch(
      { method: 'GET', url: path, headers: [], body: new Uint8Array(0) },
      token,
    );
    if ('kind' in second || second.status !== 401) return;
    throw new ReplicaError(
      `${this.#options.url} refuses a token (401) because it has expired or was revoked; create a new one`,
    );
  }

  // ---- time ----

  async time(): Promise<bigint> {
    const now = BigInt(Date.now()) * 1_000_000n;
    this.#lastTimeNs = now > this.#lastTimeNs ? now : this.#lastTimeNs;
    return this.#lastTimeNs;
  }

  // ---- unsupported operations ----

  createCanister = (): Promise<never> => this.#cannot('create a canister');
  install = (): Promise<never> => this.#cannot('install a module');
  deliverable = (): Promise<never> => this.#cannot('choose the order of messages');
  deliver = (): Promise<never> => this.#cannot('choose the order of messages');
  setTime = (): Promise<never> => this.#cannot('set the time');
  metrics = (): Promise<never> => this.#cannot('report metrics');
  logs = (): Promise<never> => this.#cannot('report logs');
  stableMemory = (): Promise<never> => this.#cannot('return stable memory');
  snapshot = (): Promise<never> => this.#cannot('take a snapshot');
  restore = (): Promise<never> => this.#cannot('restore a snapshot');
  stop = (): Promise<never> => this.#cannot('stop a canister');
  start = (): Promise<never> => this.#cannot('start a canister');

  async #cannot(operation: string): Promise<never> {
    throw new ReplicaError(`an HTTP service cannot ${operation}`);
  }

  async dispose(): Promise<void> {
    await Promise.allSettled([...this.#calls.values()].map(({ done }) => done));
    this.#calls.clear();
  }
}

/**
 * The transport to a PocketIC server: HTTP, JSON with exact integers, replies for busy instances and started operations, and errors.
 *
 * It does not use `@dfinity/pic` 0.16.1, whose transport resends a request for 30 s after any error reply, treats the result `null` of
 * a long operation as "not finished" and resends that as well, and rounds integers. This client resends a request only if the server
 * reports that it did not start the operation (409, 429).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ReplicaError } from '../replica.js';
import { describeCauses } from './error-causes.js';
import { parseExactJson, stringifyExactJson } from './exact-json.js';

export interface RestClientOptions {
  /** For example `http://127.0.0.1:4943`, with or without a trailing slash. */
  readonly baseUrl: string;
  /** Time limit of one operation, including the waits for a busy instance and for the result. Default 10 minutes. */
  readonly operationTimeoutMs?: number;
  /** Time limit of one HTTP exchange. Default 120 s; the server replies 202 after at most 10 s. */
  readonly exchangeTimeoutMs?: number;
  /** Returns a text to append to the error if the server does not answer, for example its last output. */
  readonly diagnose?: () => string;
  /** Carries a request to the server. Default: HTTP. Another one reaches a server in this process. */
  readonly send?: Send;
}

export interface RestRequest {
  readonly method: Method;
  /** Path without query, from `/` on. */
  readonly path: string;
  /** JSON; undefined for a request without a body. */
  readonly body: string | undefined;
}

export interface RestReply {
  readonly status: number;
  readonly text: string;
}

export type Send = (request: RestRequest) => Promise<RestReply>;

/** The server refused a request with 4xx or 5xx, usually with `{message}`. */
export class ServerRefusal extends ReplicaError {
  readonly status: number;
  /** The server's own text, for example `SettingTimeIntoPast((1620328630000000003, 946684800000000000))`. */
  readonly serverMessage: string;

  constructor(status: number, serverMessage: string, request: string) {
    super(`the PocketIC server refused ${request} (${status}): ${serverMessage}`);
    this.status = status;
    this.serverMessage = serverMessage;
  }
}

const BACKOFF_FIRST_MS = 5;
const BACKOFF_MAX_MS = 500;
const LAST_OUTPUT_WAIT_MS = 100;
const MESSAGE_LENGTH_MAX = 2000;

type Method = 'GET' | 'POST' | 'DELETE';

export class RestClient {
  readonly #options: RestClientOptions;
  readonly #baseUrl: string;
  readonly #send: Send;

  constructor(options: RestClientOptions) {
    this.#options = options;
    this.#send = options.send ?? ((request) => this.#fetch(request));
    this.#baseUrl = options.baseUrl.replace(/\/+$/, '');
  }

  /**
   * Returns the decoded reply.
   * @throws {ServerRefusal} if the server refuses the request
   * @throws {ReplicaError} if the server does not answer or does not finish in time
   */
  async get(path: string): Promise<unknown> {
    return await this.#operation('GET', path, undefined);
  }

  /** Like `get`. Sends `body` as JSON; a bigint becomes an integer literal. */
  async post(path: string, body: unknown): Promise<unknown> {
    return await this.#operation('POST', path, stringifyExactJson(body));
  }

  /** Like `get`, without a result. */
  async delete(path: string): Promise<void> {
    const reply = await this.#exchange('DELETE', path, undefined);
    if (reply.status !== 200) throw refusal(reply, `DELETE ${path}`);
  }

  /** Checks that the server answers. A ping also restarts the server's ttl. */
  async ping(): Promise<void> {
    const { status, text } = await this.#exchange('GET', '/status', undefined);
    if (status !== 200) throw refusal({ status, text }, 'GET /status');
  }

  async #operation(method: 'GET' | 'POST', path: string, body: string | undefined): Promise<unknown> {
    const request = `${method} ${path}`;
    const deadline = performance.now() + (this.#options.operationTimeoutMs ?? 600_000);
    for (const wait of backoff(deadline)) {
      const reply = await this.#exchange(method, path, body);
      if (reply.status === 200 || reply.status === 201) return decode(reply, request);
      if (reply.status === 202) return await this.#result(reply, request, deadline);
      if (reply.status !== 409 && reply.status !== 429) throw refusal(reply, request);
      await delay(wait);
    }
    throw new ReplicaError(`the PocketIC server stayed busy and did not start ${request}`);
  }

  /** Polls the result of a started operation. The server replies 404 until there is one. */
  async #result(started: RestReply, request: string, deadline: number): Promise<unknown> {
    const { state_label: label, op_id: id } = decode(started, request) as Record<string, unknown>;
    if (typeof label !== 'string' || typeof id !== 'string') {
      throw new ReplicaError(
        `the PocketIC server started ${request} without a name for the operation: ${started.text}`,
      );
    }
    const path = `/read_graph/${encodeURIComponent(label)}/${encodeURIComponent(id)}`;
    for (const wait of backoff(deadline)) {
      const reply = await this.#exchange('GET', path, undefined);
      if (reply.status === 200) return decode(reply, request);
      if (reply.status !== 404) throw refusal(reply, request);
      await delay(wait);
    }
    throw new ReplicaError(`the PocketIC server did not finish ${request} in time`);
  }

  async #exchange(method: Method, path: string, body: string | undefined): Promise<RestReply> {
    try {
      return await this.#send({ method, path, body });
    } catch (error) {
      // The last output of a server that ended may still be in the pipe.
      if (this.#options.diagnose) await delay(LAST_OUTPUT_WAIT_MS);
      const hint = this.#options.diagnose?.() ?? '';
      throw new ReplicaError(
        `no answer from the PocketIC server at ${this.#baseUrl} to ${method} ${path}: ${describeCauses(error)}${hint}`,
      );
    }
  }

  async #fetch({ method, path, body }: RestRequest): Promise<RestReply> {
    const response = await fetch(this.#baseUrl + path, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: body ?? null,
      signal: AbortSignal.timeout(this.#options.exchangeTimeoutMs ?? 120_000),
    });
    return { status: response.status, text: await response.text() };
  }
}

/** Yields waits in milliseconds, each twice as long as the one before, until the deadline; at least one. */
function* backoff(deadline: number): Generator<number> {
  let wait = BACKOFF_FIRST_MS;
  do {
    yield wait;
    wait = Math.min(wait * 2, BACKOFF_MAX_MS);
  } while (performance.now() < deadline);
}

function decode(reply: RestReply, request: string): unknown {
  try {
    return parseExactJson(reply.text);
  } catch {
    throw new ReplicaError(`the PocketIC server's reply to ${request} is not JSON: ${shorten(reply.text)}`);
  }
}

/** An error is `{message}`, plain text for a malformed request, or `{Error: {message}}` for the creation of an instance. */
function refusal(reply: RestReply, request: string): ServerRefusal {
  let message = reply.text;
  try {
    const body = parseExactJson(reply.text) as { message?: unknown; Error?: { message?: unknown } } | null;
    const found = body?.message ?? body?.Error?.message;
    if (typeof found === 'string') message = found;
  } catch {
    // The message is plain text.
  }
  return new ServerRefusal(reply.status, shorten(message), request);
}

function shorten(text: string): string {
  return text.length > MESSAGE_LENGTH_MAX ? `${text.slice(0, MESSAGE_LENGTH_MAX)}…` : text;
}

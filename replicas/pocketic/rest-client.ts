/**
 * The transport to a PocketIC server: HTTP, JSON with exact integers, busy and started replies, errors.
 *
 * `@dfinity/pic` 0.16.1 is not used below this line because its own transport resends a request for 30 s after any error
 * reply, takes a `null` result of a long operation for "not finished yet" and resends that too, and rounds integers.
 * Here an operation is sent again only when the server says that it did not begin it (409, 429).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ReplicaError } from '../replica.js';
import { parseExactJson, stringifyExactJson } from './exact-json.js';

export interface RestClientOptions {
  /** E.g. `http://127.0.0.1:4943`, with or without a slash at the end. */
  readonly baseUrl: string;
  /** Bound on one operation: waiting while busy, running, polling. Default 10 minutes. */
  readonly operationTimeoutMs?: number;
  /** Bound on one HTTP exchange. The server answers 202 after 10 s at the latest; default 120 s. */
  readonly exchangeTimeoutMs?: number;
  /** Added to the message when the server does not answer, e.g. what it wrote last. */
  readonly diagnose?: () => string;
}

/** The server understood and said no: 4xx or 5xx, usually with `{message}`. */
export class ServerRefusal extends ReplicaError {
  readonly status: number;
  /** The server's own text, e.g. `SettingTimeIntoPast((1620328630000000003, 946684800000000000))`. */
  readonly serverMessage: string;

  constructor(
    status: number,

    serverMessage: string,
    request: string,
  ) {
    super(`the PocketIC server refused ${request} (${status}): ${serverMessage}`);
    this.status = status;
    this.serverMessage = serverMessage;
  }
}

const BACKOFF_FIRST_MS = 5;
const BACKOFF_MAX_MS = 500;
const LAST_WORDS_WAIT_MS = 100;
const MESSAGE_LENGTH_MAX = 2000;

interface Reply {
  readonly status: number;
  readonly text: string;
}

type Method = 'GET' | 'POST' | 'DELETE';

export class RestClient {
  readonly #options: RestClientOptions;
  readonly #baseUrl: string;

  constructor(options: RestClientOptions) {
    this.#options = options;
    this.#baseUrl = options.baseUrl.replace(/\/+$/, '');
  }

  /** The decoded reply. Throws ServerRefusal, or ReplicaError when the server is gone or too slow. */
  async get(path: string): Promise<unknown> {
    return await this.#operation('GET', path, undefined);
  }

  /** `body` is sent as JSON; bigints in it become integer literals. */
  async post(path: string, body: unknown): Promise<unknown> {
    return await this.#operation('POST', path, stringifyExactJson(body));
  }

  /** Whether the server answers at all. Also keeps it from ending for lack of requests. */
  async ping(): Promise<void> {
    const { status, text } = await this.#exchange('GET', '/status', undefined);
    if (status !== 200) throw refusal({ status, text }, 'GET /status');
  }

  async #operation(method: Method, path: string, body: string | undefined): Promise<unknown> {
    const request = `${method} ${path}`;
    const deadline = performance.now() + (this.#options.operationTimeoutMs ?? 600_000);
    for (const wait of backoff(deadline)) {
      const reply = await this.#exchange(method, path, body);
      if (reply.status === 200 || reply.status === 201) return decode(reply, request);
      if (reply.status === 202) return await this.#result(reply, request, deadline);
      if (reply.status !== 409 && reply.status !== 429) throw refusal(reply, request);
      await delay(wait);
    }
    throw new ReplicaError(`the PocketIC server stayed busy: it never began ${request}`);
  }

  /** Polls the result of an operation that the server has started. It says 404 until there is one. */
  async #result(started: Reply, request: string, deadline: number): Promise<unknown> {
    const { state_label: label, op_id: id } = decode(started, request) as Record<string, unknown>;
    if (typeof label !== 'string' || typeof id !== 'string') {
      throw new ReplicaError(
        `the PocketIC server began ${request} without naming the operation: ${started.text}`,
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

  async #exchange(method: Method, path: string, body: string | undefined): Promise<Reply> {
    try {
      const response = await fetch(this.#baseUrl + path, {
        method,
        headers: { 'Content-Type': 'application/json' },
        body: body ?? null,
        signal: AbortSignal.timeout(this.#options.exchangeTimeoutMs ?? 120_000),
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      // What a dying server wrote may still be in the pipe.
      if (this.#options.diagnose) await delay(LAST_WORDS_WAIT_MS);
      const hint = this.#options.diagnose?.() ?? '';
      throw new ReplicaError(
        `no answer from the PocketIC server at ${this.#baseUrl} to ${method} ${path}: ${cause(error)}${hint}`,
      );
    }
  }
}

/** Waits in milliseconds, doubling, until the deadline; at least one. */
function* backoff(deadline: number): Generator<number> {
  let wait = BACKOFF_FIRST_MS;
  do {
    yield wait;
    wait = Math.min(wait * 2, BACKOFF_MAX_MS);
  } while (performance.now() < deadline);
}

function decode(reply: Reply, request: string): unknown {
  try {
    return parseExactJson(reply.text);
  } catch {
    throw new ReplicaError(
      `the PocketIC server answered ${request} with something else than JSON: ${shorten(reply.text)}`,
    );
  }
}

/** Errors are `{message}`; malformed requests get plain text; creating an instance gets `{Error: {message}}`. */
function refusal(reply: Reply, request: string): ServerRefusal {
  let message = reply.text;
  try {
    const body = parseExactJson(reply.text) as { message?: unknown; Error?: { message?: unknown } } | null;
    const found = body?.message ?? body?.Error?.message;
    if (typeof found === 'string') message = found;
  } catch {
    // Plain text is the message.
  }
  return new ServerRefusal(reply.status, shorten(message), request);
}

/** What `fetch` hides in its causes: `fetch failed` alone tells nothing. */
function cause(error: unknown): string {
  const causes: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    causes.push((at as NodeJS.ErrnoException).code ?? at.message);
  }
  return causes.join(': ') || String(error);
}

function shorten(text: string): string {
  return text.length > MESSAGE_LENGTH_MAX ? `${text.slice(0, MESSAGE_LENGTH_MAX)}…` : text;
}

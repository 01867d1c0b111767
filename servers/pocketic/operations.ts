/**
 * Runs the operations of one instance one at a time, as the PocketIC server does. A request for a busy instance gets 409. A request
 * whose operation takes longer than the client waits gets 202 with the name of the operation; the server keeps the result.
 */
import { createHash } from 'node:crypto';
import { HttpError } from '../http/reply.js';
import { jsonError } from './errors.js';

/** Default time that a request waits for its operation. `rs/pocket_ic_server/src/state_api/state.rs`. */
export const SYNC_WAIT_MS = 10_000;
/** Time that an operation with `waitIfBusy` waits for a busy instance. Then the request gets 429. */
const BUSY_WAIT_MS = 300_000;
const RESULTS_KEPT_MAX = 1000;

/** The name of an operation in the protocol. URL-safe. */
export interface Ticket {
  readonly state_label: string;
  readonly op_id: string;
}

/** The result of a finished operation: the JSON text of its reply, or its error. */
export type Result =
  { readonly kind: 'done'; readonly json: string } | { readonly kind: 'failed'; readonly error: HttpError };

/** Keeps the results of started operations of all instances, at most `RESULTS_KEPT_MAX`. */
export class ResultStore {
  readonly #results = new Map<string, Result>();

  keep(ticket: Ticket, result: Result): void {
    this.#results.set(`${ticket.state_label}/${ticket.op_id}`, result);
    const [oldest] = this.#results.keys();
    if (this.#results.size > RESULTS_KEPT_MAX && oldest !== undefined) this.#results.delete(oldest);
  }

  get(ticket: Ticket): Result | undefined {
    return this.#results.get(`${ticket.state_label}/${ticket.op_id}`);
  }

  /** Returns false if there is no such result. */
  delete(ticket: Ticket): boolean {
    return this.#results.delete(`${ticket.state_label}/${ticket.op_id}`);
  }
}

export interface OperationOptions {
  /** For example `tick`. */
  readonly name: string;
  readonly run: () => Promise<string>;
  readonly syncWaitMs: number;
  /** If true, the request waits for a busy instance instead of getting 409. */
  readonly waitIfBusy: boolean;
}

export class OperationQueue {
  readonly #instanceId: number;
  readonly #results: ResultStore;
  #running: { readonly ticket: Ticket; readonly end: Promise<unknown> } | undefined;
  #count = 0;

  constructor(instanceId: number, results: ResultStore) {
    this.#instanceId = instanceId;
    this.#results = results;
  }

  /**
   * Returns the JSON text of the reply.
   * @throws {HttpError} the error of the operation, 409 (busy), 202 (started), or 429 (busy for too long)
   */
  async execute(options: OperationOptions): Promise<string> {
    if (options.waitIfBusy) await this.#idle();
    if (this.#running) throw jsonError(409, this.#running.ticket);
    const ticket = this.#ticket(options.name);
    const end = this.#start(options.run, ticket);
    const result = await within(end, options.syncWaitMs);
    if (result === undefined) {
      void end.then((late) => this.#results.keep(ticket, late));
      throw jsonError(202, ticket);
    }
    if (result.kind === 'failed') throw result.error;
    return result.json;
  }

  /** Resolves when no operation runs. */
  async settle(): Promise<void> {
    while (this.#running) await this.#running.end;
  }

  #start(run: () => Promise<string>, ticket: Ticket): Promise<Result> {
    const end = run().then<Result, Result>(
      (json) => ({ kind: 'done', json }),
      (error: unknown) => ({ kind: 'failed', error: toHttpError(error) }),
    );
    const running = { ticket, end };
    this.#running = running;
    void end.then(() => {
      if (this.#running === running) this.#running = undefined;
    });
    return end;
  }

  async #idle(): Promise<void> {
    const deadline = performance.now() + BUSY_WAIT_MS;
    // Another request may start its operation between the end of this one and the next check.
    while (this.#running) {
      await within(this.#running.end, Math.max(0, deadline - performance.now()));
      if (performance.now() >= deadline)
        throw jsonError(429, { message: 'Service is overloaded, try again later.' });
    }
  }

  #ticket(name: string): Ticket {
    this.#count += 1;
    const digest = createHash('sha256').update(`${this.#instanceId}/${this.#count}`).digest();
    return {
      state_label: digest.subarray(0, 16).toString('base64url') + '==',
      op_id: `${name}_${this.#count}`,
    };
  }
}

/** Returns `undefined` if the promise does not resolve within the time. */
async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Any error other than HttpError is a failure of the engine. */
function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  return jsonError(500, { message: error instanceof Error ? error.message : String(error) });
}

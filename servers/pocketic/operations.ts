/**
 * Runs the operations of one instance one at a time, as the server does: a request that finds the instance at work is told so
 * (409), one that takes longer than the client waits is told where to ask for its result (202), and results of the latter are kept.
 */
import { createHash } from 'node:crypto';
import { HttpError } from './http-error.js';

/** `rs/pocket_ic_server/src/state_api/state.rs`: how long a request waits unless `processing-timeout-ms` says otherwise. */
export const SYNC_WAIT_MS = 10_000;
/** Operations that are only looked at (topology) wait while the instance is busy; then 429. */
const BUSY_WAIT_MS = 300_000;
const RESULTS_KEPT_MAX = 1000;

/** What was run: names the operation on the wire. URL-safe. */
export interface Ticket {
  readonly state_label: string;
  readonly op_id: string;
}

/** A finished operation: the JSON text of its reply, or its error. */
export type Result =
  { readonly kind: 'done'; readonly json: string } | { readonly kind: 'failed'; readonly error: HttpError };

/** Results of started operations, of all instances. */
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
}

export interface OperationOptions {
  /** E.g. `tick`. */
  readonly name: string;
  readonly run: () => Promise<string>;
  readonly syncWaitMs: number;
  /** Wait for a busy instance instead of answering 409. */
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

  /** The JSON text of the reply. Throws HttpError: of the operation, 409 busy, 202 started, 429. */
  async execute(options: OperationOptions): Promise<string> {
    if (options.waitIfBusy) await this.#idle();
    if (this.#running) throw new HttpError(409, this.#running.ticket);
    const ticket = this.#ticket(options.name);
    const end = this.#start(options.run, ticket);
    const result = await within(end, options.syncWaitMs);
    if (result === undefined) {
      void end.then((late) => this.#results.keep(ticket, late));
      throw new HttpError(202, ticket);
    }
    if (result.kind === 'failed') throw result.error;
    return result.json;
  }

  /** Resolves when nothing runs. */
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
    // Another request may take the turn between the end of one operation and this line.
    while (this.#running) {
      await within(this.#running.end, Math.max(0, deadline - performance.now()));
      if (performance.now() >= deadline)
        throw new HttpError(429, { message: 'Service is overloaded, try again later.' });
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

/** Undefined when the promise is not settled in time. */
async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** An error that is not the client's: the engine broke. */
function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  return new HttpError(500, { message: error instanceof Error ? error.message : String(error) });
}

/**
 * Calls to an object in a worker thread. A message of a canister may run for minutes, and the server must answer other requests
 * meanwhile. Arguments and results cross as structured clones, in the order of the calls.
 */
import type { MessagePort } from 'node:worker_threads';
import { END_OF_THREAD, WarmThread } from '../../warm-thread.js';

/** Begins a use of the thread: makes the object that is called. */
interface ObjectStart {
  readonly start: unknown;
}

interface WorkerRequest {
  readonly number: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

type WorkerAnswer =
  | { readonly number: number; readonly value: unknown }
  | { readonly number: number; readonly error: string }
  | { readonly print: string };

export interface WorkerCallsOptions {
  /** The module that the thread runs. It calls `serveWorkerCalls`. */
  readonly entry: URL;
  /** What the thread makes the object of. */
  readonly start: unknown;
  readonly onPrint?: (line: string) => void;
  /** Makes the error of a call that the thread did not answer before it ended. Default: an `Error` with the cause. */
  readonly makeError?: (cause: string) => Error;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class WorkerCalls {
  readonly #thread: WarmThread;
  readonly #pending = new Map<number, Pending>();
  readonly #makeError: (cause: string) => Error;
  #next = 0;
  /** Why the thread ended. `undefined` while it runs. */
  #end: Error | undefined;

  constructor({ entry, start, onPrint, makeError }: WorkerCallsOptions) {
    this.#makeError = makeError ?? ((cause) => new Error(`the engine of this instance has ended: ${cause}`));
    this.#thread = WarmThread.take(entry);
    this.#thread.start({ start } satisfies ObjectStart, {
      onMessage: (message) => {
        const answer = message as WorkerAnswer;
        if ('print' in answer) onPrint?.(answer.print);
        else this.#settle(answer);
      },
      onError: (error) => this.#fail(error instanceof Error ? error.message : String(error)),
      onExit: () => this.#fail('its thread has ended'),
    });
  }

  /** @param moved buffers that are transferred instead of copied; they are empty in this thread afterwards */
  call(method: string, args: readonly unknown[], moved: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.#end) return Promise.reject(this.#end);
    const number = this.#next++;
    return new Promise((resolve, reject) => {
      this.#pending.set(number, { resolve, reject });
      this.#thread.post({ number, method, args } satisfies WorkerRequest, moved);
    });
  }

  /** No further call is possible. The thread serves another object, or ends, even while a message runs. Calls without an answer reject. */
  async dispose(): Promise<void> {
    if (this.#end !== undefined) return;
    const isIdle = this.#pending.size === 0;
    this.#fail('its thread has ended');
    if (isIdle) this.#thread.release({ isReusable: true });
    else await this.#thread.terminate();
  }

  #settle(answer: Exclude<WorkerAnswer, { print: string }>): void {
    const pending = this.#pending.get(answer.number);
    this.#pending.delete(answer.number);
    if ('error' in answer) pending?.reject(new Error(answer.error));
    else pending?.resolve(answer.value);
  }

  /** Rejects every open call. Keeps the first cause: an `exit` follows each `error`. */
  #fail(cause: string): void {
    this.#end ??= this.#makeError(cause);
    for (const { reject } of this.#pending.values()) reject(this.#end);
    this.#pending.clear();
  }
}

type Print = (line: string) => void;

/**
 * Runs in the worker thread: calls the methods of an object by name. Answers are sent in the order in which they are ready.
 * @param make makes the object for a use of the thread
 */
export function serveWorkerCalls(port: MessagePort, make: (start: unknown, print: Print) => object): void {
  const answer = (message: WorkerAnswer): void => port.postMessage(message);
  let methods: object = {};
  port.on('message', (message: ObjectStart | WorkerRequest | typeof END_OF_THREAD) => {
    if (message === END_OF_THREAD) port.close();
    else if ('start' in message) methods = make(message.start, (print) => answer({ print }));
    else void call(message);
  });
  const call = async ({ number, method, args }: WorkerRequest): Promise<void> => {
    try {
      const run = methods[method as keyof typeof methods] as (
        ...args: readonly unknown[]
      ) => Promise<unknown>;
      answer({ number, value: await run.apply(methods, args as unknown[]) });
    } catch (error) {
      answer({ number, error: error instanceof Error ? error.message : String(error) });
    }
  };
}

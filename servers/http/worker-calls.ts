/**
 * Calls to an object in a worker thread. A message of a canister may run for minutes, and the server must answer other requests
 * meanwhile. Arguments and results cross as structured clones, in the order of the calls.
 */
import { type MessagePort, Worker } from 'node:worker_threads';

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
  readonly workerData?: unknown;
  readonly onPrint?: (line: string) => void;
  /** Makes the error of a call that the thread did not answer before it ended. Default: an `Error` with the cause. */
  readonly makeError?: (cause: string) => Error;
}

/** Wasm frames are large, and the IC gives a canister 5 MiB of wasm stack. */
const STACK_MB = 32;

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class WorkerCalls {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #makeError: (cause: string) => Error;
  #next = 0;
  /** Why the thread ended. `undefined` while it runs. */
  #end: Error | undefined;

  constructor({ entry, workerData, onPrint, makeError }: WorkerCallsOptions) {
    this.#makeError = makeError ?? ((cause) => new Error(`the engine of this instance has ended: ${cause}`));
    this.#worker = new Worker(entry, { workerData, resourceLimits: { stackSizeMb: STACK_MB } });
    this.#worker.on('message', (answer: WorkerAnswer) => {
      if ('print' in answer) onPrint?.(answer.print);
      else this.#settle(answer);
    });
    this.#worker.on('error', (error: unknown) =>
      this.#fail(error instanceof Error ? error.message : String(error)),
    );
    this.#worker.on('exit', () => this.#fail('its thread has ended'));
  }

  /** @param moved buffers that are transferred instead of copied; they are empty in this thread afterwards */
  call(method: string, args: readonly unknown[], moved: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.#end) return Promise.reject(this.#end);
    const number = this.#next++;
    return new Promise((resolve, reject) => {
      this.#pending.set(number, { resolve, reject });
      this.#worker.postMessage({ number, method, args } satisfies WorkerRequest, moved);
    });
  }

  /** Ends the thread, even while a message runs. Calls without an answer reject. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
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

/** Runs in the worker thread: calls `methods` by name. Answers are sent in the order in which they are ready. */
export function serveWorkerCalls(port: MessagePort, methods: object): { print: (line: string) => void } {
  const answer = (message: WorkerAnswer): void => port.postMessage(message);
  port.on('message', ({ number, method, args }: WorkerRequest) => {
    const run = methods[method as keyof typeof methods] as (...args: readonly unknown[]) => Promise<unknown>;
    run.apply(methods, args as unknown[]).then(
      (value) => answer({ number, value }),
      (error: unknown) => answer({ number, error: error instanceof Error ? error.message : String(error) }),
    );
  });
  return { print: (print) => answer({ print }) };
}

/**
 * An instance in a thread of its own: a message may run for minutes, and the server must answer others meanwhile (that it is
 * busy, above all). Calls and answers cross as structured clones.
 */
import { Worker } from 'node:worker_threads';
import type { InstanceBackend } from './backend.js';

export type BackendMethod = Exclude<keyof InstanceBackend, 'dispose'>;

export interface WorkerRequest {
  readonly number: number;
  readonly method: BackendMethod;
  readonly args: readonly unknown[];
}

export type WorkerAnswer =
  | { readonly number: number; readonly value: unknown }
  | { readonly number: number; readonly error: string }
  | { readonly print: string };

export interface WorkerBackendOptions {
  /** The module that runs in the thread. Default: `engine-worker.js` beside this one. */
  readonly entry?: URL;
  readonly onPrint?: (line: string) => void;
}

/** Wasm frames are large, and the IC gives a canister 5 MiB of wasm stack. */
const STACK_MB = 32;

const DEFAULT_ENTRY = new URL('./engine-worker.js', import.meta.url);

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export function createWorkerBackend(options: WorkerBackendOptions = {}): Promise<InstanceBackend> {
  const worker = new Worker(options.entry ?? DEFAULT_ENTRY, { resourceLimits: { stackSizeMb: STACK_MB } });
  return Promise.resolve(proxy(new WorkerCalls(worker, options.onPrint)));
}

class WorkerCalls {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #next = 0;
  /** Why the thread ended. */
  #end: Error | undefined;

  constructor(worker: Worker, onPrint: ((line: string) => void) | undefined) {
    this.#worker = worker;
    worker.on('message', (answer: WorkerAnswer) => {
      if ('print' in answer) onPrint?.(answer.print);
      else this.#settle(answer);
    });
    worker.on('error', (error: unknown) =>
      this.#fail(error instanceof Error ? error.message : String(error)),
    );
    worker.on('exit', () => this.#fail('its thread has ended'));
  }

  call(method: BackendMethod, args: readonly unknown[]): Promise<unknown> {
    if (this.#end) return Promise.reject(this.#end);
    const number = this.#next++;
    return new Promise((resolve, reject) => {
      this.#pending.set(number, { resolve, reject });
      this.#worker.postMessage({ number, method, args } satisfies WorkerRequest);
    });
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(answer: Exclude<WorkerAnswer, { print: string }>): void {
    const pending = this.#pending.get(answer.number);
    this.#pending.delete(answer.number);
    if ('error' in answer) pending?.reject(new Error(answer.error));
    else pending?.resolve(answer.value);
  }

  /** The first cause counts. */
  #fail(cause: string): void {
    this.#end ??= new Error(`the engine of this instance is gone: ${cause}`);
    for (const { reject } of this.#pending.values()) reject(this.#end);
    this.#pending.clear();
  }
}

/** Every method of the interface, sent to the thread. The types are the interface's: the thread runs the same one. */
function proxy(calls: WorkerCalls): InstanceBackend {
  const send = <M extends BackendMethod>(method: M): InstanceBackend[M] =>
    // The compiler cannot see that the answer to a method is of that method's type.
    ((...args: unknown[]) => calls.call(method, args)) as InstanceBackend[M];
  return {
    submit: send('submit'),
    ingressStatus: send('ingressStatus'),
    query: send('query'),
    tick: send('tick'),
    time: send('time'),
    setTime: send('setTime'),
    cycles: send('cycles'),
    addCycles: send('addCycles'),
    controllers: send('controllers'),
    stableMemory: send('stableMemory'),
    setStableMemory: send('setStableMemory'),
    httpOutcalls: send('httpOutcalls'),
    answerHttpOutcall: send('answerHttpOutcall'),
    dispose: () => calls.terminate(),
  };
}

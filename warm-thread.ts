/**
 * Worker threads that are used one after another. A new thread takes a quarter of a second to load the modules of this package, and runs code
 * that is not optimized yet, so a thread that is released waits for its next use for a while.
 */
import { type ResourceLimits, type Transferable, Worker } from 'node:worker_threads';

/** The last message to a thread. It closes its port, and ends. */
export const END_OF_THREAD = 'end';

/** What happens during one use of a thread. */
export interface ThreadEvents {
  readonly onMessage?: (message: unknown) => void;
  readonly onError: (error: unknown) => void;
  readonly onExit: () => void;
}

/** Wasm frames are large, and the IC gives a canister 5 MiB of wasm stack. */
const STACK_MB = 32;
export interface TakeOptions {
  /** Limits of its memory. Default: those of Node. */
  readonly limits?: ResourceLimits;
  /** Whether a thread that waits does not do. Default: false. */
  readonly isNew?: boolean;
}

/** A released thread keeps its memory so long, in milliseconds. */
const IDLE_MS = 5_000;
/** What a use leaves in memory, such as modules, does not pile up. */
const USES_MAX = 32;

const idle = new Set<WarmThread>();

/** The module that a thread starts with. From the sources, it compiles the entry. */
function startOf(entry: URL): URL {
  if (!entry.pathname.endsWith('.ts')) return entry;
  const tsx = import.meta.resolve('tsx/esm/api');
  const module = `import { register } from '${tsx}'; register(); await import('${entry.href}');`;
  return new URL(`data:text/javascript,${encodeURIComponent(module)}`);
}

export class WarmThread {
  /** Threads of the same kind can replace each other. */
  readonly #kind: string;
  readonly #worker: Worker;
  #uses = 0;
  #events: ThreadEvents | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(kind: string, entry: URL, limits: ResourceLimits) {
    this.#kind = kind;
    this.#worker = new Worker(startOf(entry), { resourceLimits: { stackSizeMb: STACK_MB, ...limits } });
    this.#worker.on('message', (message: unknown) => this.#events?.onMessage?.(message));
    this.#worker.on('error', (error: unknown) => this.#events?.onError(error));
    this.#worker.on('exit', () => {
      this.#wake();
      this.#events?.onExit();
    });
  }

  /**
   * The thread that was used last, if one waits, or a new one.
   * @param entry the compiled module of the thread
   */
  static take(entry: URL, { limits = {}, isNew = false }: TakeOptions = {}): WarmThread {
    // A thread copies the variables of the environment when it starts.
    const kind = JSON.stringify([entry.href, limits, process.env]);
    const waiting = isNew ? undefined : [...idle].findLast((thread) => thread.#kind === kind);
    if (waiting === undefined) return new WarmThread(kind, entry, limits);
    waiting.#wake();
    return waiting;
  }

  /** Sends the first message of a use. */
  start(message: unknown, events: ThreadEvents, moved: readonly Transferable[] = []): void {
    this.#uses++;
    this.#events = events;
    this.post(message, moved);
  }

  /** @param moved what is transferred instead of copied */
  post(message: unknown, moved: readonly Transferable[] = []): void {
    this.#worker.postMessage(message, moved);
  }

  /** Makes the thread wait for its next use, or ends it. Returns whether it waits: `onExit` is called only if not. */
  release({ isReusable }: { readonly isReusable: boolean }): boolean {
    if (!isReusable || this.#uses >= USES_MAX) {
      this.post(END_OF_THREAD);
      return false;
    }
    this.#events = undefined;
    idle.add(this);
    this.#worker.unref();
    this.#timer = setTimeout(() => {
      this.#wake();
      this.post(END_OF_THREAD);
    }, IDLE_MS).unref();
    return true;
  }

  /** Ends the thread at once, whatever it does. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  /** It waits no longer. */
  #wake(): void {
    if (!idle.delete(this)) return;
    clearTimeout(this.#timer);
    this.#worker.ref();
  }
}

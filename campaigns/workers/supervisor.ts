/**
 * Runs a job in a worker thread, so that the terminal, Ctrl-C and the budget stay live through a long message. A job is asked to
 * stop through a shared flag that it reads between operations; one that does not answer within the grace is ended where it is.
 * Whatever it posted before is kept either way.
 */
import { Worker } from 'node:worker_threads';

export type JobEnd =
  | { readonly kind: 'done' }
  /** The job did not stop by itself within the grace, or was asked a second time. */
  | { readonly kind: 'terminated' }
  /** The thread died: out of memory, or an error nobody caught. */
  | { readonly kind: 'crashed'; readonly error: Error };

export interface JobData<T> {
  readonly stopFlag: SharedArrayBuffer;
  readonly job: T;
}

export interface Supervision<T, M> {
  /** Compiled module (or, from sources, a `.ts` module) that runs the job and posts messages of type M. */
  readonly entry: URL;
  readonly job: T;
  readonly onMessage: (message: M) => void;
  /** Milliseconds between a request to stop and the end of the thread. */
  readonly graceMs?: number;
}

export interface Supervised {
  readonly end: Promise<JobEnd>;
  /** Ask once: stop soon. Ask twice: stop now. */
  stop(): void;
}

/** Wasm frames are large; the IC gives 5 MiB of wasm stack. */
const STACK_MB = 32;
const HEAP_MB = 8192;

export function supervise<T, M>({ entry, job, onMessage, graceMs = 600 }: Supervision<T, M>): Supervised {
  const stopFlag = new SharedArrayBuffer(4);
  const workerData: JobData<T> = { stopFlag, job };
  const fromSources = entry.pathname.endsWith('.ts');
  const worker = new Worker(entry, {
    workerData,
    resourceLimits: { stackSizeMb: STACK_MB, maxOldGenerationSizeMb: HEAP_MB },
    ...(fromSources ? { execArgv: ['--import', 'tsx'] } : {}),
  });
  let asked = false;
  let terminated = false;
  let timer: NodeJS.Timeout | undefined;
  const terminate = () => {
    terminated = true;
    void worker.terminate();
  };
  const end = new Promise<JobEnd>((resolve) => {
    let crash: Error | undefined;
    worker.on('message', onMessage);
    worker.on('error', (error) => {
      crash = error instanceof Error ? error : new Error(String(error));
    });
    worker.on('exit', () => {
      clearTimeout(timer);
      if (crash !== undefined) resolve({ kind: 'crashed', error: crash });
      else resolve({ kind: terminated ? 'terminated' : 'done' });
    });
  });
  return {
    end,
    stop() {
      if (asked) {
        terminate();
        return;
      }
      asked = true;
      Atomics.store(new Int32Array(stopFlag), 0, 1);
      timer = setTimeout(terminate, graceMs);
    },
  };
}

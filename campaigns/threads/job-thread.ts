/**
 * Threads that run one job after another. A new thread takes a quarter of a second to load the modules of this package, and its first
 * schedules run in code that is not optimized yet, so a thread without a job waits for the next one for a while.
 */
import { type MessagePort, Worker } from 'node:worker_threads';

/** What the main thread passes to a thread for a job. */
export interface JobStart<Job = unknown> {
  /** Address of the module that runs the job while it is imported. */
  readonly module: string;
  readonly stopFlag: SharedArrayBuffer;
  readonly job: Job;
  /** Messages of the job, in both directions. */
  readonly port: MessagePort;
}

export type ThreadCommand = JobStart | 'end';

/** The last message of a job. */
export interface IdleMessage {
  readonly type: 'idle';
  /** Whether the thread can run another job as well as a new thread. */
  readonly isClean: boolean;
}

/** What happens to the thread itself during a job. */
export interface ThreadEvents {
  readonly onError: (error: unknown) => void;
  readonly onExit: () => void;
}

/** Wasm frames are large: the IC grants 5 MiB of wasm stack. */
const STACK_MB = 32;
const HEAP_MB = 8192;
/**
 * Twice V8's default. A schedule allocates more than the default holds, so that objects which die with the schedule would be moved and
 * collected as old ones: that takes 15 % of the processor time of a campaign.
 */
const YOUNG_HEAP_MB = 96;

/** A thread without a job keeps its memory so long, in milliseconds. */
const IDLE_MS = 5_000;
/** A thread keeps the module and the data of each job that it ran. */
const JOBS_MAX = 32;

const idle = new Set<JobThread>();

/**
 * A thread without a job: one that waits, or a new one.
 * @param entry address of the compiled `thread.ts`
 */
export function takeThread(entry: string, { isNew = false } = {}): JobThread {
  // A thread copies the variables of the environment when it starts.
  const kind = JSON.stringify([entry, process.env]);
  const waiting = isNew ? undefined : [...idle].find((thread) => thread.kind === kind);
  waiting?.take();
  return waiting ?? new JobThread(entry, kind);
}

/** The module that a thread starts with. From the sources, it compiles the entry. */
function startOf(entry: string): URL {
  if (!entry.endsWith('.ts')) return new URL(entry);
  const tsx = import.meta.resolve('tsx/esm/api');
  const module = `import { register } from '${tsx}'; register(); await import('${entry}');`;
  return new URL(`data:text/javascript,${encodeURIComponent(module)}`);
}

export class JobThread {
  /** Threads of the same kind can replace each other. */
  readonly kind: string;
  readonly #worker: Worker;
  #jobs = 0;
  #events: ThreadEvents | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(entry: string, kind: string) {
    this.kind = kind;
    this.#worker = new Worker(startOf(entry), {
      resourceLimits: {
        stackSizeMb: STACK_MB,
        maxOldGenerationSizeMb: HEAP_MB,
        maxYoungGenerationSizeMb: YOUNG_HEAP_MB,
      },
    });
    this.#worker.on('error', (error: unknown) => this.#events?.onError(error));
    this.#worker.on('exit', () => {
      this.take();
      this.#events?.onExit();
    });
  }

  start(start: JobStart, events: ThreadEvents): void {
    this.#jobs++;
    this.#events = events;
    this.#worker.postMessage(start, [start.port]);
  }

  /** Makes the thread wait for the next job, if it may have one, or ends it. Returns whether it waits: `onExit` is called only if not. */
  release(isClean: boolean): boolean {
    if (!isClean || this.#jobs >= JOBS_MAX) {
      this.#end();
      return false;
    }
    this.#events = undefined;
    idle.add(this);
    this.#worker.unref();
    this.#timer = setTimeout(() => {
      this.take();
      this.#end();
    }, IDLE_MS).unref();
    return true;
  }

  /** It waits no longer. */
  take(): void {
    if (!idle.delete(this)) return;
    clearTimeout(this.#timer);
    this.#worker.ref();
  }

  terminate(): void {
    void this.#worker.terminate();
  }

  #end(): void {
    this.#worker.postMessage('end' satisfies ThreadCommand);
  }
}

/** Executes the jobs of a campaign. */
import { InputError } from '../../harness/input-error.js';
import type { RunRange } from '../campaign/range.js';
import { JobImpossible, JobReturned } from './job-queue.js';
import type { ClusterThreadJob, ThreadResult, ThreadTask } from './job.js';
import { startThreadJob, type TaskThread } from '../threads/thread-job.js';

/**
 * The results are data as `encoding.ts` encodes it. The promises reject with `JobReturned` after `stop`, with `JobImpossible` if no
 * machine can do the job, and with another error if the thread crashed.
 */
export interface JobExecutor {
  /** The data of the results of a range. */
  range(range: RunRange): Promise<Uint8Array>;
  /** The data of a shrunk failure. @param failure data of a `ShrinkInput` */
  shrink(failure: Uint8Array): Promise<Uint8Array>;
  /** Abandons the jobs that are being executed. */
  stop(): void;
  /** Ends the threads. Call it when no job is being executed. */
  close(): Promise<void>;
}

type Thread = TaskThread<ThreadTask>;

/** Executes jobs in threads, each of which executes one at a time. A thread that ended unexpectedly is replaced for the next job. */
export class ThreadPool implements JobExecutor {
  readonly #job: ClusterThreadJob;
  readonly #module: URL | undefined;
  readonly #idle: Thread[] = [];
  readonly #all = new Set<Thread>();
  /** Settles the task of each busy thread. */
  readonly #tasks = new Map<Thread, (result: ThreadResult) => void>();
  #isStopped = false;

  /** @param module the compiled module of the threads, if it is not the default one */
  constructor(job: ClusterThreadJob, module?: URL) {
    this.#job = job;
    this.#module = module;
  }

  range(range: RunRange): Promise<Uint8Array> {
    return this.#execute({ type: 'range', range });
  }

  shrink(failure: Uint8Array): Promise<Uint8Array> {
    return this.#execute({ type: 'shrink', failure });
  }

  stop(): void {
    this.#isStopped = true;
    for (const thread of this.#all) thread.stop();
  }

  async close(): Promise<void> {
    for (const thread of this.#all) thread.send({ type: 'end' });
    await Promise.allSettled([...this.#all].map(({ done }) => done));
  }

  async #execute(task: ThreadTask): Promise<Uint8Array> {
    if (this.#isStopped) throw new JobReturned();
    const thread = this.#idle.pop() ?? this.#start();
    const result = await this.#resultOf(thread, task);
    if (result.type === 'stopped') throw new JobReturned();
    this.#idle.push(thread);
    if (result.type === 'impossible') throw new JobImpossible(result.line);
    return result.data;
  }

  /** @throws the error of the thread if it ends before the result */
  async #resultOf(thread: Thread, task: ThreadTask): Promise<ThreadResult> {
    const result = new Promise<ThreadResult>((resolve) => this.#tasks.set(thread, resolve));
    thread.send(task);
    const ended = thread.done.then((): ThreadResult => {
      if (this.#isStopped) return { type: 'stopped' };
      throw new Error('the thread ended before its task');
    });
    try {
      return await Promise.race([result, ended]);
    } catch (error) {
      // The thread cannot load the target, for example because a package is missing here.
      throw error instanceof InputError ? new JobImpossible(error.message) : error;
    } finally {
      this.#tasks.delete(thread);
    }
  }

  #start(): Thread {
    const thread: Thread = startThreadJob<ClusterThreadJob, ThreadResult, ThreadTask>({
      room: 'cluster',
      job: this.#job,
      ...(this.#module === undefined ? {} : { module: this.#module }),
      onMessage: (message) => this.#tasks.get(thread)?.(message),
    });
    this.#all.add(thread);
    const end = () => {
      this.#all.delete(thread);
      const at = this.#idle.indexOf(thread);
      if (at >= 0) this.#idle.splice(at, 1);
    };
    thread.done.then(end, end);
    return thread;
  }
}

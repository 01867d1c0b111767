/** The queue of jobs of one campaign: ranges of runs, and failures to shrink. BullMQ gives each job to one worker at a time. */
import { Queue, UnrecoverableError, WaitingError, Worker, type ConnectionOptions, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { PREFIX } from './campaign-server.js';

export type ClusterJob =
  { readonly type: 'range'; readonly index: number } | { readonly type: 'shrink'; readonly key: string };

/** How often a job is started again after a failure of its thread, for example for want of memory. */
const ATTEMPTS_MAX = 3;
/** Jobs that are added in one request. */
const BATCH = 1_000;
/** A worker that does not renew its lock for this time is considered lost, in milliseconds. Its jobs are given to others. */
const LOCK_MS = 10_000;
const STALLED_CHECK_MS = 5_000;

/** A queue name contains no colon, and its keys start with the same prefix as the others. */
function queueName(id: string): string {
  return `jobs-${id}`;
}

function connectionOf(redis: Redis): ConnectionOptions {
  // The client is of the same library that BullMQ uses, in a version with its own types.
  return redis;
}

function jobId(job: ClusterJob): string {
  return job.type === 'range' ? `range-${job.index}` : `shrink-${job.key}`;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly failed: number;
}

export class JobQueue {
  readonly #queue: Queue;

  constructor(redis: Redis, id: string) {
    this.#queue = new Queue(queueName(id), {
      connection: connectionOf(redis),
      prefix: PREFIX,
      defaultJobOptions: { attempts: ATTEMPTS_MAX, removeOnComplete: true, removeOnFail: false },
    });
    // Lost connections are reported by the connection itself.
    this.#queue.on('error', ignore);
  }

  /** Adds jobs. One that is in the queue already, or has failed for good, is not added again. */
  async add(jobs: readonly ClusterJob[]): Promise<void> {
    for (let at = 0; at < jobs.length; at += BATCH)
      await this.#queue.addBulk(
        jobs.slice(at, at + BATCH).map((job) => ({
          name: job.type,
          data: job,
          // The merging waits for a shrunk failure, so shrinking comes first.
          opts: { jobId: jobId(job), lifo: job.type === 'shrink' },
        })),
      );
  }

  async counts(): Promise<QueueCounts> {
    const {
      waiting = 0,
      prioritized = 0,
      delayed = 0,
      active = 0,
      failed = 0,
    } = await this.#queue.getJobCounts(
      ...(['waiting', 'prioritized', 'delayed', 'active', 'failed'] as const),
    );
    return { waiting: waiting + prioritized + delayed, active, failed };
  }

  /** Gives failed jobs another try. */
  async retryFailed(): Promise<void> {
    await this.#queue.retryJobs({ state: 'failed' });
  }

  /** Removes the jobs that no worker has taken. */
  async drain(): Promise<void> {
    await this.#queue.drain();
  }

  /** Removes the queue with everything in it. */
  async remove(): Promise<void> {
    await this.#queue.obliterate({ force: true });
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }
}

/** Thrown by `execute` if the worker stops: another one takes the job. */
export class JobReturned extends Error {
  override readonly name = 'JobReturned';
}

/** Thrown by `execute` if no worker can do the job. */
export class JobImpossible extends Error {
  override readonly name = 'JobImpossible';
}

export interface JobWorkerOptions {
  readonly redis: Redis;
  readonly id: string;
  /** Number of jobs at once. */
  readonly concurrency: number;
  readonly execute: (job: ClusterJob) => Promise<void>;
  /** Called if a job has failed for good, with one line. */
  readonly onFailed: (job: ClusterJob, line: string) => void;
}

export interface JobWorker {
  /** Resolves when no job is being executed. */
  close(): Promise<void>;
}

function ignore(): void {
  // The connection reports what is lost, and the library tries again.
}

/** Takes jobs until it is closed. */
export function startJobWorker({ redis, id, concurrency, execute, onFailed }: JobWorkerOptions): JobWorker {
  const worker = new Worker(
    queueName(id),
    async (job: Job<ClusterJob>, token?: string) => {
      try {
        await execute(job.data);
      } catch (error) {
        if (error instanceof JobImpossible) throw new UnrecoverableError(error.message);
        if (!(error instanceof JobReturned)) throw error;
        await job.moveToWait(token);
        throw new WaitingError();
      }
    },
    {
      connection: connectionOf(redis),
      prefix: PREFIX,
      concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      // A worker may be killed any number of times; only failures of the job itself count.
      maxStalledCount: 1_000_000,
    },
  );
  worker.on('error', ignore);
  worker.on('failed', (job, error) => {
    if (job === undefined) return;
    const isFinal = error instanceof UnrecoverableError || job.attemptsMade >= ATTEMPTS_MAX;
    if (isFinal) onFailed(job.data, error.message);
  });
  return { close: async () => worker.close() };
}

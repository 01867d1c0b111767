/** The worker's side of a thread job: its job, the stop signal, and the channel to the main thread. */
import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { Interrupted, type StopSignal } from '../../harness/execution/stop-signal.js';
import { errorDetails, errorLine } from '../error-line.js';
import type { JobStart } from './job-start.js';
import type { UnusableMessage } from './thread-job.js';

export interface WorkerThread<Job, Message, Task = never> {
  readonly job: Job;
  /** Aborted after the main thread has asked the job to stop. */
  readonly signal: StopSignal;
  readonly post: (message: Message) => void;
  /** The next task. The main thread sends one only after the result of the last. */
  readonly receive: () => Promise<Task>;
}

/** The job that runs now: a thread runs one after another. */
let current: JobStart | undefined;

export function enterJob(start: JobStart): void {
  current = start;
}

function currentJob(): JobStart {
  if (current === undefined) throw new Error('a worker module runs only in a worker thread');
  return current;
}

/** Works only in a thread that `startThreadJob` started for a job of this type. */
export function workerThread<Job, Message, Task = never>(): WorkerThread<Job, Message, Task> {
  const { stopFlag, job, port } = currentJob() as JobStart<Job>;
  const flag = new Int32Array(stopFlag);
  const signal: StopSignal = {
    get aborted() {
      return Atomics.load(flag, 0) !== 0;
    },
  };
  return { job, signal, post: (message) => port.postMessage(message), receive: () => nextMessage(port) };
}

/** Runs the work of a thread. A job that was stopped ends quietly; an error becomes one line for the user. */
export async function runWorker(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Interrupted) return;
    const message: UnusableMessage = {
      type: 'unusable',
      line: errorLine(error),
      details: errorDetails(error),
    };
    currentJob().port.postMessage(message);
  }
}

async function nextMessage<Task>(port: MessagePort): Promise<Task> {
  const [task] = (await once(port, 'message')) as [Task];
  return task;
}

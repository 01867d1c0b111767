/** What a worker's module starts from: its job, the shared flag as a stop signal, and the way back. */
import { parentPort, workerData } from 'node:worker_threads';
import type { StopSignal } from '../../harness/execution/stop-signal.js';
import type { JobData } from './supervisor.js';

export interface WorkerThread<Job, Message> {
  readonly job: Job;
  /** Aborted once the command has asked the thread to stop. */
  readonly signal: StopSignal;
  readonly post: (message: Message) => void;
}

/** Only in a thread that `supervise` has started for a job of this type. */
export function workerThread<Job, Message>(): WorkerThread<Job, Message> {
  const { stopFlag, job } = workerData as JobData<Job>;
  const flag = new Int32Array(stopFlag);
  const signal: StopSignal = {
    get aborted() {
      return Atomics.load(flag, 0) !== 0;
    },
  };
  return { job, signal, post: (message) => parentPort!.postMessage(message) };
}

/** The messages with which a job begins and ends. Plain data, but for the port. */
import type { MessagePort } from 'node:worker_threads';

/** What the main thread passes to a thread for a job. */
export interface JobStart<Job = unknown> {
  /** Address of the module that runs the job while it is imported. */
  readonly module: string;
  readonly stopFlag: SharedArrayBuffer;
  readonly job: Job;
  /** Messages of the job, in both directions. */
  readonly port: MessagePort;
}

/** The last message of a job. */
export interface IdleMessage {
  readonly type: 'idle';
  /** Whether the thread can run another job as well as a new thread. */
  readonly isClean: boolean;
}

/** A job for tests of threads: it says in which thread it runs, and does what it is told. */
import { threadId } from 'node:worker_threads';
import { importDefault } from '../../targets/import-module.js';
import { runWorker, workerThread } from '../threads/worker-thread.js';

export interface EchoJob {
  readonly says: string;
  /** A module of the user that the job imports. */
  readonly imports?: string;
  readonly then?: 'throw' | 'exit' | 'wait for the stop' | 'never end';
}

export interface EchoMessage {
  readonly type: 'echo';
  readonly says: string;
  readonly thread: number;
}

const { job, signal, post } = workerThread<EchoJob, EchoMessage>();

await runWorker(async () => {
  if (job.imports !== undefined) await importDefault(job.imports);
  post({ type: 'echo', says: job.says, thread: threadId });
  if (job.then === 'exit') process.exit();
  while (job.then === 'never end' || (job.then === 'wait for the stop' && !signal.aborted))
    await new Promise((resolve) => setTimeout(resolve, 5));
});
if (job.then === 'throw') throw new Error('the job is broken');

/**
 * Entry of the command `replay`: runs a counterexample in a worker thread and reports whether it still fails in the same way.
 *
 * - `job.ts`: the job and the messages of the thread.
 * - `worker.ts`: the thread.
 * - `replay-report.ts`: the report.
 */
import { startThreadJob, type ThreadJob } from '../threads/thread-job.js';
import type { ReplayJob, ReplayMessage, ReplayResult } from './job.js';
import { replayReportOf, type ReplayReport } from './replay-report.js';

export interface RunningReplay extends Pick<ThreadJob, 'stop'> {
  /**
   * The report of the runs up to the end or to `stop`.
   * @throws InputError if the replay is not possible; the error of the thread if it crashed
   */
  readonly report: Promise<ReplayReport>;
}

/** @param onRun receives the number of finished runs */
export function startReplay(job: ReplayJob, onRun: (done: number) => void): RunningReplay {
  const results: ReplayResult[] = [];
  const thread = startThreadJob<ReplayJob, ReplayMessage>({
    room: 'replay',
    job,
    onMessage: (message) => {
      if (message.type !== 'replayed') return;
      results.push(message);
      onRun(results.length);
    },
  });
  const report = thread.done.then(() => replayReportOf(job.counterexample, job.subject.wasmLabel, results));
  return { report, stop: thread.stop };
}

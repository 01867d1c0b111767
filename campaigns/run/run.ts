/**
 * Entry of the command `run`: a campaign in a worker thread, and its report.
 *
 * - `job.ts`: the job and the messages of the thread.
 * - `worker.ts`: the thread. It replays past failures, runs the campaign (`../campaign/`), and confirms findings on a second replica.
 * - `run-record.ts`: collects the messages into a report, also when the run is cut short.
 * - `past-failures.ts`: the counterexamples to replay first.
 */
import type { CoverageReport } from '../../reports/documents/coverage-report.js';
import type { RunReport } from '../../reports/documents/run-report.js';
import type { Finding } from '../campaign/campaign-result.js';
import { startThreadJob, type ThreadJob } from '../threads/thread-job.js';
import type { RunJob, RunMessage } from './job.js';
import { RunRecord } from './run-record.js';

export interface RunOutcome {
  readonly run: RunReport;
  /** Present if coverage was measured. */
  readonly coverage: CoverageReport | undefined;
}

export interface RunningCampaign extends Pick<ThreadJob, 'stop'> {
  /**
   * The report, complete or cut short by `stop`. Findings are saved in the folder of the job.
   * @throws InputError if the run is not possible; the error of the thread if it crashed
   */
  readonly report: Promise<RunOutcome>;
  /** The findings of the report with their counterexamples. Complete once the report is. */
  readonly findings: () => readonly Finding[];
}

/** @param onMessage receives progress and findings as they arrive */
export function startRun(job: RunJob, onMessage: (message: RunMessage) => void): RunningCampaign {
  const record = new RunRecord(job, new Date());
  const thread = startThreadJob<RunJob, RunMessage>({
    room: 'run',
    job,
    onMessage: (message) => {
      record.take(message);
      onMessage(message);
    },
  });
  return { report: reportOf(thread, record), stop: thread.stop, findings: () => record.findings };
}

async function reportOf(thread: ThreadJob, record: RunRecord): Promise<RunOutcome> {
  try {
    await thread.done;
  } finally {
    await record.saveFailing();
  }
  const run = record.report(thread.isStopped);
  return { run, coverage: record.coverage(run) };
}

/** A thread that executes runs of a campaign: takes one range after the other until none is left. */
import { DistinctFailures } from '../campaign/distinct-failures.js';
import { executeOrStop, isLast, type RunRange } from '../campaign/range.js';
import { RunExecutor } from '../campaign/run-executor.js';
import type { RunResult } from '../campaign/run-result.js';
import { openRunner } from '../subject/open-runner.js';
import { openSubject } from '../subject/subject.js';
import { runWorker, workerThread } from '../threads/worker-thread.js';
import type { RangesJob, RangesMessage } from './job.js';
import { RangeBoard } from './range-board.js';

/** Milliseconds for which results are collected before they are sent. */
const SEND_MS = 50;

const { job, signal, post } = workerThread<RangesJob, RangesMessage>();
const board = new RangeBoard(job.board);

await runWorker(async () => {
  const subject = await openSubject(job.subject);
  const runner = await openRunner(job.subject, subject, 'embedded');
  try {
    const executor = new RunExecutor({ ...job, runner, signal });
    // The ranges of a thread are ordered, so a failure that looks like an earlier one of this thread adds nothing.
    const distinct = new DistinctFailures(runner.target.defaultChunkSize);
    for (let range = job.first ?? takeRange(); range !== undefined; range = takeRange())
      if (!(await execute(range, executor, distinct))) break;
  } finally {
    await runner.replica.dispose();
  }
  post({ type: 'ended' });
});

function takeRange(): RunRange | undefined {
  const { runs, rangeSize, thread } = job;
  const index = board.take(thread, Math.ceil(runs.count / rangeSize), () => signal.aborted);
  return index === undefined ? undefined : rangeAt(index);
}

function rangeAt(index: number): RunRange {
  const { runs, rangeSize } = job;
  const done = index * rangeSize;
  return { firstRun: runs.firstRun + done, count: Math.min(rangeSize, runs.count - done) };
}

/** Returns whether the thread is to go on. */
async function execute(
  { firstRun, count }: RunRange,
  executor: RunExecutor,
  distinct: DistinctFailures,
): Promise<boolean> {
  let unsent: RunResult[] = [];
  let sentMs = performance.now();
  const send = () => {
    if (unsent.length > 0) post({ type: 'runs', runs: unsent });
    unsent = [];
    sentMs = performance.now();
  };
  for (let runIndex = firstRun; runIndex < firstRun + count; runIndex++) {
    const result = await executeOrStop(executor, runIndex);
    if (result === undefined || isLast(result)) {
      if (result !== undefined) unsent.push(distinct.of(result));
      send();
      return false;
    }
    unsent.push(distinct.of(result));
    if (performance.now() - sentMs >= SEND_MS) send();
  }
  send();
  return true;
}

/** A thread that executes tasks: takes one range after the other until none is left. */
import { Interrupted } from '../../harness/execution/stop-signal.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { CoverageCollector } from '../code-coverage/coverage-collector.js';
import { DistinctFailures } from '../campaign/distinct-failures.js';
import { executeOrStop, isLast, type RunRange } from '../campaign/range.js';
import { RunExecutor } from '../campaign/run-executor.js';
import { exploreWorkload, workloadsFor } from '../workloads/explore-workload.js';
import { openRunner } from '../subject/open-runner.js';
import { openSubject } from '../subject/subject.js';
import { runWorker, workerThread } from '../threads/worker-thread.js';
import type { Numbered, ParallelJob, ParallelMessage, RunsWork, WorkloadsWork } from './job.js';
import { RangeBoard } from './range-board.js';

/** Milliseconds for which results are collected before they are sent. */
const SEND_MS = 50;

/** Executes a task. The thread ends after a task that is the last one. */
type Execute = (number: number) => Promise<{ readonly result?: Numbered; readonly isLast: boolean }>;

const { job, signal, post } = workerThread<ParallelJob, ParallelMessage>();
const { work, part } = job;
const board = new RangeBoard(part.board);

await runWorker(async () => {
  const spec = work.kind === 'runs' ? work.subject : work.job.subject;
  const isCounting = work.kind === 'runs' && work.hasCoverage;
  const coverage = isCounting ? new CoverageCollector() : undefined;
  const runner = await openRunner(spec, await openSubject(spec), 'embedded', coverage);
  try {
    const execute = work.kind === 'runs' ? runsBy(runner, work, coverage) : workloadsBy(runner, work);
    for (let range = part.first ?? takeRange(); range !== undefined; range = takeRange())
      if (!(await executeRange(range, execute))) break;
  } finally {
    await runner.replica.dispose();
  }
  post({ type: 'ended' });
});

function takeRange(): RunRange | undefined {
  const { tasks, rangeSize, thread } = part;
  const index = board.take(thread, Math.ceil(tasks.count / rangeSize), () => signal.aborted);
  if (index === undefined) return undefined;
  const done = index * rangeSize;
  return { firstRun: tasks.firstRun + done, count: Math.min(rangeSize, tasks.count - done) };
}

function runsBy(runner: ScheduleRunner, runs: RunsWork, coverage: CoverageCollector | undefined): Execute {
  const executor = new RunExecutor({ ...runs, runner, signal });
  // The ranges of a thread are ordered, so a failure that looks like an earlier one of this thread adds nothing.
  const distinct = new DistinctFailures(runner.target.defaultChunkSize);
  return async (number) => {
    const run = await executeOrStop(executor, number);
    if (run === undefined) return { isLast: true };
    const result = { kind: 'run', number, run: distinct.of(run), coverage: coverage?.takeRun() } as const;
    return { result, isLast: isLast(run) };
  };
}

function workloadsBy(runner: ScheduleRunner, { job: exploration }: WorkloadsWork): Execute {
  const workloads = workloadsFor(runner, exploration);
  return async (number) => {
    const workload = workloads[number];
    if (workload === undefined) return { isLast: true };
    try {
      const result = await exploreWorkload(runner, workload, exploration, {
        signal,
        isOver: () => signal.aborted,
      });
      return { result: { kind: 'workload', number, result }, isLast: result.isInterrupted };
    } catch (error) {
      if (error instanceof Interrupted) return { isLast: true };
      throw error;
    }
  };
}

/** Returns whether the thread is to go on. */
async function executeRange({ firstRun, count }: RunRange, execute: Execute): Promise<boolean> {
  let unsent: Numbered[] = [];
  let sentMs = performance.now();
  const send = () => {
    if (unsent.length > 0) post({ type: 'results', results: unsent });
    unsent = [];
    sentMs = performance.now();
  };
  for (let number = firstRun; number < firstRun + count; number++) {
    const { result, isLast: isEnd } = await execute(number);
    if (result !== undefined) unsent.push(result);
    if (isEnd || performance.now() - sentMs >= SEND_MS) send();
    if (isEnd) return false;
  }
  send();
  return true;
}

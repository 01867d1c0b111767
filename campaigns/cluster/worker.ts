/** A thread that executes jobs of a campaign: ranges of runs, and shrinking. */
import { InputError } from '../../harness/input-error.js';
import { Interrupted } from '../../harness/execution/stop-signal.js';
import { selectionOf } from '../../harness/judgement/applicable-rules.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { ShrinkInput } from '../campaign/campaign-shrink.js';
import { runRange } from '../campaign/range.js';
import { errorLine } from '../error-line.js';
import { openRunner } from '../subject/open-runner.js';
import { openSubject, subjectProfile } from '../subject/subject.js';
import { runWorker, workerThread } from '../threads/worker-thread.js';
import { decodeData, encodeData } from './encoding.js';
import type { ClusterThreadJob, ThreadResult, ThreadTask } from './job.js';
import { shrinkTask } from './shrink-task.js';

const { job, signal, post, receive } = workerThread<ClusterThreadJob, ThreadResult, ThreadTask>();
const rules = selectionOf(job.rules);

await runWorker(async () => {
  const subject = await openSubject(job.subject);
  const runner = await openRunner(job.subject, subject, 'embedded');
  const profile = subjectProfile(job.profile, subject);
  try {
    for (let task = await receive(); task.type !== 'end'; task = await receive())
      post(await resultOf(() => execute(task, runner, profile)));
  } finally {
    await runner.replica.dispose();
  }
});

type Profile = ReturnType<typeof subjectProfile>;

async function resultOf(work: () => Promise<Uint8Array>): Promise<ThreadResult> {
  try {
    return { type: 'done', data: await work() };
  } catch (error) {
    if (error instanceof Interrupted) return { type: 'stopped' };
    if (error instanceof InputError) return { type: 'impossible', line: errorLine(error) };
    throw error;
  }
}

async function execute(task: ThreadTask, runner: ScheduleRunner, profile: Profile): Promise<Uint8Array> {
  if (task.type === 'shrink') {
    const input = decodeData(task.failure, 'a failure') as ShrinkInput;
    const shrunk = await shrinkTask(input, { runner, rules, signal, clock: () => performance.now() });
    if (signal.aborted) throw new Interrupted();
    return encodeData(shrunk);
  }
  if (task.type === 'end') throw new Error('the end is no task');
  const results = await runRange({ runner, profile, seed: job.seed, rules, signal }, task.range);
  const last = results.at(-1);
  const isWhole = results.length === task.range.count || last?.overdue !== undefined;
  // What was executed before the stop is executed again by another process.
  if (!isWhole || last?.isInterrupted === true) throw new Interrupted();
  return encodeData(results);
}

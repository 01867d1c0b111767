/** A thread of `mutants`: takes one task after the other until none is left. */
import { Interrupted } from '../../harness/execution/stop-signal.js';
import { errorLine } from '../fail.js';
import { runExamples } from '../mutants/example-suite.js';
import type { MutantsJob, MutantsMessage, Task } from '../mutants/job.js';
import { runTrial } from '../mutants/trial.js';
import { workerThread } from './worker-thread.js';

const { job, signal, post } = workerThread<MutantsJob, MutantsMessage>();
const next = new Int32Array(job.next);

async function perform(task: Task): Promise<void> {
  if (task.kind === 'examples') {
    post({ type: 'examples', trial: await runExamples(task.mutant, job, signal) });
    return;
  }
  const trial = await runTrial(task, job, signal);
  if (trial !== undefined) post({ type: 'trial', trial });
}

try {
  while (!signal.aborted) {
    const task = job.tasks[Atomics.add(next, 0, 1)];
    if (task === undefined) break;
    await perform(task);
  }
} catch (error) {
  if (!(error instanceof Interrupted)) post({ type: 'unusable', line: errorLine(error) });
}

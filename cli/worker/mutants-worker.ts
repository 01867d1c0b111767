/** A thread of `mutants`: takes one task after the other until none is left. */
import { parentPort, workerData } from 'node:worker_threads';
import { Interrupted, type StopSignal } from '../../harness/stop-signal.js';
import { errorLine } from '../fail.js';
import { runExamples } from '../mutants/example-suite.js';
import type { MutantsJob, MutantsMessage, Task } from '../mutants/job.js';
import { runTrial } from '../mutants/trial.js';
import type { JobData } from './supervisor.js';

const { stopFlag, job } = workerData as JobData<MutantsJob>;
const flag = new Int32Array(stopFlag);
const next = new Int32Array(job.next);
const signal: StopSignal = {
  get aborted() {
    return Atomics.load(flag, 0) !== 0;
  },
};
const post = (message: MutantsMessage) => parentPort!.postMessage(message);

async function perform(task: Task): Promise<void> {
  if (task.kind === 'examples')
    return post({ type: 'examples', trial: await runExamples(task.mutant, job, signal) });
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

/** A worker thread of `mutants`: takes one task after the other until none is left. */
import { PROFILES } from '../../generators/profile.js';
import type { Target } from '../../targets/target.js';
import { requireSmokeUpload } from '../smoke/smoke-upload.js';
import { openSubject } from '../subject/subject.js';
import { runWorker, workerThread } from '../threads/worker-thread.js';
import { runExamples } from './example-suite.js';
import type { MutantsJob, MutantsMessage, Task } from './job.js';
import { onFreshReplica, runTrial } from './trial.js';

const { job, signal, post } = workerThread<MutantsJob, MutantsMessage>();

await runWorker(async () => {
  const { target } = await openSubject({ targetModule: job.targetModule, initArg: undefined });
  await onFreshReplica({ target, wasm: job.correctWasm, fault: undefined }, (runner) =>
    requireSmokeUpload(runner, PROFILES[job.profile]),
  );
  for (let task = takeTask(); task !== undefined && !signal.aborted; task = takeTask())
    await perform(task, target);
});

/** The threads share the index of the next task. */
function takeTask(): Task | undefined {
  return job.tasks[Atomics.add(new Int32Array(job.next), 0, 1)];
}

async function perform(task: Task, target: Target): Promise<void> {
  if (task.kind === 'examples') {
    post({ type: 'examples', trial: await runExamples(task.mutant, job, signal) });
    return;
  }
  const trial = await runTrial(task, target, job, signal);
  if (trial !== undefined) post({ type: 'trial', trial });
}

/** A worker thread of `mutate`: plans the mutation, or runs one mutant after the other until none is left. */
import { decodeModule } from '../../replicas/embedded/wasm/module-decoder.js';
import { unpackModule } from '../../replicas/embedded/wasm/unpack.js';
import { openSubject } from '../subject/subject.js';
import { runWorker, workerThread } from '../threads/worker-thread.js';
import type { MutateJob, MutateMessage, TrialJob } from './job.js';
import { loadBinaryen, NormalForms } from './normal-form.js';
import { planMutation } from './plan.js';
import { runTrial } from './trial.js';

const { job, signal, post } = workerThread<MutateJob, MutateMessage>();

await runWorker(async () => {
  if (job.kind === 'trials') return runTrials(job);
  const subject = await openSubject(job.settings.subject);
  const onRun = (runs: number) => post({ type: 'baseline', runs });
  post({ type: 'plan', plan: await planMutation(job.settings, subject, { signal, onRun }) });
});

async function runTrials(trials: TrialJob): Promise<void> {
  const { subject: spec } = trials.settings;
  const subject = await openSubject(spec);
  const module = decodeModule(unpackModule(spec.wasm));
  let forms: Promise<NormalForms | undefined> | undefined;
  const normalForms = () =>
    (forms ??= loadBinaryen().then((binaryen) => binaryen && new NormalForms(binaryen, module)));
  const next = new Int32Array(trials.next);
  while (!signal.aborted) {
    const planned = trials.mutants[Atomics.add(next, 0, 1)];
    if (planned === undefined) return;
    const trial = await runTrial(planned, { job: trials, subject, module, signal, normalForms });
    post({ type: 'trial', trial });
  }
}

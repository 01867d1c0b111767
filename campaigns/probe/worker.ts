/** The worker thread of `probe`: runs the experiments on the embedded engine. */
import { openRunner } from '../subject/open-runner.js';
import { openSubject } from '../subject/subject.js';
import { runWorker, workerThread } from '../threads/worker-thread.js';
import type { ProbeJob, ProbeMessage } from './job.js';
import { acceptedPromises } from './promise-fields.js';
import { reportedExperiment } from './reported-experiment.js';
import { runExperiments } from './run-experiments.js';

const { job, signal, post } = workerThread<ProbeJob, ProbeMessage>();

await runWorker(async () => {
  const subject = await openSubject(job.subject);
  const runner = await openRunner(job.subject, subject, 'embedded');
  try {
    const { name, version } = runner.replica.info;
    post({ type: 'started', replica: { name, version }, target: subject.target.name });
    const results = await runExperiments({
      runner,
      fixedLimits: subject.fixedLimits,
      signal,
      onExperiment: (experiment, done, of) => post({ type: 'progress', name: experiment, done, of }),
      onResult: (result) =>
        post({ type: 'experiment', experiment: reportedExperiment(result, subject.target.promises) }),
    });
    const observations = results.flatMap((result) => ('lacks' in result ? [] : [result.observation]));
    post({ type: 'promises', promises: acceptedPromises(observations) });
  } finally {
    await runner.replica.dispose();
  }
});

/** The worker thread of `bench`. */
import type { Replica } from '../../replicas/replica.js';
import type { ChunkSizeSweep } from '../../reports/documents/bench-report.js';
import { formatBytes } from '../../reports/text/format-units.js';
import { createExplorer } from '../subject/replicas.js';
import { openSubject } from '../subject/subject.js';
import { runWorker, workerThread } from '../threads/worker-thread.js';
import { sweepChunkSizes } from './chunk-sizes.js';
import type { BenchJob, BenchMessage, ScalingPlan, SweepPlan } from './job.js';
import { measureScaling, type Scaling } from './scaling.js';

const { job, signal, post } = workerThread<BenchJob, BenchMessage>();

await runWorker(async () => {
  const replica = await createExplorer(job.replica);
  try {
    const { plan } = job;
    await (plan.kind === 'scaling' ? scaling(replica, plan) : sweep(replica, plan));
  } finally {
    await replica.dispose();
  }
});

async function scaling(replica: Replica, { uploadBytes, sessions }: ScalingPlan): Promise<void> {
  const postResult = (result: Scaling, isComplete: boolean) =>
    post({ type: 'scaling', scaling: result, isComplete });
  const result = await measureScaling({
    ...(await subjectOn(replica)),
    uploadBytes,
    sessions,
    onProgress: (progress) => post({ type: 'progress', ...progress }),
    onPartial: (partial) => postResult(partial, false),
  });
  postResult(result, true);
}

async function sweep(replica: Replica, plan: SweepPlan): Promise<void> {
  const { fileSize, chunkSizes, parallel, blockSeconds, wallSamples } = plan;
  const postResult = (result: ChunkSizeSweep, isComplete: boolean) =>
    post({ type: 'sweep', sweep: result, isComplete });
  const result = await sweepChunkSizes({
    ...(await subjectOn(replica)),
    fileSize,
    chunkSizes,
    parallel,
    blockSeconds,
    wallSamples,
    onProgress: ({ done, of, chunkSize }) =>
      post({ type: 'progress', done, of, text: `chunks of ${formatBytes(chunkSize)}` }),
    onPartial: (partial) => postResult(partial, false),
  });
  postResult(result, true);
}

async function subjectOn(replica: Replica) {
  const { target } = await openSubject(job.subject);
  return { replica, target, wasm: job.subject.wasm, signal };
}

/** The thread that measures. */
import { sweepChunkSizes } from '../../bench/chunk-sizes.js';
import { measureScaling } from '../../bench/scaling.js';
import { sizeWords } from '../../reports/size-words.js';
import { Interrupted } from '../../harness/stop-signal.js';
import type { Replica } from '../../replicas/replica.js';
import { errorLine } from '../fail.js';
import { createExplorer } from '../replicas.js';
import { openSubject } from '../subject.js';
import type { BenchJob, BenchMessage } from './bench-protocol.js';
import { workerThread } from './worker-thread.js';

const { job, signal, post } = workerThread<BenchJob, BenchMessage>();

async function main(replica: Replica): Promise<void> {
  const { target } = await openSubject(job.subject);
  const common = { replica, target, wasm: job.subject.wasm, signal };
  if (job.scaling !== undefined) {
    const onProgress = (progress: { done: number; of: number; text: string }) =>
      post({ type: 'progress', ...progress });
    post({ type: 'scaling', ...(await measureScaling({ ...common, ...job.scaling, onProgress })) });
    return;
  }
  const { fileSize, chunkSizes, parallel, blockSeconds, wallSamples } = job;
  const sweep = await sweepChunkSizes({
    ...common,
    ...{ fileSize, chunkSizes, parallel, blockSeconds, wallSamples },
    onProgress: ({ done, of, chunkSize }) =>
      post({ type: 'progress', done, of, text: `chunks of ${sizeWords(chunkSize)}` }),
  });
  post({ type: 'sweep', sweep });
}

let replica: Replica | undefined;
try {
  replica = await createExplorer(job.replica);
  await main(replica);
} catch (error) {
  if (!(error instanceof Interrupted)) post({ type: 'unusable', line: errorLine(error) });
} finally {
  await replica?.dispose();
}

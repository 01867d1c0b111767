/** The thread that measures. */
import { sweepChunkSizes } from '../benchmark/chunk-sizes.js';
import { measureScaling, type Scaling } from '../benchmark/scaling.js';
import type { ChunkSizeSweep } from '../../reports/documents/bench-report.js';
import { formatBytes } from '../../reports/text/format-units.js';
import { Interrupted } from '../../harness/execution/stop-signal.js';
import type { Replica } from '../../replicas/replica.js';
import { errorLine } from '../fail.js';
import { createExplorer } from '../subject/replicas.js';
import { openSubject } from '../subject/subject.js';
import type { BenchJob, BenchMessage } from './bench-protocol.js';
import { workerThread } from './worker-thread.js';

const { job, signal, post } = workerThread<BenchJob, BenchMessage>();

async function main(replica: Replica): Promise<void> {
  const { target } = await openSubject(job.subject);
  const common = { replica, target, wasm: job.subject.wasm, signal };
  if (job.scaling !== undefined) {
    const onProgress = (progress: { done: number; of: number; text: string }) =>
      post({ type: 'progress', ...progress });
    const tell = (isWhole: boolean) => (scaling: Scaling) => post({ type: 'scaling', isWhole, ...scaling });
    const options = { ...common, ...job.scaling, onProgress, onPartial: tell(false) };
    tell(true)(await measureScaling(options));
    return;
  }
  const { fileSize, chunkSizes, parallel, blockSeconds, wallSamples } = job;
  const tell = (isWhole: boolean) => (sweep: ChunkSizeSweep) => post({ type: 'sweep', isWhole, sweep });
  const sweep = await sweepChunkSizes({
    ...common,
    ...{ fileSize, chunkSizes, parallel, blockSeconds, wallSamples },
    onProgress: ({ done, of, chunkSize }) =>
      post({ type: 'progress', done, of, text: `chunks of ${formatBytes(chunkSize)}` }),
    onPartial: tell(false),
  });
  tell(true)(sweep);
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

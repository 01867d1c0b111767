/**
 * Entry of the command `bench`: measures chunk sizes or growth in a worker thread.
 *
 * - `job.ts`, `worker.ts`: the job, its messages, and the thread.
 * - `chunk-sizes.ts`: one file in chunks of different sizes; `best-size.ts` chooses one.
 * - `scaling.ts`, `speed.ts`: how costs grow; `fit.ts` fits a power law.
 * - `counters.ts`: the fixed scenarios whose counters `gate` compares with its baseline.
 * - `counted-canister.ts`, `one-upload.ts`, `upload-counters.ts`: calls that are counted.
 * - `network-time.ts`, `wall-time.ts`: time on a modelled network and on this machine.
 */
import type { BenchReport } from '../../reports/documents/bench-report.js';
import type { ScalingReport } from '../../reports/documents/scaling-report.js';
import { startThreadJob, type ThreadJob } from '../threads/thread-job.js';
import type { BenchJob, BenchMessage, BenchProgress } from './job.js';

/** The part of the report that the thread measures. */
export type Measurements =
  | Pick<BenchReport, 'kind' | 'chunkSizes' | 'isInterrupted'>
  | Pick<ScalingReport, 'kind' | 'series' | 'speed' | 'isInterrupted'>;

export interface RunningBenchmark extends Pick<ThreadJob, 'stop'> {
  /**
   * The measurements up to the end or to `stop`; undefined if there are none.
   * @throws InputError if the measurement is not possible; the error of the thread if it crashed
   */
  readonly measurements: Promise<Measurements | undefined>;
}

export function startBenchmark(
  job: BenchJob,
  onProgress: (progress: BenchProgress) => void,
): RunningBenchmark {
  let latest: Measurements | undefined;
  const thread = startThreadJob<BenchJob, BenchMessage>({
    room: 'benchmark',
    needsNewThread: true,
    job,
    onMessage: (message) => {
      if (message.type === 'progress') onProgress(message);
      else latest = measurementsOf(message);
    },
  });
  return { measurements: thread.done.then(() => latest), stop: thread.stop };
}

function measurementsOf(message: Exclude<BenchMessage, BenchProgress>): Measurements {
  const isInterrupted = !message.isComplete;
  return message.type === 'sweep'
    ? { kind: 'bench', isInterrupted, chunkSizes: message.sweep }
    : { kind: 'scaling', isInterrupted, ...message.scaling };
}

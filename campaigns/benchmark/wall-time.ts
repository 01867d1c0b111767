/** Measures the wall time of a task with tinybench. It depends on the machine, so it has a spread and is never compared exactly. */
import { Bench } from 'tinybench';

export interface WallTime {
  /** Milliseconds. */
  readonly medianMs: number;
  /** Relative margin of error of the mean at 95 % confidence, in percent. */
  readonly spreadPercent: number;
  readonly samples: number;
}

export interface WallOptions {
  /** Runs before each sample, and is not timed. */
  readonly reset: () => Promise<void>;
  /** Minimum number of samples. */
  readonly samplesMin: number;
  /** Minimum duration of the measurement in milliseconds. */
  readonly timeMs: number;
}

export async function wallTime(
  task: () => Promise<void>,
  { reset, samplesMin, timeMs }: WallOptions,
): Promise<WallTime> {
  // One untimed run, so that the first sample does not include the compilation.
  const bench = new Bench({
    iterations: samplesMin,
    time: timeMs,
    warmupIterations: 1,
    warmupTime: 0,
    throws: true,
  });
  bench.add('task', task, { beforeEach: reset });
  await bench.run();
  const result = bench.tasks[0]?.result;
  if (result?.state !== 'completed')
    throw new Error(`the benchmark did not complete: ${result?.state ?? 'no task'}`);
  const { p50, rme, samplesCount } = result.latency;
  return { medianMs: p50, spreadPercent: rme, samples: samplesCount };
}

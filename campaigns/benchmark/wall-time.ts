/** Wall time of a task by tinybench. It depends on the machine, so it carries its spread and is never compared exactly. */
import { Bench } from 'tinybench';

export interface WallTime {
  /** Milliseconds. */
  readonly medianMs: number;
  /** Relative margin of error of the mean at 95 %, percent. */
  readonly spreadPercent: number;
  readonly samples: number;
}

export interface WallOptions {
  /** Run before each sample, not timed. */
  readonly reset: () => Promise<void>;
  /** At least so many samples, and at least so many milliseconds. */
  readonly samplesMin: number;
  readonly timeMs: number;
}

export async function wallTime(
  task: () => Promise<void>,
  { reset, samplesMin, timeMs }: WallOptions,
): Promise<WallTime> {
  // One run before the first sample, so that it does not pay for what the others find compiled.
  const bench = new Bench({
    iterations: samplesMin,
    time: timeMs,
    warmupIterations: 1,
    warmupTime: 0,
    throws: true,
  });
  bench.add('task', task, { beforeEach: reset });
  await bench.run();
  const { result } = bench.tasks[0]!;
  if (result.state !== 'completed') throw new Error(`the benchmark did not complete: ${result.state}`);
  const { p50, rme, samplesCount } = result.latency;
  return { medianMs: p50, spreadPercent: rme, samples: samplesCount };
}

/** How the benchmarks of this folder measure. */

/** The upper median, so that the result is one of the samples; 0 for no samples. */
export function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)] ?? 0;
}

export interface CpuTimed<T> {
  readonly result: T;
  /** Processor time of this process with all its threads, in seconds. */
  readonly cpuSeconds: number;
}

export async function cpuTimed<T>(work: () => T | Promise<T>): Promise<CpuTimed<T>> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { result, cpuSeconds: (user + system) / 1e6 };
}

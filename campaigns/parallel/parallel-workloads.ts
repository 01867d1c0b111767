/** Explores workloads in several threads, and hands out their results in the order of the workloads. */
import type { StopSignal } from '../../harness/execution/stop-signal.js';
import type { ExploreResult } from '../../explore/explore.js';
import type { WorkloadsJob } from '../workloads/workloads-job.js';
import { OrderedThreads } from './ordered-threads.js';

export class ParallelWorkloads {
  readonly #threads: OrderedThreads;

  /**
   * @param count number of workloads
   * @param workersMax more threads than workloads are not started
   */
  constructor(job: WorkloadsJob, count: number, workersMax: number, signal: StopSignal) {
    const workers = Math.min(workersMax, count);
    this.#threads = new OrderedThreads({
      work: { kind: 'workloads', job },
      tasks: { firstRun: 0, count },
      workers,
      rangeSize: 1,
      aheadMax: 8 * workers,
      signal,
    });
  }

  /** `undefined` if the workload was not explored, because of the signal or the time. */
  async next(index: number, msLeft: number): Promise<ExploreResult | undefined> {
    const result = await this.#threads.next(index, msLeft);
    return result?.kind === 'workload' ? result.result : undefined;
  }

  close(): Promise<void> {
    return this.#threads.close();
  }
}

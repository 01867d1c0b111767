import { entryUrl } from '../../package-root.js';

export type WorkerName = 'bench-worker' | 'gate-worker' | 'mutants-worker' | 'replay-worker' | 'run-worker';

/** URL of a worker's module. */
export function workerEntry(name: WorkerName): URL {
  return entryUrl(`campaigns/workers/${name}`);
}

/** The threads of a campaign that a program starts. */
import { fileURLToPath } from 'node:url';
import type { StartRuns } from '../campaigns/campaign/run-source.js';
import { inThreads, WORKERS_MAX } from '../campaigns/parallel/parallel-runs.js';
import { InputError } from '../harness/input-error.js';
import { uploadTarget } from '../targets/upload.js';
import type { ModuleUnderTest, OpenModule } from './module-under-test.js';

export interface WorkerThreads {
  /** Number of threads that run schedules; default 1: the calling one. The result does not depend on it. */
  readonly workers?: number | undefined;
  /** Path of the module whose default export is `target`, for several workers: threads cannot share an object with functions. */
  readonly targetModule?: string | URL | undefined;
}

type Options = WorkerThreads & Omit<ModuleUnderTest, 'wasm'>;

/**
 * `undefined` for one worker.
 * @throws InputError if threads are not possible
 */
export function threadsOf(options: Options, opened: OpenModule): StartRuns | undefined {
  const { workers = 1, target, targetModule, fault, messageTimeMs } = options;
  if (!Number.isInteger(workers) || workers < 1 || workers > WORKERS_MAX)
    throw new InputError(`workers: ${workers} is not an integer from 1 to ${WORKERS_MAX}`);
  if (workers === 1) return undefined;
  if (options.replica !== undefined)
    throw new InputError('workers: threads create their own engines; leave out replica, or workers');
  if (targetModule === undefined && target !== uploadTarget)
    throw new InputError('workers: threads load the target from its file; pass its path as targetModule');
  return inThreads({ workers, subject: subjectOf({ targetModule, fault, messageTimeMs }, opened) });
}

function subjectOf(
  { targetModule, fault, messageTimeMs }: Pick<Options, 'targetModule' | 'fault' | 'messageTimeMs'>,
  { bytes, wasmSha256 }: OpenModule,
) {
  return {
    targetModule: targetModule instanceof URL ? fileURLToPath(targetModule) : targetModule,
    wasm: bytes,
    wasmLabel: 'module',
    wasmSha256,
    fault,
    initArg: undefined,
    messageMs: messageTimeMs,
  };
}

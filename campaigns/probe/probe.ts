/**
 * Entry of the command `probe`: fixed experiments in a worker thread, and their report.
 *
 * - `job.ts`: the job and the messages of the thread; `worker.ts`: the thread.
 * - `experiments/`: what is tried; `experiments.ts` lists all of it.
 * - `lab.ts`, `script.ts`, `transcript.ts`: how an experiment makes calls and reads their answers.
 * - `promise-fields.ts`: which promises the observations support; `write-promises.ts`: writes them into the target.
 */
import {
  PROBE_FORMAT_VERSION,
  type ProbeExperiment,
  type ProbePromise,
  type ProbeReport,
} from '../../reports/documents/probe-report.js';
import { environmentNow } from '../environment.js';
import type { SubjectSpec } from '../subject/subject.js';
import { startThreadJob, type ThreadJob } from '../threads/thread-job.js';
import type { ProbeJob, ProbeMessage } from './job.js';

export interface RunningProbe extends Pick<ThreadJob, 'stop'> {
  /**
   * The report of the experiments up to the end or to `stop`.
   * @throws InputError if the smoke upload fails or the canister cannot be installed
   */
  readonly report: Promise<ProbeReport>;
}

export interface ProbeRequest {
  readonly subject: SubjectSpec;
  readonly toolVersion: string;
}

/** @param onProgress receives the experiment that starts */
export function startProbe(
  { subject, toolVersion }: ProbeRequest,
  onProgress: (progress: Extract<ProbeMessage, { type: 'progress' }>) => void,
): RunningProbe {
  const started = new Date();
  const experiments: ProbeExperiment[] = [];
  let promises: readonly ProbePromise[] = [];
  let opened: Extract<ProbeMessage, { type: 'started' }> | undefined;
  const thread = startThreadJob<ProbeJob, ProbeMessage>({
    room: 'probe',
    job: { subject },
    onMessage: (message) => {
      if (message.type === 'progress') onProgress(message);
      else if (message.type === 'experiment') experiments.push(message.experiment);
      else if (message.type === 'promises') ({ promises } = message);
      else opened = message;
    },
  });
  const report = thread.done.then((): ProbeReport => ({
    formatVersion: PROBE_FORMAT_VERSION,
    kind: 'probe',
    tool: { name: 'upload-stress', version: toolVersion },
    startedAt: started.toISOString(),
    durationMs: Date.now() - started.getTime(),
    environment: environmentNow(),
    wasm: { file: subject.wasmLabel, sha256: subject.wasmSha256, fault: subject.fault ?? null },
    target: opened?.target ?? '',
    replica: opened?.replica ?? { name: 'embedded', version: '' },
    interrupted: thread.isStopped,
    experiments,
    promises,
  }));
  return { report, stop: thread.stop };
}

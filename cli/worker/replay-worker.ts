/** The thread that repeats a counterexample. */
import { parentPort, workerData } from 'node:worker_threads';
import { replay } from '../../harness/replay.js';
import { Interrupted, type StopSignal } from '../../harness/stop-signal.js';
import { Workbench } from '../../harness/workbench.js';
import type { Replica } from '../../replicas/replica.js';
import { errorLine } from '../fail.js';
import { createFileReader } from '../file-reader.js';
import { createExplorer } from '../replicas.js';
import { openSubject } from '../subject.js';
import type { ReplayJob, ReplayMessage } from './protocol.js';
import type { JobData } from './supervisor.js';

const { stopFlag, job } = workerData as JobData<ReplayJob>;
const flag = new Int32Array(stopFlag);
const signal: StopSignal = {
  get aborted() {
    return Atomics.load(flag, 0) !== 0;
  },
};
const post = (message: ReplayMessage) => parentPort!.postMessage(message);

async function main(replica: Replica): Promise<void> {
  const { target } = await openSubject(job.subject);
  const { wasm, fault } = job.subject;
  const bench = new Workbench({ replica, target, wasm, fault, reader: createFileReader() });
  const { name, version } = replica.info;
  post({ type: 'started', replica: { name, version } });
  for (let done = 0; done < job.times; done++) {
    const { outcome, isSameTrace, violation, history } = await replay(bench, job.counterexample, signal);
    post({ type: 'replayed', outcome, isSameTrace, violation, traceHash: history.traceHash });
  }
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

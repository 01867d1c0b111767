/** The thread that repeats a counterexample. */
import { explainFailure } from '../../harness/explain-failure.js';
import { momentBefore } from '../../harness/moment.js';
import { replay } from '../../harness/replay.js';
import { Interrupted } from '../../harness/stop-signal.js';
import { Workbench } from '../../harness/workbench.js';
import type { Replica } from '../../replicas/replica.js';
import { errorLine } from '../fail.js';
import { createFileReader } from '../file-reader.js';
import { createExplorer } from '../replicas.js';
import { openSubject } from '../subject.js';
import type { ReplayJob, ReplayMessage } from './protocol.js';
import { workerThread } from './worker-thread.js';

const { job, signal, post } = workerThread<ReplayJob, ReplayMessage>();

async function main(replica: Replica): Promise<void> {
  const { target } = await openSubject(job.subject);
  const { wasm, fault } = job.subject;
  const bench = new Workbench({ replica, target, wasm, fault, reader: createFileReader() });
  const { name, version } = replica.info;
  post({ type: 'started', replica: { name, version } });
  const { counterexample, times, until } = job;
  const { schedule } = counterexample;
  let explained: 'nothing' | 'a run' | 'a failure' = 'nothing';
  for (let done = 0; done < times; done++) {
    const { outcome, isSameTrace, violation, history } = await replay(bench, counterexample, signal);
    const isTold = explained === 'nothing' || (explained === 'a run' && violation !== undefined);
    if (isTold) explained = violation === undefined ? 'a run' : 'a failure';
    post({
      type: 'replayed',
      outcome,
      isSameTrace,
      violation,
      traceHash: history.traceHash,
      explanation: isTold ? explainFailure(history, violation, schedule, target, bench.reader) : undefined,
      moment:
        until === undefined || done > 0
          ? undefined
          : momentBefore(history, until, schedule, target, bench.reader),
    });
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

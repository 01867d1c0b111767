/** The thread that repeats a counterexample. */
import { explainFailure } from '../../harness/counterexamples/explain-failure.js';
import { pointBefore } from '../../harness/counterexamples/point-in-history.js';
import { replay } from '../../harness/counterexamples/replay.js';
import { Interrupted } from '../../harness/execution/stop-signal.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { errorLine } from '../fail.js';
import { openRunner } from '../subject/open-runner.js';
import { openSubject } from '../subject/subject.js';
import type { ReplayJob, ReplayMessage } from './protocol.js';
import { workerThread } from './worker-thread.js';

const { job, signal, post } = workerThread<ReplayJob, ReplayMessage>();

async function main(runner: ScheduleRunner): Promise<void> {
  const { replica, target } = runner;
  const { name, version } = replica.info;
  post({ type: 'started', replica: { name, version } });
  const { counterexample, times, until } = job;
  const { schedule } = counterexample;
  let explained: 'nothing' | 'a run' | 'a failure' = 'nothing';
  for (let done = 0; done < times; done++) {
    const { outcome, isSameTrace, violation, history } = await replay(runner, counterexample, signal);
    const isTold = explained === 'nothing' || (explained === 'a run' && violation !== undefined);
    if (isTold) explained = violation === undefined ? 'a run' : 'a failure';
    post({
      type: 'replayed',
      outcome,
      isSameTrace,
      violation,
      traceHash: history.traceHash,
      explanation: isTold ? explainFailure(history, violation, schedule, target, runner.reader) : undefined,
      moment:
        until === undefined || done > 0
          ? undefined
          : pointBefore(history, until, schedule, target, runner.reader),
    });
  }
}

let runner: ScheduleRunner | undefined;
try {
  runner = await openRunner(job.subject, await openSubject(job.subject), job.replica);
  await main(runner);
} catch (error) {
  if (!(error instanceof Interrupted)) post({ type: 'unusable', line: errorLine(error) });
} finally {
  await runner?.replica.dispose();
}

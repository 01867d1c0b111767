/** The worker thread of `replay`: runs a counterexample one or more times. */
import { explainFailure } from '../../harness/counterexamples/explain-failure.js';
import { pointBefore } from '../../harness/counterexamples/point-in-history.js';
import { replay } from '../../harness/counterexamples/replay.js';
import { requireRules } from '../../harness/relations/rules-that-apply.js';
import { selectionOf } from '../../harness/judgement/applicable-rules.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { openRunner } from '../subject/open-runner.js';
import { openSubject } from '../subject/subject.js';
import { runWorker, workerThread } from '../threads/worker-thread.js';
import type { ReplayJob, ReplayMessage } from './job.js';

const { job, signal, post } = workerThread<ReplayJob, ReplayMessage>();

await runWorker(async () => {
  const runner = await openRunner(job.subject, await openSubject(job.subject), job.replica);
  try {
    await replayAll(runner);
  } finally {
    await runner.replica.dispose();
  }
});

async function replayAll(runner: ScheduleRunner): Promise<void> {
  const { replica, target, reader } = runner;
  const { counterexample, times, until } = job;
  const { schedule } = counterexample;
  requireRules(runner, selectionOf(job.rules));
  post({ type: 'started', replica: { name: replica.info.name, version: replica.info.version } });
  let hasExplainedFailure = false;
  for (let run = 0; run < times; run++) {
    const { outcome, isSameTrace, violation, history } = await replay(runner, counterexample, {
      signal,
      rules: selectionOf(job.rules),
    });
    // Explanations are large: only the first run and the first failure get one.
    const isExplained = run === 0 || (violation !== undefined && !hasExplainedFailure);
    hasExplainedFailure ||= violation !== undefined;
    post({
      type: 'replayed',
      outcome,
      isSameTrace,
      violation,
      traceHash: history.traceHash,
      explanation: isExplained ? explainFailure(history, violation, schedule, target, reader) : undefined,
      moment:
        until === undefined || run > 0 ? undefined : pointBefore(history, until, schedule, target, reader),
    });
  }
}

/** The worker thread of `explore`: runs the orders of the workloads, and shrinks and explains what fails. */
import { PROFILES } from '../../generators/profile.js';
import { findCriticalChoice, type CriticalChoice } from '../../explore/critical-choice.js';
import type { Coverage, ExploreResult } from '../../explore/explore.js';
import type { Workload } from '../../explore/workload.js';
import { replay } from '../../harness/counterexamples/replay.js';
import { fingerprintOf, withoutConditions } from '../../harness/evidence/fingerprint.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { requireRules } from '../../harness/relations/rules-that-apply.js';
import { selectionOf } from '../../harness/judgement/applicable-rules.js';
import { judge, readerOption } from '../../harness/judgement/judge.js';
import { operationText } from '../../model/operations.js';
import type { Schedule } from '../../model/schedule.js';
import { failureTimelineOf } from '../../reports/documents/failure-timeline.js';
import type { Finding } from '../campaign/campaign-result.js';
import { confirm } from '../campaign/confirm.js';
import { counterexampleOf } from '../campaign/counterexample-of.js';
import { FindingCollector } from '../campaign/finding-collector.js';
import { ParallelWorkloads } from '../parallel/parallel-workloads.js';
import { requireSmokeUpload } from '../smoke/smoke-upload.js';
import { openRunner } from '../subject/open-runner.js';
import { onSecondReplica } from '../subject/second-replica.js';
import { openSubject, type Subject } from '../subject/subject.js';
import { runWorker, workerThread } from '../threads/worker-thread.js';
import { exploreWorkload, workloadsFor } from '../workloads/explore-workload.js';
import type { ExploreConfirmation, ExploreJob, ExploreMessage } from './job.js';

const PROGRESS_MS = 100;

const { job, signal, post } = workerThread<ExploreJob, ExploreMessage>();
const rules = selectionOf(job.rules);
const started = performance.now();
let lastProgress = -Infinity;

await runWorker(async () => {
  const subject = await openSubject(job.subject);
  const runner = await openRunner(job.subject, subject, 'embedded');
  try {
    const { target, replica } = runner;
    requireRules({ target, replica, hasRelations: false }, rules);
    const { name, version } = runner.replica.info;
    post({ type: 'started', replica: { name, version }, target: runner.target.name });
    if (job.subject.fault === undefined) await requireSmokeUpload(runner, PROFILES.default);
    const findings = await exploreAll(runner);
    if (findings.length > 0 && !signal.aborted) await confirmAll(subject, findings);
  } finally {
    await runner.replica.dispose();
  }
});

/** Returns the findings in the order in which they were posted. */
async function exploreAll(runner: ScheduleRunner): Promise<readonly Finding[]> {
  const workloads = workloadsFor(runner, job);
  const collector = collectorFor(runner);
  const explored = exploredInOrder(runner, workloads);
  const origins = new Map<number, { readonly workload: string; readonly schedule: Schedule }>();
  for (const [index, workload] of workloads.entries()) {
    if (isOver() || collector.isFull) break;
    const result = await explored.next(index, workload);
    if (result === undefined) break;
    post({ type: 'workload', workload: reported(workload, result), unknowns: result.unknown });
    for (const failing of result.failures) {
      const { verdict, schedule } = failing;
      if (verdict.kind !== 'invalid') continue;
      origins.set(index, { workload: workload.name, schedule });
      await collector.take({ ...failing, violations: verdict.violations }, index);
    }
  }
  await explored.close();
  post({ type: 'explored', seconds: (performance.now() - started) / 1000 });
  const findings = await collector.finish();
  for (const finding of findings) {
    const origin = origins.get(finding.counterexample.campaign.runIndex);
    post({
      type: 'finding',
      found: {
        finding,
        workload: origin?.workload ?? '',
        original: origin?.schedule,
        ...(await explained(runner, finding)),
      },
    });
  }
  return findings;
}

/** The results of workloads, which are asked for in order. Several generated workloads are explored in threads. */
function exploredInOrder(runner: ScheduleRunner, workloads: readonly Workload[]) {
  const count = workloads.length;
  if (job.workers === 1 || count === 1)
    return {
      next: (index: number, workload: Workload) =>
        exploreWorkload(runner, workload, job, {
          signal,
          isOver,
          onProgress: (coverage) => reportProgress(coverage, index, count),
        }),
      close: () => Promise.resolve(),
    };
  const threads = new ParallelWorkloads(job, count, job.workers, signal);
  return {
    next: async (index: number) => {
      const result = await threads.next(index, msLeft());
      if (result !== undefined) reportProgress(result, index, count);
      return result;
    },
    close: () => threads.close(),
  };
}

async function confirmAll(subject: Subject, findings: readonly Finding[]): Promise<void> {
  const { subject: spec, replica: choice, seed } = job;
  const onStart = (replica: NonNullable<ExploreConfirmation['replica']>) =>
    post({ type: 'confirming', replica });
  const { result, ...about } = await onSecondReplica({ spec, subject, choice, onStart }, (runner) =>
    confirm({
      runner,
      counterexamples: findings.map(({ counterexample }) => counterexample),
      samples: [],
      origin: { wasmSha256: spec.wasmSha256, fault: spec.fault ?? null, profile: 'explore', seed },
      rules,
      signal,
    }),
  );
  post({ type: 'confirmed', confirmation: { ...about, findings: result?.outcomes ?? [] } });
}

function isOver(): boolean {
  return signal.aborted || msLeft() <= 0;
}

function msLeft(): number {
  return (job.budgetMs ?? Infinity) - (performance.now() - started);
}

function collectorFor(runner: ScheduleRunner): FindingCollector {
  const { findingsMax, corpusFolder, shrinkMsMax, seed, toolVersion, subject } = job;
  const origin = { runner, wasmSha256: subject.wasmSha256, fault: subject.fault, toolVersion };
  return new FindingCollector({
    runner,
    rules,
    findingsMax,
    corpusFolder,
    shrinkMsMax,
    signal,
    clock: () => performance.now(),
    isAccepted: () => false,
    counterexampleOf: (failure, parts) =>
      counterexampleOf(failure, parts, origin, { profile: 'explore', seed }),
    onShrinking: () => undefined,
  });
}

/** The timeline and the critical choice of a finding, from runs of its shrunk schedule. */
async function explained(runner: ScheduleRunner, { counterexample }: Finding) {
  const { target, reader } = runner;
  const { history, violation, isSameTrace } = await replay(runner, counterexample, { rules });
  const timeline = failureTimelineOf(counterexample, { history, violation, isSameTrace, target, reader });
  const wanted = withoutConditions(counterexample.fingerprint ?? '');
  const choice: CriticalChoice | undefined = await findCriticalChoice({
    runner,
    schedule: counterexample.schedule,
    fails: (run, schedule) => {
      const verdict = judge(run, schedule, target, { ...readerOption(runner), only: rules });
      return verdict.kind === 'invalid' && verdict.violations.some((one) => fingerprintOf(one) === wanted);
    },
    signal,
  });
  return { timeline, choice };
}

function reportProgress(coverage: Coverage, index: number, of: number): void {
  const now = performance.now();
  if (now - lastProgress < PROGRESS_MS) return;
  lastProgress = now;
  post({ type: 'progress', coverage, elapsedMs: now - started, index, of, shrinking: false });
}

function reported({ name, lanes }: Workload, result: ExploreResult) {
  const { isComplete, orders, executed, states, messages, givenUp, failing } = result;
  return {
    name,
    lanes: lanes.map((lane) =>
      lane.map((step) => (step.do === 'call' ? operationText(step.operation) : step.do)),
    ),
    complete: isComplete,
    orders,
    executed,
    states: job.recognisesStates && job.strategy === 'depth-first' ? states : null,
    messages,
    givenUp,
    failing,
  };
}

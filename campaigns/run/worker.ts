/** The worker thread of `run`: replays past failures, runs the campaign, and confirms findings on a second replica. */
import type { Profile } from '../../generators/profile.js';
import { needsNetwork } from '../../harness/execution/network.js';
import { saveCounterexample } from '../../harness/counterexamples/corpus.js';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import { replay } from '../../harness/counterexamples/replay.js';
import { type ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { InputError } from '../../harness/input-error.js';
import { selectionOf } from '../../harness/judgement/applicable-rules.js';
import { requireRules, unusedRulesLine } from '../../harness/relations/rules-that-apply.js';
import type { Schedule } from '../../model/schedule.js';
import { ReplicaError } from '../../replicas/replica.js';
import { failureTimelineOf } from '../../reports/documents/failure-timeline.js';
import { RunSeries } from '../../reports/documents/run-series.js';
import { runCampaign } from '../campaign/campaign.js';
import { acceptanceOf } from '../campaign/accepted-deviations.js';
import type { Finding } from '../campaign/campaign-result.js';
import { CoverageCollector } from '../code-coverage/coverage-collector.js';
import { coveredModules } from '../code-coverage/covered-module.js';
import { findingOf } from '../campaign/finding.js';
import { confirm, type ValidSample } from '../campaign/confirm.js';
import { replayCorpus } from '../campaign/corpus-replay.js';
import { RunExecutor } from '../campaign/run-executor.js';
import type { CampaignRun, RunResult } from '../campaign/run-result.js';
import { errorLine } from '../error-line.js';
import { guided, type GuidedRuns } from '../guidance/guided-runs.js';
import { inThreads } from '../parallel/parallel-runs.js';
import { requireSmokeUpload } from '../smoke/smoke-upload.js';
import { openRunner } from '../subject/open-runner.js';
import { onSecondReplica } from '../subject/second-replica.js';
import { openSubject, subjectProfile, type Subject } from '../subject/subject.js';
import { runWorker, workerThread } from '../threads/worker-thread.js';
import type { Confirmation, RunJob, RunMessage } from './job.js';

/** Maximum number of valid schedules that the second replica repeats. */
const SAMPLES_MAX = 8;

/** Number of findings that the campaign did not make. Their ids are negative. */
let posted = 0;

const { job, signal, post } = workerThread<RunJob, RunMessage>();

await runWorker(async () => {
  const subject = await openSubject(job.subject);
  const samples: ValidSample[] = [];
  const findings = await explore(subject, samples);
  if (signal.aborted) return;
  const counterexamples = findings.map(({ counterexample }) => counterexample);
  post({
    type: 'confirmed',
    confirmation: await confirmOnSecondReplica(subject, counterexamples, samples),
  });
});

/** Runs past failures and the campaign. Returns the findings in the order in which they were posted. */
async function explore(subject: Subject, samples: ValidSample[]): Promise<readonly Finding[]> {
  const coverage = job.hasCoverage ? new CoverageCollector() : undefined;
  const runner = await openRunner(job.subject, subject, job.replica, coverage);
  const { replica } = runner;
  let valid = 0;
  const series = new RunSeries();
  const sampled: number[] = [];
  let guidance: GuidedRuns | undefined;
  /** The latest schedule of a guided campaign. Its index does not say how to generate it. */
  let latest: Schedule | undefined;
  const onRun = ({ schedule }: CampaignRun) => void (latest = schedule);
  const onResult = ({ runIndex, verdict, measurements }: RunResult) => {
    series.add(measurements);
    coverage?.afterSchedule();
    if (verdict !== 'valid' || !isPowerOfTwo(++valid) || sampled.length + samples.length >= SAMPLES_MAX)
      return;
    if (latest === undefined) sampled.push(runIndex);
    else samples.push({ runIndex, schedule: latest });
  };
  try {
    post({ type: 'started', replica: { name: replica.info.name, version: replica.info.version } });
    const rules = selectionOf(job.rules);
    const unused = requireRules(runner, rules);
    if (unused.length > 0) post({ type: 'unused-rules', line: unusedRulesLine(unused) });
    const known = await replayPastFailures(runner);
    // A seeded fault, or a past failure that is back, may break every upload. Then a rule names what is broken.
    if (job.subject.fault === undefined && known.length === 0)
      await requireSmokeUpload(runner, profileOf(subject));
    const failing = known.filter(({ fingerprint }) => acceptanceOf(fingerprint, job.accepted) === undefined);
    const campaign = { profile: profileOf(subject), seed: job.seed, userFile: job.userFile };
    const result = await runCampaign({
      ...campaign,
      runner,
      startRuns:
        job.isGuided && coverage !== undefined
          ? guided({ runner, coverage, onRun }, (runs) => (guidance = runs))
          : inThreads({ subject: job.subject, workers: job.workers, coverage }),
      toolVersion: job.toolVersion,
      wasmSha256: job.subject.wasmSha256,
      fault: job.subject.fault,
      runs: failing.length === 0 ? job.runs : 0,
      budgetMs: job.budgetMs,
      rules,
      findingsMax: job.findingsMax,
      accepted: job.accepted,
      shrinkMsMax: job.shrinkMsMax,
      corpusFolder: job.corpusFolder,
      signal,
      onProgress: (progress) => post({ type: 'progress', progress }),
      onFailing: (counterexample, id) => post({ type: 'failing', id, counterexample }),
      onDismissed: (id) => post({ type: 'dismissed', id }),
      onFinding: (finding) => post({ type: 'finding', finding }),
      onResult,
    });
    if (coverage !== undefined)
      post({ type: 'coverage', modules: coveredModules(coverage.counts(), job.subject, subject.target) });
    if (guidance !== undefined) post({ type: 'guidance', guidance: guidance.counts });
    post({ type: 'result', result, series: series.points() });
    const executor = new RunExecutor({ ...campaign, runner });
    samples.push(...sampled.map((runIndex) => ({ runIndex, schedule: executor.scheduleOf(runIndex) })));
    const findings = [...known, ...result.findings];
    await postTimelines(runner, findings);
    return findings;
  } finally {
    await replica.dispose();
  }
}

/** Samples 1, 2, 4, 8, … spread over a campaign of any length. */
function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}

function profileOf(subject: Subject): Profile {
  return subjectProfile(job.profile, subject, job.subject.service);
}

/** Past failures that still fail count as findings, so that the campaign does not look for more while they are broken. */
async function replayPastFailures(runner: ScheduleRunner): Promise<readonly Finding[]> {
  const { pastFailures, subject } = job;
  if (pastFailures.length === 0) return [];
  const corpus = await replayCorpus(pastFailures, runner, subject.wasmSha256, signal);
  post({ type: 'corpus', corpus });
  const findings: Finding[] = [];
  for (const { counterexample } of corpus.failing) findings.push(await saveFinding(counterexample));
  return findings;
}

/**
 * Replays each finding to get its history. Ctrl-C does not stop it: it is one short schedule, and the thread is terminated after the
 * grace period. The timelines serve the report only, so if the replica fails here the report omits them.
 */
async function postTimelines(runner: ScheduleRunner, findings: readonly Finding[]): Promise<void> {
  const { target, reader } = runner;
  try {
    for (const [index, { counterexample }] of findings.entries()) {
      const { history, violation, isSameTrace } = await replay(runner, counterexample);
      const timeline = failureTimelineOf(counterexample, { history, violation, isSameTrace, target, reader });
      post({ type: 'timeline', index, timeline });
    }
  } catch (error) {
    if (!(error instanceof ReplicaError || error instanceof InputError)) throw error;
  }
}

async function confirmOnSecondReplica(
  subject: Subject,
  counterexamples: readonly Counterexample[],
  drawn: readonly ValidSample[],
): Promise<Confirmation> {
  // The second replica is a PocketIC server, which has no conditions of the network.
  const samples = drawn.filter(({ schedule }) => !needsNetwork(schedule));
  const { subject: spec, replica: choice, profile, seed } = job;
  const onStart = (replica: NonNullable<Confirmation['replica']>) => post({ type: 'confirming', replica });
  const { replica, reason, result } = await onSecondReplica({ spec, subject, choice, onStart }, (runner) =>
    confirm({
      runner,
      counterexamples,
      samples,
      origin: { wasmSha256: spec.wasmSha256, fault: spec.fault ?? null, profile, seed },
      rules: selectionOf(job.rules),
      signal,
    }),
  );
  if (result === undefined) return { replica, reason, validSampled: 0, validAgreed: 0, findings: [] };
  // A schedule that is valid on the first replica only is a finding of its own.
  for (const divergence of result.divergences) await saveFinding(divergence);
  return {
    replica,
    reason,
    validSampled: samples.length,
    validAgreed: samples.length - result.divergences.length,
    findings: result.outcomes,
  };
}

/** Saves and posts a finding that the campaign itself did not make. */
async function saveFinding(counterexample: Counterexample): Promise<Finding> {
  const saved = await saveCounterexample(job.corpusFolder, counterexample).then(
    (path) => ({ path, writeFailure: undefined }),
    (error: unknown) => ({ path: undefined, writeFailure: errorLine(error) }),
  );
  const finding = findingOf(counterexample, { id: -1 - posted, ...saved });
  posted++;
  post({ type: 'finding', finding });
  return finding;
}

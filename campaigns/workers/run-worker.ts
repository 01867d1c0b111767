/** The thread that runs a campaign: explores, and confirms on a second replica where there is one. */
import { PROFILES, type Profile } from '../../generators/profile.js';
import { USER_FILE_SESSION } from '../../generators/user-file.js';
import { runCampaign, type CampaignRun } from '../campaign/campaign.js';
import type { Finding } from '../campaign/campaign-result.js';
import { replayCorpus } from '../campaign/corpus-replay.js';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import { confirm, type ValidSample } from '../campaign/confirm.js';
import { saveCounterexample } from '../../harness/counterexamples/corpus.js';
import { InputError } from '../../harness/input-error.js';
import { replay } from '../../harness/counterexamples/replay.js';
import { Interrupted } from '../../harness/execution/stop-signal.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { resultText } from '../../model/explain.js';
import { ReplicaError, type Replica } from '../../replicas/replica.js';
import { failureTimelineOf } from '../../reports/documents/failure-timeline.js';
import { RunSeries } from '../../reports/documents/run-series.js';
import { errorLine } from '../fail.js';
import { createFileReader } from '../subject/file-reader.js';
import { openRunner } from '../subject/open-runner.js';
import { findConfirmer } from '../subject/replicas.js';
import { openSubject, type Subject } from '../subject/subject.js';
import type { Confirmation, RunJob, RunMessage } from './protocol.js';
import { workerThread } from './worker-thread.js';

/** Valid schedules that the confirming replica runs as well: the first, and then ever rarer ones. */
const SAMPLES_MAX = 8;

const { job, signal, post } = workerThread<RunJob, RunMessage>();

function profileOf({ fixedLimits }: Subject): Profile {
  const profile: Profile = PROFILES[job.profile];
  const limited = fixedLimits === undefined ? profile : { ...profile, limits: [fixedLimits] };
  const { service } = job.subject;
  if (service === undefined) return limited;
  // A token is a caller, and nobody has more.
  const most = (count: number) => Math.min(count, service.callers.length);
  return { ...limited, callers: { min: most(profile.callers.min), max: most(profile.callers.max) } };
}

function createBench(replica: Replica, { target }: Subject): ScheduleRunner {
  const { wasm, fault } = job.subject;
  return new ScheduleRunner({ replica, target, wasm, fault, reader: createFileReader() });
}

/** Powers of two: 1, 2, 4, 8, … so that a sample of a long campaign is spread over it. */
const isSampled = (valid: number) => (valid & (valid - 1)) === 0;

/** Those that fail. They count as findings, so that nothing new is looked for while what is known is broken. */
async function replayPastFailures(runner: ScheduleRunner): Promise<readonly Finding[]> {
  const { pastFailures, subject } = job;
  if (pastFailures.length === 0) return [];
  const corpus = await replayCorpus(pastFailures, runner, subject.wasmSha256, signal);
  post({ type: 'corpus', corpus });
  const findings: Finding[] = [];
  for (const { counterexample } of corpus.failing) findings.push(await saveFinding(counterexample));
  return findings;
}

/** What was found, in the order in which it was told. */
async function explore(subject: Subject, samples: ValidSample[]): Promise<readonly Finding[]> {
  const runner = await openRunner(job.subject, subject, job.replica);
  const { replica } = runner;
  let valid = 0;
  let userFileProblem: string | undefined;
  const series = new RunSeries();
  const onRun = ({ runIndex, schedule, history, verdict }: CampaignRun) => {
    series.add(history);
    if (job.userFile !== undefined) userFileProblem ??= problemOf(history);
    if (verdict.kind === 'valid' && isSampled(++valid) && samples.length < SAMPLES_MAX)
      samples.push({ runIndex, schedule });
  };
  try {
    post({ type: 'started', replica: { name: replica.info.name, version: replica.info.version } });
    const known = await replayPastFailures(runner);
    const findingsMax = job.findingsMax - known.length;
    const result = await runCampaign({
      runner,
      toolVersion: job.toolVersion,
      wasmSha256: job.subject.wasmSha256,
      fault: job.subject.fault,
      profile: profileOf(subject),
      seed: job.seed,
      runs: findingsMax > 0 ? job.runs : 0,
      budgetMs: job.budgetMs,
      findingsMax,
      shrinkMsMax: job.shrinkMsMax,
      corpusFolder: job.corpusFolder,
      userFile: job.userFile,
      signal,
      onProgress: (progress) => post({ type: 'progress', progress }),
      onFailing: (counterexample) => post({ type: 'failing', counterexample }),
      onFinding: (finding) => post({ type: 'finding', finding }),
      onRun,
    });
    post({ type: 'result', result, userFileProblem, series: series.points() });
    const findings = [...known, ...result.findings];
    await tellCourses(runner, findings);
    return findings;
  } finally {
    await replica.dispose();
  }
}

/**
 * Each finding once more, for its history. Not stopped by Ctrl-C: it is one short schedule, and ends with the thread at the latest.
 * It serves the report alone, so a replica that fails here takes nothing away from what was found: the report does without.
 */
async function tellCourses(runner: ScheduleRunner, findings: readonly Finding[]): Promise<void> {
  const { target, reader } = runner;
  try {
    for (const [index, { counterexample }] of findings.entries()) {
      const { history, violation, isSameTrace } = await replay(runner, counterexample);
      const course = failureTimelineOf(counterexample, { history, violation, isSameTrace, target, reader });
      post({ type: 'course', index, course });
    }
  } catch (error) {
    if (!(error instanceof ReplicaError || error instanceof InputError)) throw error;
  }
}

/** Why the user's file did not come through, if it did not: the first answer to it that is no success. */
function problemOf({ events }: CampaignRun['history']): string | undefined {
  for (const event of events) {
    if (event.type !== 'fail' && event.type !== 'info') continue;
    const { operation } = event;
    if (!('session' in operation) || operation.session !== USER_FILE_SESSION) continue;
    return `${operation.op}: ${event.type === 'fail' ? resultText(event.result) : event.reason}`;
  }
  return undefined;
}

async function confirmElsewhere(
  subject: Subject,
  counterexamples: readonly Counterexample[],
  samples: readonly ValidSample[],
): Promise<Confirmation> {
  const none = { replica: undefined, validSampled: 0, validAgreed: 0, findings: [] };
  if (job.subject.service !== undefined) return { ...none, reason: 'a service is no canister' };
  if (job.replica !== 'auto') return { ...none, reason: `--replica ${job.replica} asks for no other` };
  const confirmer = await findConfirmer();
  if ('reason' in confirmer) return { ...none, reason: confirmer.reason };
  const replica = await confirmer.create();
  try {
    const { name, version } = replica.info;
    post({ type: 'confirming', replica: { name, version } });
    const { wasmSha256, fault = null } = job.subject;
    const { outcomes, divergences } = await confirm({
      runner: createBench(replica, subject),
      counterexamples,
      samples,
      origin: { wasmSha256, fault, profile: job.profile, seed: job.seed },
      signal,
    });
    // Valid on the first replica, not on the second: findings like any other.
    for (const divergence of divergences) await saveFinding(divergence);
    return {
      replica: { name, version },
      reason: 'its server was found',
      validSampled: samples.length,
      validAgreed: samples.length - divergences.length,
      findings: outcomes,
    };
  } finally {
    await replica.dispose();
  }
}

/** For what was not found, and not saved, by the campaign. */
async function saveFinding(counterexample: Counterexample): Promise<Finding> {
  const saved = await saveCounterexample(job.corpusFolder, counterexample).then(
    (path) => ({ path, writeFailure: undefined }),
    (error: unknown) => ({ path: undefined, writeFailure: errorLine(error) }),
  );
  const finding = { counterexample, executions: 0, ...saved };
  post({ type: 'finding', finding });
  return finding;
}

async function main(): Promise<void> {
  const subject = await openSubject(job.subject);
  const samples: ValidSample[] = [];
  const findings = await explore(subject, samples);
  const counterexamples = findings.map(({ counterexample }) => counterexample);
  if (signal.aborted) return;
  post({ type: 'confirmed', confirmation: await confirmElsewhere(subject, counterexamples, samples) });
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Interrupted)) post({ type: 'unusable', line: errorLine(error) });
}

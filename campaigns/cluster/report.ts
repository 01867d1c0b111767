/**
 * The report of a complete campaign: the documents that a run in one process writes. Its findings are executed again here, for their
 * timelines; one that does not fail here is reported without a timeline.
 */
import type { Redis } from 'ioredis';
import { saveCounterexample } from '../../harness/counterexamples/corpus.js';
import { replay } from '../../harness/counterexamples/replay.js';
import { InputError } from '../../harness/input-error.js';
import { failureTimelineOf } from '../../reports/documents/failure-timeline.js';
import type { RunReport } from '../../reports/documents/run-report.js';
import type { Finding } from '../campaign/campaign-result.js';
import { errorLine } from '../error-line.js';
import type { RunJob, RunMessage } from '../run/job.js';
import { RunRecord } from '../run/run-record.js';
import { openRunner } from '../subject/open-runner.js';
import { openSubject, type SubjectSpec } from '../subject/subject.js';
import { CampaignServer } from './campaign-server.js';
import { decodeData } from './encoding.js';
import type { CampaignOutcome } from './merge.js';
import { differenceOf, runtimeHere } from './runtime.js';
import { rangesOf, type CampaignSpec } from './spec.js';
import { receivedSubject } from './transported-subject.js';

export interface ReportOptions {
  readonly redis: Redis;
  readonly id: string;
  /** Folder for counterexamples. */
  readonly corpusFolder: string;
  readonly toolVersion: string;
}

export interface CampaignReport {
  readonly report: RunReport;
  readonly findings: readonly Finding[];
  readonly subject: SubjectSpec;
  readonly commit: string | null;
}

/** @throws InputError if the campaign is not complete, or was executed by another version of this program */
export async function reportOfCampaign({
  redis,
  id,
  corpusFolder,
  toolVersion,
}: ReportOptions): Promise<CampaignReport> {
  const server = new CampaignServer(redis, id);
  const spec = await server.spec();
  const outcome = await outcomeOf(server, spec);
  const difference = differenceOf(spec.runtime, runtimeHere(toolVersion));
  if (difference !== undefined)
    throw new InputError(`campaign ${id}: ${difference}; report it with the same version`);
  const subject = await receivedSubject(server, spec);
  const record = new RunRecord(
    jobOf(spec, { subject, corpusFolder, toolVersion }),
    new Date(await server.startedMs()),
  );
  for (const message of outcome.messages) record.take(await savedMessage(message, corpusFolder));
  await addTimelines(record, subject);
  record.take({ type: 'confirmed', confirmation: NOT_CONFIRMED });
  return { report: record.report(false), findings: record.findings, subject, commit: spec.commit };
}

async function outcomeOf(server: CampaignServer, spec: CampaignSpec): Promise<CampaignOutcome> {
  const bytes = await server.outcome();
  if (bytes !== undefined) return decodeData(bytes, 'the outcome') as CampaignOutcome;
  const problem = await server.problem();
  throw new InputError(
    problem === undefined
      ? `campaign ${server.id} is not complete: ${await server.rangesDone()} of ${rangesOf(spec)} jobs are done`
      : `campaign ${server.id}: ${problem}`,
  );
}

const NOT_CONFIRMED = {
  replica: undefined,
  reason: 'campaigns on several machines do not use a second replica',
  validSampled: 0,
  validAgreed: 0,
  findings: [],
} as const;

function jobOf(
  spec: CampaignSpec,
  { subject, corpusFolder, toolVersion }: Pick<RunJob, 'subject' | 'corpusFolder' | 'toolVersion'>,
): RunJob {
  return {
    ...{ subject, corpusFolder, toolVersion },
    replica: 'embedded',
    profile: spec.profile,
    seed: spec.seed,
    runs: spec.runs,
    budgetMs: undefined,
    rules: spec.rules ?? undefined,
    findingsMax: spec.findingsMax,
    accepted: spec.accepted,
    pastFailures: [],
    shrinkMsMax: spec.shrinkMsMax ?? undefined,
    userFile: undefined,
    workers: 1,
    hasCoverage: false,
    isGuided: false,
  };
}

/** A finding with the path of its file here. */
async function savedMessage(message: RunMessage, folder: string): Promise<RunMessage> {
  if (message.type !== 'finding') return message;
  const saved = await saveCounterexample(folder, message.finding.counterexample).then(
    (path) => ({ path, writeFailure: undefined }),
    (error: unknown) => ({ path: undefined, writeFailure: errorLine(error) }),
  );
  return { type: 'finding', finding: { ...message.finding, ...saved } };
}

async function addTimelines(record: RunRecord, spec: SubjectSpec): Promise<void> {
  const runner = await openRunner(spec, await openSubject(spec), 'embedded');
  const { target, reader } = runner;
  try {
    for (const [index, { counterexample }] of record.findings.entries()) {
      const { outcome, history, violation, isSameTrace } = await replay(runner, counterexample);
      if (outcome !== 'same') continue;
      const timeline = failureTimelineOf(counterexample, { history, violation, isSameTrace, target, reader });
      record.take({ type: 'timeline', index, timeline });
    }
  } finally {
    await runner.replica.dispose();
  }
}

/** Starts a campaign: stores its specification and its code on the server, and adds its jobs to the queue. */
import { selectionOf } from '../../harness/judgement/applicable-rules.js';
import { requireRules } from '../../harness/relations/rules-that-apply.js';
import type { Redis } from 'ioredis';
import { PROFILES, type ProfileName } from '../../generators/profile.js';
import type { AcceptedDeviation } from '../campaign/accepted-deviations.js';
import { requireSmokeUpload } from '../smoke/smoke-upload.js';
import { openRunner } from '../subject/open-runner.js';
import { openSubject, subjectProfile, type SubjectSpec } from '../subject/subject.js';
import { CampaignServer } from './campaign-server.js';
import { executeRun } from './first-run.js';
import { JobQueue } from './job-queue.js';
import { runtimeHere } from './runtime.js';
import { rangesOf, SPEC_FORMAT_VERSION, type CampaignSpec } from './spec.js';
import { transported } from './transported-subject.js';
import { writeTarget } from './target-bundle.js';

export interface StartOptions {
  readonly redis: Redis;
  readonly subject: SubjectSpec;
  readonly profile: ProfileName;
  readonly seed: number;
  /** Default: set by the profile. */
  readonly runs: number | undefined;
  /** Number of runs in one job; default: by the number of runs. */
  readonly rangeSize: number | undefined;
  readonly rules: readonly string[] | undefined;
  readonly findingsMax: number;
  readonly shrinkMsMax: number | undefined;
  readonly accepted: readonly AcceptedDeviation[];
  readonly commit: string | null;
  readonly toolVersion: string;
}

export interface Started {
  readonly id: string;
  readonly spec: CampaignSpec;
  readonly ranges: number;
}

/** A range of this size takes a few seconds, and a worker that is lost loses no more. */
const RANGE_SIZE_MAX = 200;
/** A smaller range costs more than it executes. */
const RANGE_SIZE_MIN = 10;
/** A long campaign has this many jobs at least, so that every worker gets some. */
const RANGES_MIN = 100;

/** Starting the same campaign again adds what is missing. @throws InputError if the subject cannot travel, or its smoke upload fails */
export async function startCampaign(options: StartOptions): Promise<Started> {
  const { redis, profile, runs = PROFILES[options.profile].runs } = options;
  const { subject, blobs } = await transported(options.subject);
  const spec: CampaignSpec = {
    formatVersion: SPEC_FORMAT_VERSION,
    runtime: runtimeHere(options.toolVersion),
    ...{ subject, profile, runs },
    seed: options.seed,
    rangeSize:
      options.rangeSize ?? Math.max(RANGE_SIZE_MIN, Math.min(RANGE_SIZE_MAX, Math.ceil(runs / RANGES_MIN))),
    rules: options.rules === undefined ? null : [...options.rules],
    findingsMax: options.findingsMax,
    shrinkMsMax: options.shrinkMsMax ?? null,
    accepted: [...options.accepted],
    commit: options.commit,
    firstTraceHash: await tryHere(options, blobs[1], subject.target?.sha256),
  };
  const server = await CampaignServer.create(redis, spec, blobs, Date.now());
  const queue = new JobQueue(redis, server.id);
  try {
    await server.clearProblem();
    await queue.retryFailed();
    if (!(await server.isComplete())) await addMissing(server, queue, rangesOf(spec));
  } finally {
    await queue.close();
  }
  return { id: server.id, spec, ranges: rangesOf(spec) };
}

/** Uploads a small file and executes the first run with the code that workers will execute. Returns the trace hash of the run. */
async function tryHere(
  { subject, profile: name, seed, rules }: StartOptions,
  bundle: Uint8Array | undefined,
  hash: string | undefined,
): Promise<string> {
  const targetModule =
    bundle === undefined || hash === undefined ? subject.targetModule : await writeTarget(bundle, hash);
  const travelled = { ...subject, targetModule };
  const opened = await openSubject(travelled);
  const runner = await openRunner(travelled, opened, 'embedded');
  const profile = subjectProfile(name, opened);
  try {
    requireRules(runner, selectionOf(rules));
    if (subject.fault === undefined) await requireSmokeUpload(runner, profile);
    return await executeRun(runner, { profile, seed }, 0);
  } finally {
    await runner.replica.dispose();
  }
}

const CHECKED_AT_ONCE = 1_000;

/** Adds the jobs of the ranges that have no results. */
async function addMissing(server: CampaignServer, queue: JobQueue, ranges: number): Promise<void> {
  for (let at = 0; at < ranges; at += CHECKED_AT_ONCE) {
    const indices = Array.from({ length: Math.min(CHECKED_AT_ONCE, ranges - at) }, (_, place) => at + place);
    const done = await server.rangesPresent(indices);
    await queue.add(
      indices.filter((_, place) => done[place] !== true).map((index) => ({ type: 'range', index })),
    );
  }
}

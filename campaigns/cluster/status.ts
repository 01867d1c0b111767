/** What a server knows about a campaign. Plain data, for `campaign status --json`. */
import type { Redis } from 'ioredis';
import { CampaignServer, type WorkerRecord } from './campaign-server.js';
import { JobQueue, type QueueCounts } from './job-queue.js';
import type { LiveCampaign, LiveFinding } from './merge.js';
import { rangesOf } from './spec.js';
import { ALIVE_MS } from './work.js';

export interface CampaignStatus {
  readonly id: string;
  readonly state: 'complete' | 'running' | 'waiting' | 'failed';
  /** Why it cannot go on; null unless it has failed. */
  readonly problem: string | null;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly subject: string;
  readonly commit: string | null;
  readonly seed: number;
  readonly profile: string;
  readonly runs: number;
  readonly ranges: number;
  readonly rangesDone: number;
  /** Runs whose results are merged, in the order of their indices. */
  readonly runsMerged: number;
  readonly jobs: QueueCounts;
  /** Processes that gave a sign of life in the last seconds. */
  readonly workers: readonly WorkerRecord[];
  readonly findings: readonly LiveFinding[];
}

/** A worker that is silent for this time is gone. */
const GONE_MS = 4 * ALIVE_MS;

/** @throws InputError if there is no such campaign */
export async function campaignStatus(redis: Redis, id: string): Promise<CampaignStatus> {
  const server = new CampaignServer(redis, id);
  const spec = await server.spec();
  const queue = new JobQueue(redis, id);
  try {
    const [isComplete, problem, startedMs, rangesDone, jobs, live, workers] = await Promise.all([
      server.isComplete(),
      server.problem(),
      server.startedMs(),
      server.rangesDone(),
      queue.counts(),
      server.live(),
      server.workers(),
    ]);
    const seen = workers.filter(({ seenMs }) => Date.now() - seenMs < GONE_MS);
    const { runs, findings } = live === undefined ? NOTHING : (JSON.parse(live) as LiveCampaign);
    return {
      id,
      state: isComplete
        ? 'complete'
        : problem !== undefined
          ? 'failed'
          : seen.length > 0
            ? 'running'
            : 'waiting',
      problem: problem ?? null,
      startedAt: new Date(startedMs).toISOString(),
      subject: spec.subject.wasmLabel,
      commit: spec.commit,
      seed: spec.seed,
      profile: spec.profile,
      runs: spec.runs,
      ranges: rangesOf(spec),
      rangesDone,
      runsMerged: runs,
      jobs,
      workers: seen,
      findings,
    };
  } finally {
    await queue.close();
  }
}

const NOTHING: Pick<LiveCampaign, 'runs' | 'findings'> = { runs: 0, findings: [] };

/** Removes a campaign with its jobs and results, and the code that no other campaign uses. @throws InputError if there is none */
export async function removeCampaign(redis: Redis, id: string): Promise<void> {
  const server = new CampaignServer(redis, id);
  const spec = await server.spec();
  const queue = new JobQueue(redis, id);
  try {
    await queue.remove();
  } finally {
    await queue.close();
  }
  await server.remove();
  const others = (await CampaignServer.list(redis)).map((other) =>
    new CampaignServer(redis, other.id).spec(),
  );
  const used = new Set((await Promise.all(others)).flatMap(codeOf));
  await CampaignServer.removeCode(
    redis,
    codeOf(spec).filter((hash) => !used.has(hash)),
  );
}

function codeOf({ subject }: Awaited<ReturnType<CampaignServer['spec']>>): readonly string[] {
  return subject.target === null ? [subject.wasmSha256] : [subject.wasmSha256, subject.target.sha256];
}

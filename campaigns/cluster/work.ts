/**
 * Works on a campaign: executes its jobs in threads, and merges the results if no other process does. It is approved by its id, which is
 * the hash of everything that is executed.
 */
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { Interrupted } from '../../harness/execution/stop-signal.js';
import { InputError } from '../../harness/input-error.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { openRunner } from '../subject/open-runner.js';
import { openSubject, subjectProfile, type SubjectSpec } from '../subject/subject.js';
import { executeRun } from './first-run.js';
import { CampaignServer } from './campaign-server.js';
import { ThreadPool, type JobExecutor } from './executor.js';
import { JobImpossible, JobQueue, startJobWorker, type ClusterJob, type JobWorker } from './job-queue.js';
import { mergeCampaign } from './merge.js';
import { differenceOf, runtimeHere } from './runtime.js';
import { rangeAt, type CampaignSpec } from './spec.js';
import { receivedSubject } from './transported-subject.js';

export interface WorkOptions {
  readonly redis: Redis;
  /** The approved id. */
  readonly id: string;
  readonly threads: number;
  readonly toolVersion: string;
  readonly onEvent: (event: WorkEvent) => void;
  /** The compiled module of the threads. Default: the one of this package. */
  readonly threadModule?: URL;
}

export type WorkEvent =
  | { readonly type: 'started'; readonly spec: CampaignSpec; readonly threads: number }
  /** After every job: number of jobs, and of runs, that this process executed. */
  | { readonly type: 'executed'; readonly ranges: number; readonly runs: number; readonly shrunk: number };

export interface Working {
  /**
   * Resolves with whether the campaign is complete; it is not if the process was asked to stop.
   * @throws InputError if the campaign is declined or has a problem that no worker can solve
   */
  readonly done: Promise<boolean>;
  /** Gives the jobs back to the queue, and ends. */
  readonly stop: () => void;
}

const LEASE_MS = 10_000;
const LEASE_RENEW_MS = 3_000;
const POLL_MS = 500;
/** Milliseconds between two signs of life. */
export const ALIVE_MS = 2_000;

export function startWork(options: WorkOptions): Working {
  const controller = new AbortController();
  return { done: work(options, controller), stop: () => controller.abort() };
}

async function work(options: WorkOptions, controller: AbortController): Promise<boolean> {
  const { redis, id, threads, toolVersion, onEvent } = options;
  const server = new CampaignServer(redis, id);
  const spec = await server.spec();
  const difference = differenceOf(spec.runtime, runtimeHere(toolVersion));
  if (difference !== undefined) throw new InputError(`campaign ${id} is declined: ${difference}`);
  if (await server.isComplete()) return true;
  const subject = await receivedSubject(server, spec);
  const opened = await openSubject(subject);
  const runner = await openRunner(subject, opened, 'embedded');
  const profile = subjectProfile(spec.profile, opened);
  try {
    await requireSameFirstRun(spec, runner, profile, id);
    onEvent({ type: 'started', spec, threads });
    const executor = new ThreadPool(threadJob(spec, subject), options.threadModule);
    return await workWith({ ...options, server, spec, runner, profile, executor }, controller);
  } finally {
    await runner.replica.dispose();
  }
}

function threadJob({ profile, seed, rules }: CampaignSpec, subject: SubjectSpec) {
  return { subject, profile, seed, rules: rules ?? undefined };
}

type Profile = ReturnType<typeof subjectProfile>;

async function requireSameFirstRun(
  spec: CampaignSpec,
  runner: ScheduleRunner,
  profile: Profile,
  id: string,
): Promise<void> {
  const traceHash = await executeRun(runner, { profile, seed: spec.seed }, 0);
  if (traceHash !== spec.firstTraceHash)
    throw new InputError(
      `campaign ${id} is declined: its first run has another history here (${traceHash.slice(0, 12)}) than where it was started (${spec.firstTraceHash.slice(0, 12)})`,
    );
}

export interface WorkParts extends Pick<WorkOptions, 'redis' | 'id' | 'threads' | 'onEvent'> {
  readonly server: CampaignServer;
  readonly spec: CampaignSpec;
  readonly runner: ScheduleRunner;
  readonly profile: Profile;
  readonly executor: JobExecutor;
}

/** Works with the executor until the campaign is complete or the controller aborts. */
export async function workWith(parts: WorkParts, controller: AbortController): Promise<boolean> {
  const { redis, id, threads, server, executor } = parts;
  const name = `${hostname()}-${process.pid}-${id.slice(0, 8)}`;
  const queue = new JobQueue(redis, id);
  const jobs = startJobs(parts);
  controller.signal.addEventListener('abort', () => executor.stop());
  const alive = async () => server.announce({ name, threads, seenMs: Date.now() });
  const timer = setInterval(() => void alive().catch(ignore), ALIVE_MS);
  try {
    await alive();
    return await mergeOrWait(parts, { queue, name, controller });
  } finally {
    clearInterval(timer);
    await jobs.close();
    await executor.close();
    await queue.close();
    await server.leave(name);
  }
}

function startJobs({ redis, id, threads, server, spec, executor, onEvent }: WorkParts): JobWorker {
  const executed = { ranges: 0, runs: 0, shrunk: 0 };
  const execute = async (job: ClusterJob): Promise<void> => {
    if (await server.isComplete()) return;
    if (job.type === 'range') {
      if (await server.hasRange(job.index)) return;
      const range = rangeAt(spec, job.index);
      await server.putRange(job.index, Buffer.from(await executor.range(range)));
      executed.ranges++;
      executed.runs += range.count;
    } else {
      const failure = await server.failure(job.key);
      if (failure === undefined) throw new JobImpossible('the server lacks the failure to shrink');
      await server.putShrunk(job.key, Buffer.from(await executor.shrink(failure)));
      executed.shrunk++;
    }
    onEvent({ type: 'executed', ...executed });
  };
  const onFailed = (job: ClusterJob, line: string) => {
    const what = job.type === 'range' ? `range ${job.index}` : 'shrinking a failure';
    void server.putProblem(`${what} failed: ${line}`);
  };
  return startJobWorker({ redis, id, concurrency: threads, execute, onFailed });
}

function ignore(): void {
  // The next attempt follows soon.
}

interface Merging {
  readonly queue: JobQueue;
  readonly name: string;
  readonly controller: AbortController;
}

/** Merges whenever no other process does. Returns whether the campaign is complete. */
async function mergeOrWait(parts: WorkParts, { queue, name, controller }: Merging): Promise<boolean> {
  const { server, id } = parts;
  while (!controller.signal.aborted) {
    if (await server.isComplete()) return true;
    const problem = await server.problem();
    if (problem !== undefined) throw new InputError(`campaign ${id}: ${problem}`);
    if (await server.acquireLease(name, LEASE_MS)) await mergeWithLease(parts, { queue, name, controller });
    else await sleep(POLL_MS);
  }
  return server.isComplete();
}

async function mergeWithLease(parts: WorkParts, { queue, name, controller }: Merging): Promise<void> {
  const { server } = parts;
  let isLost = false;
  const renew = async () => {
    if (!(await server.renewLease(name, LEASE_MS))) isLost = true;
  };
  const timer = setInterval(() => void renew().catch(ignore), LEASE_RENEW_MS);
  const signal = {
    get aborted() {
      return isLost || controller.signal.aborted;
    },
  };
  try {
    await mergeCampaign({ ...parts, queue, signal, clock: () => performance.now() });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  } finally {
    clearInterval(timer);
    await server.releaseLease(name);
  }
}

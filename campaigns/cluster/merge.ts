/**
 * Merges the results of a campaign in the order of its runs, as a campaign in one process does. At any time one process merges; if it
 * ends, another one begins again, and finds every shrunk failure on the server.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Profile } from '../../generators/profile.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { Interrupted, type StopSignal } from '../../harness/execution/stop-signal.js';
import { InputError } from '../../harness/input-error.js';
import { selectionOf } from '../../harness/judgement/applicable-rules.js';
import { RunSeries } from '../../reports/documents/run-series.js';
import { CampaignAggregator, type AggregatorOptions } from '../campaign/aggregator.js';
import type { Finding, Progress } from '../campaign/campaign-result.js';
import type { ShrinkInput, Shrunk } from '../campaign/campaign-shrink.js';
import type { RunResult } from '../campaign/run-result.js';
import type { RunMessage } from '../run/job.js';
import type { CampaignServer } from './campaign-server.js';
import { decodeData, encodeData } from './encoding.js';
import type { JobQueue } from './job-queue.js';
import { shrinkKey } from './shrink-task.js';
import { rangesOf, type CampaignSpec } from './spec.js';

/** What `campaign status` shows of the merged part. */
export interface LiveCampaign {
  readonly runs: number;
  readonly schedulesPerSecond: number;
  /** Failures that are shrunk or being shrunk, by cause. */
  readonly findings: readonly LiveFinding[];
}

export interface LiveFinding {
  readonly id: number;
  readonly fingerprint: string;
  readonly severity: string;
  /** Of the shortest schedule so far. */
  readonly steps: number;
  readonly isMinimal: boolean;
}

/** The messages of a complete campaign, as a run in one process sends them. */
export interface CampaignOutcome {
  readonly messages: readonly RunMessage[];
}

export interface MergeOptions {
  readonly server: CampaignServer;
  readonly queue: JobQueue;
  readonly spec: CampaignSpec;
  /** Executes nothing here: its target and its replica say what the results mean. */
  readonly runner: ScheduleRunner;
  readonly profile: Profile;
  /** Aborted if the process stops, or loses the right to merge. */
  readonly signal: StopSignal;
  /** Milliseconds since any fixed point in time. */
  readonly clock: () => number;
}

/** Milliseconds between two looks at what is missing. */
const POLL_MS = 50;
/** A job that is missing for this time is looked for in the queue, in milliseconds. A server that was restarted may have lost it. */
const ENSURE_MS = 5_000;
const LIVE_MS = 500;
/** Ranges that are fetched in one request. */
const FETCH = 16;
/** Ranges that are added again at once. */
const ENSURED = 1_000;

/**
 * Takes the ranges as they arrive, and stores the outcome when the campaign is complete.
 * @throws Interrupted if the signal is aborted; InputError if a job has failed for good
 */
export async function mergeCampaign(options: MergeOptions): Promise<void> {
  const { server, queue } = options;
  const record = new MergeRecord(options);
  const series = new RunSeries();
  const aggregator = new CampaignAggregator({
    ...campaignOptions(options),
    ...record.listeners,
    onResult: ({ measurements }) => series.add(measurements),
    shrinkElsewhere: (input) => shrinkOnServer(input, options),
  });
  for await (const range of rangesInOrder(options)) {
    await aggregator.takeAll(range);
    if (aggregator.isOver) break;
  }
  aggregator.workers = (await server.workers()).length;
  const result = await aggregator.finish({ isInterrupted: false });
  record.messages.push({ type: 'result', result, series: series.points() });
  const { name, version } = options.runner.replica.info;
  const outcome: CampaignOutcome = {
    messages: [{ type: 'started', replica: { name, version } }, ...record.messages],
  };
  await record.flush();
  await server.putOutcome(encodeData(outcome));
  await queue.drain();
}

export function campaignOptions({
  spec,
  runner,
  profile,
  clock,
}: Pick<MergeOptions, 'spec' | 'runner' | 'profile' | 'clock'>): AggregatorOptions {
  const { seed, subject, findingsMax, shrinkMsMax, accepted, rules, runtime } = spec;
  return {
    ...{ runner, profile, seed, findingsMax, accepted, clock },
    wasmSha256: subject.wasmSha256,
    fault: subject.fault ?? undefined,
    toolVersion: runtime.toolVersion,
    shrinkMsMax: shrinkMsMax ?? undefined,
    rules: selectionOf(rules ?? undefined),
  };
}

/** The results of the ranges, the first one first, as soon as they are there. */
async function* rangesInOrder({
  server,
  queue,
  spec,
  signal,
  clock,
}: MergeOptions): AsyncGenerator<readonly RunResult[]> {
  const total = rangesOf(spec);
  for (let index = 0; index < total;) {
    const wanted = Array.from({ length: Math.min(FETCH, total - index) }, (_, place) => index + place);
    const arrived = await waitFor(
      { server, signal, clock },
      {
        get: async () => {
          const [first, ...rest] = await server.ranges(wanted);
          return first === undefined ? undefined : [first, ...rest];
        },
        ensure: async () => addMissingRanges(server, queue, { first: index, total }),
      },
    );
    for (const bytes of arrived) {
      if (bytes === undefined) break;
      yield decodeData(bytes, `range ${index}`) as readonly RunResult[];
      index++;
    }
  }
}

/** Adds the jobs of ranges that have no results and are not in the queue. */
async function addMissingRanges(
  server: CampaignServer,
  queue: JobQueue,
  { first, total }: { readonly first: number; readonly total: number },
): Promise<void> {
  const indices = Array.from({ length: Math.min(ENSURED, total - first) }, (_, place) => first + place);
  const results = await server.rangesPresent(indices);
  await queue.add(
    indices.filter((_, place) => results[place] !== true).map((index) => ({ type: 'range', index })),
  );
}

async function shrinkOnServer(
  input: ShrinkInput,
  { server, queue, signal, clock }: MergeOptions,
): Promise<Shrunk> {
  const key = shrinkKey(input);
  const job = { type: 'shrink', key } as const;
  const get = async () => server.shrunk(key);
  if ((await get()) === undefined) {
    await server.putFailure(key, encodeData(input));
    await queue.add([job]);
  }
  const bytes = await waitFor({ server, signal, clock }, { get, ensure: async () => queue.add([job]) });
  return decodeData(bytes, 'a shrunk failure') as Shrunk;
}

interface Awaited<T> {
  readonly get: () => Promise<T | undefined>;
  /** Adds the job again if the queue lacks it. */
  readonly ensure: () => Promise<void>;
}

async function waitFor<T>(
  { server, signal, clock }: Pick<MergeOptions, 'server' | 'signal' | 'clock'>,
  { get, ensure }: Awaited<T>,
): Promise<T> {
  let ensureAt = clock() + ENSURE_MS;
  for (;;) {
    if (signal.aborted) throw new Interrupted();
    const value = await get();
    if (value !== undefined) return value;
    const problem = await server.problem();
    if (problem !== undefined) throw new InputError(`campaign ${server.id}: ${problem}`);
    if (clock() >= ensureAt) {
      await ensure();
      ensureAt = clock() + ENSURE_MS;
    }
    await sleep(POLL_MS);
  }
}

/** The messages of the campaign, and what is shown of it while it runs. */
class MergeRecord {
  readonly messages: RunMessage[] = [];
  readonly #server: CampaignServer;
  readonly #clock: () => number;
  readonly #live = new Map<number, LiveFinding>();
  #progress: Pick<Progress, 'runs' | 'schedulesPerSecond'> = { runs: 0, schedulesPerSecond: 0 };
  #liveAt = -Infinity;
  #sent: Promise<void> = Promise.resolve();

  constructor({ server, clock }: Pick<MergeOptions, 'server' | 'clock'>) {
    this.#server = server;
    this.#clock = clock;
  }

  get listeners(): Pick<AggregatorOptions, 'onProgress' | 'onFailing' | 'onDismissed' | 'onFinding'> {
    return {
      onProgress: ({ runs, schedulesPerSecond }) => {
        this.#progress = { runs, schedulesPerSecond };
        this.#show();
      },
      onFailing: (counterexample, id) => {
        this.messages.push({ type: 'failing', id, counterexample });
        const { fingerprint = '', severity = '', schedule, isMinimal } = counterexample;
        this.#live.set(id, { id, fingerprint, severity, steps: schedule.steps.length, isMinimal });
        this.#show(true);
      },
      onDismissed: (id) => {
        this.messages.push({ type: 'dismissed', id });
        this.#live.delete(id);
      },
      onFinding: (finding: Finding) => void this.messages.push({ type: 'finding', finding }),
    };
  }

  /** Resolves when everything is shown. */
  async flush(): Promise<void> {
    this.#show(true);
    await this.#sent;
  }

  #show(isUrgent = false): void {
    const now = this.#clock();
    if (!isUrgent && now - this.#liveAt < LIVE_MS) return;
    this.#liveAt = now;
    const live: LiveCampaign = { ...this.#progress, findings: [...this.#live.values()] };
    this.#sent = this.#sent.then(async () => this.#server.putLive(JSON.stringify(live)));
  }
}

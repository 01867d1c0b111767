/**
 * Entry of the command `explore`: the orders of workloads in a worker thread, and their report.
 *
 * - `job.ts`: the job and the messages of the thread; `worker.ts`: the thread.
 * - `workload-source.ts`: reads what the user names: a workload, a file, a counterexample.
 */
import {
  EXPLORE_FORMAT_VERSION,
  type ExploredFinding,
  type ExploredWorkload,
  type ExploreReport,
} from '../../reports/documents/explore-report.js';
import { bySeverity } from '../../harness/evidence/severity.js';
import { reportedFinding } from '../campaign/reported-finding.js';
import { environmentNow } from '../environment.js';
import { startThreadJob, type ThreadJob } from '../threads/thread-job.js';
import type { ExploreConfirmation, ExploreFinding, ExploreJob, ExploreMessage } from './job.js';

export interface RunningExploration extends Pick<ThreadJob, 'stop'> {
  /**
   * The report, complete or cut short.
   * @throws InputError if the canister cannot be set up or the workload does not fit it
   */
  readonly report: Promise<ExploreReport>;
}

/** @param onMessage receives progress and findings as they arrive */
export function startExploration(
  job: ExploreJob,
  onMessage: (message: ExploreMessage) => void,
): RunningExploration {
  const record = new ExploreRecord(job);
  const thread = startThreadJob<ExploreJob, ExploreMessage>({
    room: 'explore',
    job,
    onMessage: (message) => {
      record.take(message);
      onMessage(message);
    },
  });
  return { report: thread.done.then(() => record.report(thread.isStopped)), stop: thread.stop };
}

class ExploreRecord {
  readonly #job: ExploreJob;
  readonly #started = new Date();
  #opened: Extract<ExploreMessage, { type: 'started' }> | undefined;
  #progress: Extract<ExploreMessage, { type: 'progress' }> | undefined;
  #seconds: number | undefined;
  #unknowns = 0;
  readonly #workloads: ExploredWorkload[] = [];
  readonly #found: ExploreFinding[] = [];
  #confirmation: ExploreConfirmation | undefined;

  constructor(job: ExploreJob) {
    this.#job = job;
  }

  take(message: ExploreMessage): void {
    switch (message.type) {
      case 'started':
        this.#opened = message;
        break;
      case 'progress':
        this.#progress = message;
        break;
      case 'workload':
        this.#workloads.push(message.workload);
        this.#unknowns += message.unknowns;
        this.#progress = undefined;
        break;
      case 'explored':
        this.#seconds = message.seconds;
        break;
      case 'finding':
        this.#found.push(message.found);
        break;
      case 'confirming':
        break;
      case 'confirmed':
        this.#confirmation = message.confirmation;
    }
  }

  report(wasStopped: boolean): ExploreReport {
    const { subject, strategy, seed, toolVersion } = this.#job;
    const totals = this.#totals();
    const expected = this.#job.source.kind === 'generated' ? this.#job.source.count : 1;
    const isComplete =
      !wasStopped && this.#workloads.length === expected && this.#workloads.every(({ complete }) => complete);
    const isFailing = this.#found.length > 0 || totals.failing > 0;
    return {
      formatVersion: EXPLORE_FORMAT_VERSION,
      kind: 'explore',
      tool: { name: 'upload-stress', version: toolVersion },
      startedAt: this.#started.toISOString(),
      durationMs: Date.now() - this.#started.getTime(),
      environment: environmentNow(),
      wasm: { file: subject.wasmLabel, sha256: subject.wasmSha256, fault: subject.fault ?? null },
      target: this.#opened?.target ?? '',
      replica: this.#opened?.replica ?? { name: 'embedded', version: '' },
      workload: this.#workloadName(),
      strategy,
      seed,
      ...totals,
      complete: isComplete,
      boundedBy: isComplete ? null : this.#bound(wasStopped, totals.givenUp),
      verdict: isFailing ? 'invalid' : this.#unknowns > 0 || totals.orders === 0 ? 'unknown' : 'valid',
      unknowns: this.#unknowns,
      interrupted: wasStopped,
      confirmation: {
        replica: this.#confirmation?.replica ?? null,
        reason:
          this.#confirmation?.reason ?? (isFailing ? 'it was interrupted' : 'there is nothing to confirm'),
      },
      findings: this.#findings(),
      seconds: this.#seconds ?? (this.#progress?.elapsedMs ?? 0) / 1000,
      workloads: this.#workloads,
    };
  }

  #findings(): readonly ExploredFinding[] {
    const { subject } = this.#job;
    return this.#found
      .map(({ finding, workload, original, timeline, choice }, index): ExploredFinding => ({
        ...reportedFinding(finding, {
          subject,
          original,
          timeline,
          confirmed: this.#confirmation?.findings[index],
        }),
        workload,
        choice: choice ?? null,
      }))
      .sort((a, b) => bySeverity(a.severity, b.severity));
  }

  #workloadName(): string {
    const { source } = this.#job;
    switch (source.kind) {
      case 'named':
        return source.name;
      case 'given':
        return source.workload.name;
      case 'generated':
        return `generated (${source.count})`;
    }
  }

  /** The workloads that ended, and the one that was running. */
  #totals() {
    const running = this.#progress?.coverage;
    const all = [...this.#workloads, ...(running === undefined ? [] : [running])];
    const sum = (of: (one: (typeof all)[number]) => number) => all.reduce((total, one) => total + of(one), 0);
    const recognises = this.#job.strategy === 'depth-first' && this.#job.recognisesStates;
    return {
      orders: sum(({ orders }) => orders),
      executed: sum(({ executed }) => executed),
      states: recognises ? sum(({ states }) => states ?? 0) : null,
      messages: Math.max(0, ...all.map(({ messages }) => messages)),
      givenUp: sum(({ givenUp }) => givenUp),
      failing: sum(({ failing }) => failing),
    };
  }

  #bound(wasStopped: boolean, givenUp: number): string {
    const { strategy, ordersMax, budgetMs, findingsMax } = this.#job;
    if (wasStopped) return 'an interruption';
    const elapsedMs = (this.#seconds ?? 0) * 1000;
    if (budgetMs !== undefined && elapsedMs >= budgetMs) return 'the time limit';
    if (this.#found.length >= findingsMax) return 'the number of findings';
    if (givenUp > 0 && strategy === 'depth-first') return 'orders without an end';
    return ordersMax === undefined ? `the strategy ${strategy}` : 'the number of orders';
  }
}

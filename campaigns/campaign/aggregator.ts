/**
 * Makes the result of a campaign from the results of its runs, which it takes in the order of their indices. It does not matter where
 * and in which order they were executed, so the result depends on the seed and the number of runs only.
 */
import { PROFILES, type Profile } from '../../generators/profile.js';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import { skippedRelations } from '../../harness/relations/examine.js';
import { acceptanceOf } from './accepted-deviations.js';
import type { CampaignOptions } from './campaign-options.js';
import type { CampaignResult, Finding, Progress } from './campaign-result.js';
import type { Failure } from './campaign-shrink.js';
import { CampaignTally } from './campaign-tally.js';
import { counterexampleOf } from './counterexample-of.js';
import { FindingCollector, type CounterexampleParts } from './finding-collector.js';
import type { RunResult } from './run-result.js';

/** The runner shrinks failures; it need not have executed the runs. */
export type AggregatorOptions = Omit<CampaignOptions, 'runs' | 'onRun' | 'determinismEvery' | 'startRuns'>;

const FINDINGS_MAX_DEFAULT = 20;
/** Milliseconds between two progress reports. */
const PROGRESS_MS = 100;

export class CampaignAggregator {
  /** Number of threads that execute the runs. */
  workers = 1;
  readonly #options: AggregatorOptions;
  readonly #profile: Profile;
  readonly #clock: () => number;
  readonly #started: number;
  readonly #tally: CampaignTally;
  readonly #collector: FindingCollector;
  #lastProgress = -Infinity;
  #isInterrupted = false;

  constructor(options: AggregatorOptions) {
    this.#options = options;
    this.#profile = options.profile ?? PROFILES.default;
    this.#tally = new CampaignTally(options.runner.target);
    this.#clock = options.clock ?? (() => performance.now());
    this.#started = this.#clock();
    this.#collector = new FindingCollector({
      ...options,
      findingsMax: options.findingsMax ?? FINDINGS_MAX_DEFAULT,
      clock: this.#clock,
      exploredCalls: () => this.#tally.operationsTotal,
      isAccepted: (fingerprint) => acceptanceOf(fingerprint, options.accepted) !== undefined,
      counterexampleOf: (failure, parts) => this.#counterexample(failure, parts),
      onShrinking: (shrinking) => this.#reportProgress(false, shrinking),
    });
  }

  /** Index of the run to take next. */
  get nextRun(): number {
    return (this.#options.firstRun ?? 0) + this.#tally.runs;
  }

  /** Whether what was taken ends the campaign: enough findings, or something that did not end in time. No further run counts. */
  get isOver(): boolean {
    return this.#isInterrupted || this.#isCutShort;
  }

  /** Milliseconds that are left of the budget; Infinity without one. */
  get budgetMsLeft(): number {
    return (this.#options.budgetMs ?? Infinity) - this.#elapsedMs();
  }

  /** Takes the run with index `nextRun`, and shrinks its failures unless a known cause explains them. */
  async take(run: RunResult): Promise<void> {
    if (run.runIndex !== this.nextRun)
      throw new Error(`run ${run.runIndex} is out of order: ${this.nextRun} is next`);
    this.#tally.add(run);
    this.#options.onResult?.(run);
    for (const failure of run.failures) await this.#collector.take(failure, run.runIndex);
    if (run.checksRelations && !this.#collector.isFull) {
      this.#tally.relationChecks++;
      for (const failure of run.relationFailures) await this.#collector.take(failure, run.runIndex);
    }
    if (run.overdue !== undefined) this.#tally.addOverdue(run.overdue, run);
    this.#isInterrupted ||= run.isInterrupted === true;
    this.#reportProgress();
  }

  /** Takes runs from `nextRun` on, until the campaign is over. */
  async takeAll(runs: readonly RunResult[]): Promise<void> {
    for (const run of runs) {
      if (this.isOver) return;
      await this.take(run);
    }
  }

  /**
   * Shrinks what is left, and returns the result. Call it once, after the last run.
   * @param isInterrupted whether a run was stopped before its end
   */
  async finish({ isInterrupted }: { readonly isInterrupted: boolean }): Promise<CampaignResult> {
    const isCutShort = this.#isCutShort;
    const findings = await this.#collector.finish();
    this.#isInterrupted ||= isInterrupted || this.#options.signal?.aborted === true;
    this.#reportProgress(true);
    const isComplete = !this.#isInterrupted && !isCutShort;
    return { ...this.#result(findings), isComplete, workers: this.workers };
  }

  get #isCutShort(): boolean {
    return this.#collector.isFull || this.#tally.overdue !== undefined;
  }

  #elapsedMs(): number {
    return this.#clock() - this.#started;
  }

  #counterexample(failure: Failure, parts: CounterexampleParts): Counterexample {
    const { seed } = this.#options;
    return counterexampleOf(failure, parts, this.#options, { profile: this.#profile.name, seed });
  }

  // ---- progress and result ----

  #reportProgress(isLast = false, shrinking?: Progress['shrinking']): void {
    const now = this.#clock();
    if (!isLast && now - this.#lastProgress < PROGRESS_MS) return;
    this.#lastProgress = now;
    const { runs, operations, operationsTotal } = this.#tally;
    this.#options.onProgress?.({
      runs,
      operations,
      operationsTotal,
      findings: this.#collector.count,
      ...this.#pace(),
      workers: this.workers,
      shrinking,
    });
  }

  #pace() {
    const elapsedMs = this.#elapsedMs();
    return { elapsedMs, schedulesPerSecond: elapsedMs > 0 ? (this.#tally.runs * 1000) / elapsedMs : 0 };
  }

  #result(findings: readonly Finding[]): Omit<CampaignResult, 'isComplete' | 'workers'> {
    const { seed, firstRun = 0, wasmSha256, fault, userFile, accepted, rules } = this.#options;
    const { replica, target } = this.#options.runner;
    const tally = this.#tally;
    const isFailed = findings.some(({ fingerprint }) => acceptanceOf(fingerprint, accepted) === undefined);
    return {
      verdict: isFailed ? 'invalid' : tally.unknowns.runs > 0 ? 'unknown' : 'valid',
      isInterrupted: this.#isInterrupted,
      runs: tally.runs,
      seed,
      firstRun,
      profile: this.#profile.name,
      target: target.name,
      wasmSha256,
      fault,
      replica: { name: replica.info.name, version: replica.info.version },
      operations: tally.operations,
      operationsTotal: tally.operationsTotal,
      ...this.#pace(),
      digest: tally.digest,
      findings,
      unknowns: tally.unknowns,
      overdue: tally.overdue,
      determinismChecks: tally.determinismChecks,
      relations: {
        runs: tally.relationChecks,
        skipped: skippedRelations(target, replica.info, rules),
      },
      states: tally.states,
      memory: tally.memory,
      userFileReadBacks: userFile === undefined ? undefined : tally.userFileReadBacks,
      userFileFailure: tally.userFileFailure,
      neverSucceeded: tally.neverSucceeded,
    };
  }
}

/**
 * A campaign generates schedules from a seed, runs and judges each, and shrinks and saves the ones that fail. Its schedules depend only
 * on profile, seed, and run index; the clock only decides when the campaign ends.
 */
import { PROFILES, type Profile } from '../../generators/profile.js';
import { scheduleFor } from '../../generators/schedule-for.js';
import type { Abilities } from '../../generators/schedule.js';
import { userFileSchedule, type UserFile } from '../../generators/user-file.js';
import type { Schedule } from '../../model/schedule.js';
import { abilitiesOf } from './abilities.js';
import type { CampaignResult, Finding, Progress } from './campaign-result.js';
import { CampaignTally } from './campaign-tally.js';
import { counterexampleOf } from './counterexample-of.js';
import { relationsEvery } from './relations-every.js';
import type { Failure } from './campaign-shrink.js';
import { acceptanceOf, type AcceptedDeviation } from './accepted-deviations.js';
import { FindingCollector, type CounterexampleParts } from './finding-collector.js';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import type { History } from '../../harness/history/history.js';
import type { RuleSelection } from '../../harness/judgement/applicable-rules.js';
import { judge, readerOption } from '../../harness/judgement/judge.js';
import { relationFailures, skippedRelations } from '../../harness/relations/examine.js';
import { determinismViolation } from '../../harness/counterexamples/replay.js';
import { Interrupted, type StopSignal } from '../../harness/execution/stop-signal.js';
import type { Verdict } from '../../harness/evidence/verdict.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { OverdueError } from '../../replicas/replica.js';

export interface CampaignOptions {
  readonly runner: ScheduleRunner;
  /** SHA-256 of the module under test, lower-case hex. */
  readonly wasmSha256: string;
  readonly fault?: string | undefined;
  /** Version of this program, for counterexamples. */
  readonly toolVersion?: string | undefined;
  readonly profile?: Profile;
  /** A safe integer. */
  readonly seed: number;
  /** Index of the first run, so that a campaign can be continued or split over processes. Default: 0. */
  readonly firstRun?: number;
  /** Number of runs. Default: set by the profile; unlimited if there is a budget. */
  readonly runs?: number | undefined;
  /** Time limit of the campaign, in milliseconds. */
  readonly budgetMs?: number | undefined;
  /** Number of findings after which the campaign ends, without accepted ones. Default: 20. */
  readonly findingsMax?: number | undefined;
  /** Deviations that do not count as failures. */
  readonly accepted?: readonly AcceptedDeviation[] | undefined;
  /**
   * Runs every n-th schedule twice and compares the traces; 0: never. Only on replicas that repeat a schedule exactly. Default: 50.
   */
  readonly determinismEvery?: number;
  /** Folder for counterexamples. Default: they are not saved. */
  readonly corpusFolder?: string | undefined;
  /** Number of schedules to execute for shrinking one finding. */
  readonly shrinkExecutionsMax?: number | undefined;
  /** Time limit for shrinking one finding, in milliseconds. */
  readonly shrinkMsMax?: number | undefined;
  /** A file of the user that every run uploads. */
  readonly userFile?: UserFile | undefined;
  /** The rules and relations to judge, of those that apply to the target; default: all. */
  readonly rules?: RuleSelection | undefined;
  readonly signal?: StopSignal | undefined;
  /** Milliseconds since any fixed point in time. Default: `performance.now`. */
  readonly clock?: () => number;
  readonly onProgress?: (progress: Progress) => void;
  /**
   * Called with a counterexample before it is shrunk and saved, so that it is not lost if the process ends meanwhile. Either
   * `onFinding` or `onDismissed` follows for the same id, unless the campaign throws.
   */
  readonly onFailing?: (counterexample: Counterexample, id: number) => void;
  /** Called if shrinking shows that a failure has the cause of an earlier finding. */
  readonly onDismissed?: (id: number) => void;
  readonly onFinding?: (finding: Finding) => void;
  /** Called after every run; the campaign waits for the promise. */
  readonly onRun?: (run: CampaignRun) => void | Promise<void>;
}

export interface CampaignRun {
  readonly runIndex: number;
  readonly schedule: Schedule;
  readonly history: History;
  readonly verdict: Verdict;
}

const DETERMINISM_EVERY_DEFAULT = 50;
const FINDINGS_MAX_DEFAULT = 20;
/** Milliseconds between two progress reports. */
const PROGRESS_MS = 100;

/**
 * @throws InputError if the canister cannot be set up or a schedule cannot be run on this replica; ReplicaError if the replica fails.
 * `onFinding` has been called with earlier findings.
 */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  return new Campaign(options).run();
}

class Campaign {
  readonly #options: CampaignOptions;
  readonly #runner: ScheduleRunner;
  readonly #profile: Profile;
  readonly #abilities: Abilities;
  readonly #clock: () => number;
  readonly #started: number;
  readonly #tally: CampaignTally;
  readonly #collector: FindingCollector;
  readonly #runsMax: number;
  /** Relations are checked on every n-th run. */
  readonly #relationsEvery: number;
  #lastProgress = -Infinity;
  #isInterrupted = false;
  /** Whether the number of findings ended the campaign. */
  #isCutShort = false;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#runner = options.runner;
    this.#tally = new CampaignTally(options.runner.target);
    this.#profile = options.profile ?? PROFILES.default;
    this.#abilities = abilitiesOf(options.runner.target, options.runner);
    this.#clock = options.clock ?? (() => performance.now());
    this.#started = this.#clock();
    this.#relationsEvery = relationsEvery(this.#runner, options.rules);
    this.#collector = new FindingCollector({
      ...options,
      findingsMax: options.findingsMax ?? FINDINGS_MAX_DEFAULT,
      clock: this.#clock,
      isAccepted: (fingerprint) => acceptanceOf(fingerprint, options.accepted) !== undefined,
      counterexampleOf: (failure, parts) => this.#counterexample(failure, parts),
      onShrinking: (shrinking) => this.#reportProgress(false, shrinking),
    });
    this.#runsMax = options.runs ?? (options.budgetMs === undefined ? this.#profile.runs : Infinity);
  }

  async run(): Promise<CampaignResult> {
    const { firstRun = 0 } = this.#options;
    try {
      for (let done = 0; done < this.#runsMax && !this.#isOver() && !this.#collector.isFull; done++) {
        await this.#runOne(firstRun + done);
        this.#reportProgress();
      }
    } catch (error) {
      if (error instanceof OverdueError) this.#tally.addOverdue(error.message);
      else if (error instanceof Interrupted) this.#isInterrupted = true;
      else throw error;
    }
    this.#isCutShort = this.#collector.isFull || this.#tally.overdue !== undefined;
    const findings = await this.#collector.finish();
    this.#isInterrupted ||= this.#options.signal?.aborted === true;
    this.#reportProgress(true);
    return this.#result(findings);
  }

  #elapsedMs(): number {
    return this.#clock() - this.#started;
  }

  #isOver(): boolean {
    const { signal, budgetMs = Infinity } = this.#options;
    return signal?.aborted === true || this.#elapsedMs() >= budgetMs;
  }

  async #runOne(runIndex: number): Promise<void> {
    const { signal, userFile, rules } = this.#options;
    const { target, reader } = this.#runner;
    const schedule = this.#scheduleOf(runIndex);
    const history = await this.#runner.run(schedule, signal);
    const verdict = judge(history, schedule, target, { ...readerOption(this.#runner), only: rules });
    this.#tally.add(schedule, history, verdict, { target, reader, userFile });
    await this.#options.onRun?.({ runIndex, schedule, history, verdict });
    const run = { schedule, history };
    if (verdict.kind === 'invalid')
      await this.#collector.take({ ...run, violations: verdict.violations }, runIndex);
    else await this.#checkDeterminism(runIndex, schedule, history);
    await this.#checkRelations(runIndex, run);
  }

  async #checkRelations(runIndex: number, run: Pick<CampaignRun, 'schedule' | 'history'>): Promise<void> {
    const { rules: only, signal } = this.#options;
    const every = this.#relationsEvery;
    if (every === Infinity || runIndex % every !== 0 || this.#collector.isFull) return;
    this.#tally.relationChecks++;
    for (const failure of await relationFailures(this.#runner, run, { only, signal }))
      await this.#collector.take(failure, runIndex);
  }

  #scheduleOf(runIndex: number): Schedule {
    const { seed, userFile } = this.#options;
    if (userFile !== undefined) return userFileSchedule(userFile, seed, runIndex, this.#abilities);
    return scheduleFor(this.#profile, seed, runIndex, this.#abilities);
  }

  async #checkDeterminism(runIndex: number, schedule: Schedule, first: History): Promise<void> {
    const { determinismEvery = DETERMINISM_EVERY_DEFAULT, signal } = this.#options;
    const { abilities } = this.#runner.replica.info;
    const repeatsExactly = abilities.has('snapshot') && abilities.has('delivery-order');
    if (!repeatsExactly || determinismEvery === 0 || runIndex % determinismEvery !== 0) return;
    const second = await this.#runner.run(schedule, signal);
    this.#tally.determinismChecks++;
    const violation = determinismViolation(first, second);
    if (violation !== undefined)
      await this.#collector.take({ schedule, history: first, violations: [violation] }, runIndex);
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
      shrinking,
    });
  }

  #pace() {
    const elapsedMs = this.#elapsedMs();
    return { elapsedMs, schedulesPerSecond: elapsedMs > 0 ? (this.#tally.runs * 1000) / elapsedMs : 0 };
  }

  #result(findings: readonly Finding[]): CampaignResult {
    const { seed, firstRun = 0, wasmSha256, fault, userFile, accepted } = this.#options;
    const { replica, target } = this.#runner;
    const tally = this.#tally;
    const isFailed = findings.some(({ fingerprint }) => acceptanceOf(fingerprint, accepted) === undefined);
    return {
      verdict: isFailed ? 'invalid' : tally.unknowns.runs > 0 ? 'unknown' : 'valid',
      isInterrupted: this.#isInterrupted,
      isComplete: !this.#isInterrupted && !this.#isCutShort,
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
      findings,
      unknowns: tally.unknowns,
      overdue: tally.overdue,
      determinismChecks: tally.determinismChecks,
      relations: {
        runs: tally.relationChecks,
        skipped: skippedRelations(target, replica.info, this.#options.rules),
      },
      states: tally.states,
      memory: tally.memory,
      userFileReadBacks: userFile === undefined ? undefined : tally.userFileReadBacks,
      userFileFailure: tally.userFileFailure,
      neverSucceeded: tally.neverSucceeded,
    };
  }
}

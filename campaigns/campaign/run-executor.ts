/** Executes, judges, and checks single runs of a campaign. A run depends on profile, seed, and index only, so it can execute anywhere. */
import type { Profile } from '../../generators/profile.js';
import { scheduleFor } from '../../generators/schedule-for.js';
import type { Abilities } from '../../generators/schedule.js';
import { userFileSchedule, type UserFile } from '../../generators/user-file.js';
import { determinismViolation } from '../../harness/counterexamples/replay.js';
import type { Verdict } from '../../harness/evidence/verdict.js';
import type { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import { Interrupted, type StopSignal } from '../../harness/execution/stop-signal.js';
import type { History } from '../../harness/history/history.js';
import type { RuleSelection } from '../../harness/judgement/applicable-rules.js';
import { judge, readerOption } from '../../harness/judgement/judge.js';
import { relationFailures } from '../../harness/relations/examine.js';
import { hasStates, statesReached } from '../../harness/state-coverage/states-reached.js';
import type { Schedule } from '../../model/schedule.js';
import { OverdueError } from '../../replicas/replica.js';
import { measurementsOf, NO_MEASUREMENTS } from '../../reports/documents/run-series.js';
import { abilitiesOf } from './abilities.js';
import { issuedOperations, OperationTally } from './operation-tally.js';
import { relationsEvery } from './relations-every.js';
import type { CampaignRun, RunFailure, RunResult } from './run-result.js';
import { userFileFailure } from './user-file-failure.js';

/** What decides the runs of a campaign. */
export interface RunSettings {
  readonly profile: Profile;
  /** Of the campaign, a safe integer. */
  readonly seed: number;
  /** The rules and relations to judge, of those that apply to the target; default: all. */
  readonly rules?: RuleSelection | undefined;
  /** Runs every n-th schedule twice and compares the traces; 0: never. Only on replicas that repeat a schedule exactly. Default: 50. */
  readonly determinismEvery?: number | undefined;
  /** A file of the user that every run uploads. */
  readonly userFile?: UserFile | undefined;
  readonly signal?: StopSignal | undefined;
}

export interface RunExecutorOptions extends RunSettings {
  readonly runner: ScheduleRunner;
  /** Called when a run has been judged; the run waits for the promise. */
  readonly onRun?: ((run: CampaignRun) => void | Promise<void>) | undefined;
}

const DETERMINISM_EVERY_DEFAULT = 50;

type Executed = Pick<RunFailure, 'schedule' | 'history'> & { readonly verdict: Verdict };
type Checks = Pick<
  RunResult,
  'failures' | 'relationFailures' | 'checksDeterminism' | 'checksRelations' | 'overdue' | 'isInterrupted'
>;

export class RunExecutor {
  readonly #options: RunExecutorOptions;
  readonly #abilities: Abilities;
  /** Every n-th run is executed twice. */
  readonly #determinismEvery: number;
  /** Relations are checked on every n-th run. */
  readonly #relationsEvery: number;

  constructor(options: RunExecutorOptions) {
    const { runner, rules, determinismEvery = DETERMINISM_EVERY_DEFAULT } = options;
    const { abilities } = runner.replica.info;
    const repeatsExactly = abilities.has('snapshot') && abilities.has('delivery-order');
    this.#options = options;
    this.#abilities = abilitiesOf(runner.target, runner);
    this.#determinismEvery = repeatsExactly && determinismEvery > 0 ? determinismEvery : Infinity;
    this.#relationsEvery = relationsEvery(runner, rules);
  }

  /** The schedule of a run, which is not executed. */
  scheduleOf(runIndex: number): Schedule {
    const { profile, seed, userFile } = this.#options;
    if (userFile !== undefined) return userFileSchedule(userFile, seed, runIndex, this.#abilities);
    return scheduleFor(profile, seed, runIndex, this.#abilities);
  }

  /**
   * @param schedule in place of the one that the seed gives
   * @throws Interrupted if asked to stop before the run was judged; InputError if the canister cannot be set up or the schedule cannot be
   * run on this replica; ReplicaError if the replica fails
   */
  async execute(runIndex: number, schedule = this.scheduleOf(runIndex)): Promise<RunResult> {
    const { runner, rules, signal } = this.#options;
    let history: History;
    try {
      history = await runner.run(schedule, signal);
    } catch (error) {
      if (error instanceof OverdueError) return overdueRun(runIndex, error.message);
      throw error;
    }
    const verdict = judge(history, schedule, runner.target, { ...readerOption(runner), only: rules });
    await this.#options.onRun?.({ runIndex, schedule, history, verdict });
    const executed = { schedule, history, verdict };
    return { ...this.#counts(runIndex, executed), ...(await this.#check(runIndex, executed)) };
  }

  #counts(runIndex: number, { schedule, history, verdict }: Executed): Omit<RunResult, keyof Checks> {
    const { runner, userFile } = this.#options;
    const { target, reader } = runner;
    const outcomes = new OperationTally();
    outcomes.add(history);
    const failure = userFile === undefined ? undefined : userFileFailure(history, userFile);
    return {
      runIndex,
      traceHash: history.traceHash,
      verdict: verdict.kind,
      ...(verdict.kind === 'unknown' ? { unknownReason: verdict.reason } : {}),
      operations: issuedOperations(history),
      outcomes: outcomes.counts,
      states: hasStates(target.promises) ? [...statesReached(history, schedule, target, reader)] : [],
      measurements: measurementsOf(history),
      ...(userFile === undefined ? {} : { userFile: failure === undefined ? {} : { failure } }),
    };
  }

  /** What further executions show. If one of them does not end or is stopped, the result has what was found before. */
  async #check(runIndex: number, executed: Executed): Promise<Checks> {
    const { schedule, history, verdict } = executed;
    const found: { failures: RunFailure[]; relationFailures: readonly RunFailure[] } = {
      failures: verdict.kind === 'invalid' ? [{ schedule, history, violations: verdict.violations }] : [],
      relationFailures: [],
    };
    const checksDeterminism = verdict.kind !== 'invalid' && isDue(runIndex, this.#determinismEvery);
    const checksRelations = isDue(runIndex, this.#relationsEvery);
    const checks = () => ({ ...found, checksDeterminism, checksRelations });
    try {
      if (checksDeterminism) found.failures.push(...(await this.#repeat(executed)));
      if (checksRelations) found.relationFailures = await this.#relations(executed);
    } catch (error) {
      if (error instanceof OverdueError) return { ...checks(), overdue: error.message };
      if (error instanceof Interrupted) return { ...checks(), isInterrupted: true };
      throw error;
    }
    return checks();
  }

  async #repeat({ schedule, history }: Executed): Promise<readonly RunFailure[]> {
    const { runner, signal } = this.#options;
    const violation = determinismViolation(history, await runner.run(schedule, signal));
    return violation === undefined ? [] : [{ schedule, history, violations: [violation] }];
  }

  #relations({ schedule, history }: Executed): Promise<readonly RunFailure[]> {
    const { runner, rules: only, signal } = this.#options;
    return relationFailures(runner, { schedule, history }, { only, signal });
  }
}

function overdueRun(runIndex: number, overdue: string): RunResult {
  return {
    runIndex,
    verdict: 'unknown',
    unknownReason: overdue,
    operations: {},
    outcomes: {},
    states: [],
    measurements: NO_MEASUREMENTS,
    failures: [],
    relationFailures: [],
    checksDeterminism: false,
    checksRelations: false,
    overdue,
  };
}

/** Whether something that happens on every n-th run, or never if n is Infinity, happens on this one. */
function isDue(runIndex: number, every: number): boolean {
  return every !== Infinity && runIndex % every === 0;
}

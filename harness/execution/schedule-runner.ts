/**
 * Runs each schedule on a fresh canister. On a replica with snapshots, a canister is installed and its callers are prepared once per set
 * of limits, and this state is restored before each schedule. On other replicas, each schedule gets a new canister.
 */
import type { FileReader } from '../../model/content.js';
import type { Limits, Schedule } from '../../model/schedule.js';
import { OverdueError, type PrincipalText, type Replica, type Snapshot } from '../../replicas/replica.js';
import type { Target } from '../../targets/target.js';
import { callerPrincipal } from './callers.js';
import type { InstalledSystem } from './canisters.js';
import { canonicalJson } from '../history/canonical-json.js';
import type { History } from '../history/history.js';
import { InputError } from '../input-error.js';
import { CALLERS_PREPARED_MIN, needsTokens } from './interfaces.js';
import { installSystem, prepareCaller, setUpSystem } from './install-system.js';
import { runSchedule, ScheduleRun, type PreparedCaller, type PreparedCanister } from './interpreter.js';
import { runOnService, type Service } from './service-runner.js';
import { callOnce, firstLine } from './set-up.js';
import { Interrupted, type StopSignal } from './stop-signal.js';

export interface ScheduleRunnerOptions {
  readonly replica: Replica;
  readonly target: Target;
  /** The module under test. */
  readonly wasm: Uint8Array;
  /** Names of seeded faults, separated by commas, for a build with faults. */
  readonly fault?: string | undefined;
  readonly reader?: FileReader | undefined;
  /** An existing service. If it is given, nothing is installed. */
  readonly service?: Service | undefined;
  /** The principal of a caller; default: `callerPrincipal`. */
  readonly principalOf?: (caller: number) => PrincipalText;
  /** Begins the wall-clock limit of a run. Default: none. */
  readonly timeLimit?: (() => TimeLimit) | undefined;
  /** Only on replicas with snapshots. */
  readonly setUpObserver?: SetUpObserver | undefined;
}

/** Learns when a canister is installed and its callers are prepared. Later schedules with the same needs begin from a snapshot. */
export interface SetUpObserver {
  readonly setUpBegins: () => void;
  /** `key` is the same for equal set-ups. A set-up that fails does not end. */
  readonly setUpEnds: (key: string) => void;
}

/** Aborted when the time is over. */
export interface TimeLimit extends StopSignal {
  /** The limit, for people: `600 s`. */
  readonly text: string;
}

/** The set-up that a schedule needs. */
interface Needs {
  readonly limits: Limits;
  readonly callers: number;
  /** Whether callers need tokens for the HTTP interface. */
  readonly withTokens: boolean;
  /** Whether each canister is on a subnet of its own. */
  readonly isApart: boolean;
}

interface SetUp {
  readonly prepared: PreparedCanister;
  readonly snapshot: Snapshot | undefined;
}

/** Snapshots share their pages. A campaign draws from fewer sets of limits than this. */
const SET_UPS_MAX = 32;

export class ScheduleRunner {
  readonly #options: ScheduleRunnerOptions;
  readonly #hasSnapshots: boolean;
  /** The replica before the first set-up, so that set-ups do not depend on earlier ones. */
  #pristine: Snapshot | undefined;
  #olderModule: Uint8Array | undefined;
  #callsIssued = 0;
  /** Least recently used first. */
  readonly #setUps = new Map<string, SetUp>();

  constructor(options: ScheduleRunnerOptions) {
    this.#options = options;
    this.#hasSnapshots = options.replica.info.abilities.has('snapshot');
  }

  get replica(): Replica {
    return this.#options.replica;
  }
  get target(): Target {
    return this.#options.target;
  }
  get reader(): FileReader | undefined {
    return this.#options.reader;
  }
  /** Number of calls in all histories so far: what the runs cost, in a measure that no machine changes. */
  get callsIssued(): number {
    return this.#callsIssued;
  }

  /**
   * Runs a schedule on a canister in the state after its set-up.
   * @throws Interrupted if asked to stop; OverdueError if a message or the schedule does not end in time; InputError if the canister
   * cannot be set up or the schedule cannot be run here
   */
  async run(schedule: Schedule, signal?: StopSignal): Promise<History> {
    const history = await this.#runInTime(schedule, signal);
    this.#callsIssued += history.events.filter(({ type }) => type === 'invoke').length;
    return history;
  }

  async #runInTime(schedule: Schedule, signal: StopSignal | undefined): Promise<History> {
    const limit = this.#options.timeLimit?.();
    if (limit === undefined) return this.#run(schedule, signal);
    const either = {
      get aborted() {
        return signal?.aborted === true || limit.aborted;
      },
    };
    try {
      return await this.#run(schedule, either);
    } catch (error) {
      if (!(error instanceof Interrupted) || signal?.aborted === true) throw error;
      throw new OverdueError(
        `the calls of a schedule of ${schedule.steps.length} steps did not end within ${limit.text}; it was ${error.progress ?? 'at its start'}`,
      );
    }
  }

  async #run(schedule: Schedule, signal: StopSignal | undefined): Promise<History> {
    const { replica, target, reader, service } = this.#options;
    if (service !== undefined) return runOnService(service, { replica, schedule, reader, signal });
    const prepared = await this.#fresh(schedule);
    return runSchedule({ ...prepared, replica, target, schedule, reader, signal });
  }

  /**
   * Begins a run that the caller drives. The steps of the schedule are not used.
   * @throws InputError if the canister cannot be set up
   */
  async start(schedule: Schedule, signal?: StopSignal): Promise<ScheduleRun> {
    const { replica, target, reader, service } = this.#options;
    if (service !== undefined) throw new InputError('the steps of a run cannot be chosen on a service');
    const prepared = await this.#fresh(schedule);
    const run = new ScheduleRun({ ...prepared, replica, target, schedule, reader, signal });
    await run.begin();
    return run;
  }

  async #fresh(schedule: Schedule): Promise<PreparedCanister> {
    const { limits, callers, from, subnets } = schedule;
    const isApart = subnets === 'apart';
    if (isApart) this.#requireSubnets();
    const count = Math.max(callers, CALLERS_PREPARED_MIN);
    const first = this.#firstModule(from);
    const withTokens = needsTokens(schedule);
    if (!this.#hasSnapshots)
      return this.#install(first, {
        limits,
        callers: withTokens ? count : callers,
        withTokens,
        isApart,
      });
    const key = canonicalJson([from ?? '', limits, count, withTokens, isApart]);
    const known = this.#setUps.get(key);
    const setUp = known ?? (await this.#setUp(key, first, { limits, callers: count, withTokens, isApart }));
    this.#setUps.delete(key);
    this.#setUps.set(key, setUp);
    const [oldest] = this.#setUps.keys();
    if (this.#setUps.size > SET_UPS_MAX && oldest !== undefined) this.#setUps.delete(oldest);
    if (known?.snapshot !== undefined) await this.#options.replica.restore(known.snapshot);
    return setUp.prepared;
  }

  #requireSubnets(): void {
    const { abilities, name } = this.#options.replica.info;
    if (!abilities.has('network'))
      throw new InputError(
        `schedule: its canisters are on several subnets, which replica ${name} does not support; use the replica embedded`,
      );
  }

  /** The module to install before the schedule. */
  #firstModule(from: Schedule['from']): Uint8Array {
    const { wasm, target } = this.#options;
    if (from === undefined) return wasm;
    this.#olderModule ??= target.olderModule?.();
    if (this.#olderModule !== undefined) return this.#olderModule;
    throw new InputError(
      'schedule: it starts on an earlier version of the canister, which the target does not have; use another target',
    );
  }

  async #setUp(key: string, first: Uint8Array, needs: Needs): Promise<SetUp> {
    const { replica, setUpObserver } = this.#options;
    setUpObserver?.setUpBegins();
    if (this.#pristine === undefined) this.#pristine = await replica.snapshot();
    else await replica.restore(this.#pristine);
    const prepared = await this.#install(first, needs);
    setUpObserver?.setUpEnds(key);
    return { prepared, snapshot: await replica.snapshot() };
  }

  async #install(
    first: Uint8Array,
    { limits, callers: count, withTokens, isApart }: Needs,
  ): Promise<PreparedCanister> {
    const { principalOf = callerPrincipal } = this.#options;
    const options = { ...this.#options, first, isApart };
    const system = await installSystem(options, limits);
    const principals = Array.from({ length: count }, (_, index) => principalOf(index));
    await setUpSystem(options, system, principals);
    const callers: PreparedCaller[] = [];
    for (const principal of principals) {
      const capsuleId = await prepareCaller(options, system, principal);
      const token = withTokens ? await this.#createToken(system, principal) : undefined;
      callers.push({ principal, capsuleId, token });
    }
    return { ...system, callers };
  }

  /** A bearer token for the caller. It is created before the schedule, so that every run of the schedule is the same. */
  async #createToken(system: InstalledSystem, caller: PrincipalText): Promise<string | undefined> {
    const { replica, target } = this.#options;
    if (target.http === undefined) return undefined;
    const outcome = await callOnce(replica, system, caller, target.http.createToken());
    try {
      return target.http.decodeToken(outcome);
    } catch (error) {
      throw new InputError(
        `a caller cannot be prepared: ${firstLine(error instanceof Error ? error.message : String(error))}`,
      );
    }
  }
}

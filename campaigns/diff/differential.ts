/**
 * Entry of the command `diff`: the same generated schedules on two replicas, until something differs.
 *
 * - `lockstep-replica.ts`: a replica whose clock and rounds the caller controls; `one-at-a-time.ts`: schedules that do not depend on order.
 * - `compare.ts`: the first difference between two runs.
 * - `difference-file.ts`: the file in which a difference is saved.
 */
import { PROFILES, type Profile } from '../../generators/profile.js';
import { scheduleFor } from '../../generators/schedule-for.js';
import { abilitiesOf } from '../campaign/abilities.js';
import { OperationTally } from '../campaign/operation-tally.js';
import { smokeLimits, smokeUpload, throwSmokeFailure } from '../smoke/smoke-upload.js';
import { minimise } from '../../harness/minimise/minimise.js';
import { ScheduleRunner } from '../../harness/execution/schedule-runner.js';
import type { StopSignal } from '../../harness/execution/stop-signal.js';
import type { Limits, Operation, Schedule } from '../../model/schedule.js';
import type { Ability, Replica, ReplicaInfo } from '../../replicas/replica.js';
import type { Target } from '../../targets/target.js';
import { firstDifference, type Difference, type SideRun } from './compare.js';
import { LockstepReplica } from './lockstep-replica.js';
import { oneAtATime } from './one-at-a-time.js';

export interface DifferentialOptions {
  /** Creates a fresh replica. */
  readonly createA: () => Promise<Replica>;
  readonly createB: () => Promise<Replica>;
  readonly target: Target;
  readonly wasm: Uint8Array;
  readonly fault?: string | undefined;
  readonly profile?: Profile;
  readonly seed: number;
  readonly runs: number;
  /** Maximum number of schedules to execute for shrinking; 0 disables it. */
  readonly shrinkExecutionsMax?: number;
  readonly signal?: StopSignal | undefined;
  /** Receives the number of compared schedules. */
  readonly onRun?: (done: number) => void;
  readonly onFound?: (runIndex: number, difference: Difference) => void;
}

export interface DifferentialResult {
  readonly a: Pick<ReplicaInfo, 'name' | 'version'>;
  readonly b: Pick<ReplicaInfo, 'name' | 'version'>;
  /** Number of schedules that both replicas executed, without shrinking. */
  readonly runs: number;
  readonly finding: DifferentialFinding | undefined;
  /** Operations that were issued often and never succeeded. Nothing is known about them. */
  readonly neverSucceeded: readonly Operation['op'][];
  /** True if the signal was aborted before the end. */
  readonly isInterrupted: boolean;
}

export interface DifferentialFinding {
  readonly runIndex: number;
  readonly difference: Difference;
  readonly schedule: Schedule;
  /** Number of steps before shrinking. */
  readonly originalSteps: number;
}

/** Every schedule creates a canister, so a replica is replaced before it holds much memory. */
const SCHEDULES_PER_REPLICA = 25;
const SHRINK_EXECUTIONS_MAX_DEFAULT = 150;

/**
 * @throws ReplicaError if a replica cannot be created or fails; InputError if the canister cannot be set up, or if the smoke upload fails
 */
export async function runDifferential(options: DifferentialOptions): Promise<DifferentialResult> {
  const pair = new Pair(options);
  try {
    return await search(options, pair);
  } finally {
    await pair.dispose();
  }
}

async function search(options: DifferentialOptions, pair: Pair): Promise<DifferentialResult> {
  const { target, seed, runs, signal, profile = PROFILES.quick } = options;
  const { a, b } = await pair.open();
  const abilities = abilitiesOf(target, a.runner);
  // A seeded fault may break every upload.
  if (options.fault === undefined) await pair.smoke(smokeLimits(profile, target));
  const resultOf = (done: number, finding?: DifferentialFinding): DifferentialResult => ({
    a: nameOf(a.info),
    b: nameOf(b.info),
    runs: done,
    finding,
    neverSucceeded: pair.neverSucceeded,
    isInterrupted: done < runs || finding !== undefined ? isStopped(signal) : false,
  });
  for (let runIndex = 0; runIndex < runs; runIndex++) {
    if (isStopped(signal)) return resultOf(runIndex);
    const schedule = oneAtATime(scheduleFor(profile, seed, runIndex, abilities));
    const difference = await pair.compare(schedule);
    options.onRun?.(runIndex + 1);
    if (difference === undefined) continue;
    options.onFound?.(runIndex, difference);
    return resultOf(runIndex + 1, await shrink(options, pair, { runIndex, schedule, difference }));
  }
  return resultOf(runs);
}

function isStopped(signal: StopSignal | undefined): boolean {
  return signal?.aborted === true;
}

function nameOf({ name, version }: ReplicaInfo): Pick<ReplicaInfo, 'name' | 'version'> {
  return { name, version };
}

/** Shrinks the schedule while the replicas differ in the same aspect. */
async function shrink(
  { signal, shrinkExecutionsMax = SHRINK_EXECUTIONS_MAX_DEFAULT }: DifferentialOptions,
  pair: Pair,
  found: Omit<DifferentialFinding, 'originalSteps'>,
): Promise<DifferentialFinding> {
  const originalSteps = found.schedule.steps.length;
  if (shrinkExecutionsMax === 0) return { ...found, originalSteps };
  let { difference } = found;
  const { schedule } = await minimise({
    schedule: found.schedule,
    executionsMax: shrinkExecutionsMax,
    shouldStop: () => isStopped(signal),
    fails: async (candidate) => {
      const again = await pair.compare(oneAtATime(candidate));
      if (again?.aspect !== found.difference.aspect) return false;
      difference = again;
      return true;
    },
  });
  const smallest = oneAtATime(schedule);
  return {
    ...found,
    schedule: smallest,
    difference: (await pair.compare(smallest)) ?? difference,
    originalSteps,
  };
}

interface Side {
  readonly info: ReplicaInfo;
  readonly replica: LockstepReplica;
  readonly runner: ScheduleRunner;
}

async function runOn({ runner, replica }: Side, schedule: Schedule): Promise<SideRun> {
  replica.takeObservations();
  const history = await runner.run(schedule);
  return {
    history,
    observations: replica.takeObservations(),
    stableMemory: await replica.latestStableMemory(),
  };
}

/** The two replicas, replaced after a number of schedules. */
class Pair {
  readonly #options: DifferentialOptions;
  #sides: { readonly a: Side; readonly b: Side } | undefined;
  #schedules = 0;
  readonly #operations = new OperationTally();

  constructor(options: DifferentialOptions) {
    this.#options = options;
  }

  get neverSucceeded(): DifferentialResult['neverSucceeded'] {
    return this.#operations.neverSucceeded;
  }

  /**
   * Runs the smoke upload on the first replica. Both are new afterwards, so that their clocks are the same.
   * @throws InputError if it fails
   */
  async smoke(limits: Limits): Promise<void> {
    const { a } = await this.open();
    const failure = await smokeUpload(a.runner, { limits });
    if (failure !== undefined) throwSmokeFailure(failure);
    await this.dispose();
  }

  async compare(schedule: Schedule): Promise<Difference | undefined> {
    if (++this.#schedules > SCHEDULES_PER_REPLICA) await this.dispose();
    const { a, b } = await this.open();
    const runA = await runOn(a, schedule);
    this.#operations.add(runA.history);
    const runB = await runOn(b, schedule);
    const difference = firstDifference(schedule, this.#options.target, runA, runB);
    // After a difference the clocks of the two may differ too.
    if (difference !== undefined) await this.dispose();
    return difference;
  }

  async open(): Promise<{ readonly a: Side; readonly b: Side }> {
    if (this.#sides !== undefined) return this.#sides;
    const a = await this.#options.createA();
    try {
      const b = await this.#options.createB();
      const common = new Set([...a.info.abilities].filter((ability) => b.info.abilities.has(ability)));
      return (this.#sides = { a: this.#side(a, common), b: this.#side(b, common) });
    } catch (error) {
      await a.dispose();
      throw error;
    }
  }

  async dispose(): Promise<void> {
    const sides = this.#sides;
    this.#sides = undefined;
    this.#schedules = 0;
    if (sides !== undefined) await Promise.all([sides.a.replica.dispose(), sides.b.replica.dispose()]);
  }

  #side(inner: Replica, common: ReadonlySet<Ability>): Side {
    const { target, wasm, fault } = this.#options;
    const replica = new LockstepReplica(inner, common);
    return { info: inner.info, replica, runner: new ScheduleRunner({ replica, target, wasm, fault }) };
  }
}

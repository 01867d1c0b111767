/**
 * Entry of the command `diff`: the same generated schedules on two replicas. A schedule in which they differ is grouped by cause, and the
 * first schedule of each cause is shrunk.
 *
 * - `lockstep-replica.ts`: a replica whose clock and rounds the caller controls.
 * - `compare.ts`: the first difference between two runs; `cause.ts`: its cause.
 * - `accepted-differences.ts`: causes that the user knows.
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
import type { DifferentialFinding, SeenDifference } from './finding.js';
import { LockstepReplica } from './lockstep-replica.js';
import type { AcceptedDifference } from './accepted-differences.js';
import { causeOf } from './cause.js';
import { Causes } from './causes.js';

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
  /** Causes that are counted only. */
  readonly accepted?: readonly AcceptedDifference[];
  /** Number of causes after which the comparison ends, those accepted not counted. Default 10. */
  readonly causesMax?: number;
  /** Number of schedules after which both replicas are replaced. Default 1. */
  readonly schedulesPerReplica?: number;
}

export interface DifferentialResult {
  readonly a: Pick<ReplicaInfo, 'name' | 'version'>;
  readonly b: Pick<ReplicaInfo, 'name' | 'version'>;
  /** Number of schedules that both replicas executed, without shrinking. */
  readonly runs: number;
  /** One for each cause, in the order of their first schedules. */
  readonly findings: readonly DifferentialFinding[];
  /** The accepted causes, with the number of schedules that show them. */
  readonly accepted: readonly SeenDifference[];
  /** Operations that were issued often and never succeeded. Nothing is known about them. */
  readonly neverSucceeded: readonly Operation['op'][];
  /** True if the signal was aborted before the end. */
  readonly isInterrupted: boolean;
}

/** In each round a server hashes the outcomes of all messages of the last 5 minutes, so rounds of a new instance are the cheapest. */
const SCHEDULES_PER_REPLICA_DEFAULT = 1;
const SHRINK_EXECUTIONS_MAX_DEFAULT = 150;
const CAUSES_MAX_DEFAULT = 10;

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
  const causes = new Causes({ causesMax: CAUSES_MAX_DEFAULT, ...options });
  let done = 0;
  while (done < runs && !isStopped(signal) && !causes.isFull) {
    const runIndex = done++;
    const schedule = scheduleFor(profile, seed, runIndex, abilities);
    const difference = await pair.compare(schedule);
    options.onRun?.(done);
    if (difference === undefined || !causes.count(difference)) continue;
    options.onFound?.(runIndex, difference);
    causes.add(await shrink(options, pair, { runIndex, schedule, difference }));
  }
  return {
    a: nameOf(a.info),
    b: nameOf(b.info),
    runs: done,
    findings: causes.findings,
    accepted: causes.accepted,
    neverSucceeded: pair.neverSucceeded,
    isInterrupted: isStopped(signal),
  };
}

function isStopped(signal: StopSignal | undefined): boolean {
  return signal?.aborted === true;
}

function nameOf({ name, version }: ReplicaInfo): Pick<ReplicaInfo, 'name' | 'version'> {
  return { name, version };
}

type Found = Pick<DifferentialFinding, 'runIndex' | 'difference' | 'schedule'>;
type Shrunk = Found & Pick<DifferentialFinding, 'originalSteps'>;

/** Shrinks the schedule while the difference has the same cause. */
async function shrink(
  { signal, shrinkExecutionsMax = SHRINK_EXECUTIONS_MAX_DEFAULT }: DifferentialOptions,
  pair: Pair,
  found: Found,
): Promise<Shrunk> {
  const originalSteps = found.schedule.steps.length;
  if (shrinkExecutionsMax === 0) return { ...found, originalSteps };
  let { difference } = found;
  const cause = causeOf(difference);
  const { schedule } = await minimise({
    schedule: found.schedule,
    executionsMax: shrinkExecutionsMax,
    shouldStop: () => isStopped(signal),
    fails: async (candidate) => {
      const again = await pair.compare(candidate);
      if (again === undefined || causeOf(again) !== cause) return false;
      difference = again;
      return true;
    },
  });
  return { ...found, schedule, difference: (await pair.compare(schedule)) ?? difference, originalSteps };
}

interface Side {
  readonly info: ReplicaInfo;
  readonly replica: LockstepReplica;
  readonly runner: ScheduleRunner;
}

async function runOn({ runner, replica }: Side, schedule: Schedule): Promise<SideRun> {
  replica.forget();
  const history = await runner.run(schedule);
  return {
    history,
    observations: replica.takeObservations(),
    roundTimesNs: replica.takeRoundTimes(),
    stableMemories: await replica.takeStableMemories(),
  };
}

/** Runs the schedule on both at the same time. If one fails, the other ends first, so that nothing runs on a replica that is disposed. */
async function runOnBoth(a: Side, b: Side, schedule: Schedule): Promise<readonly [SideRun, SideRun]> {
  const runs = [runOn(a, schedule), runOn(b, schedule)] as const;
  await Promise.allSettled(runs);
  return await Promise.all(runs);
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
    const { schedulesPerReplica = SCHEDULES_PER_REPLICA_DEFAULT } = this.#options;
    if (++this.#schedules > schedulesPerReplica) await this.dispose();
    const { a, b } = await this.open();
    const [runA, runB] = await runOnBoth(a, b, schedule);
    this.#operations.add(runA.history);
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

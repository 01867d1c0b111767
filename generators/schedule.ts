/** Builds a schedule from everything that was drawn for it. */
import fc from 'fast-check';
import type { OperationName } from '../model/operations.js';
import {
  SCHEDULE_FORMAT_VERSION,
  type FileRecipe,
  type Limits,
  type Operation,
  type Schedule,
  type Step,
} from '../model/schedule.js';
import { OLDER_EVERY, chooseScenario } from './choose-scenario.js';
import { environmentSteps } from './environment-steps.js';
import { faultArbitrary, type FaultDraw } from './fault-draw.js';
import { applyFault } from './fault.js';
import {
  ENVIRONMENT_FEATURES,
  featuresArbitrary,
  pickFeature,
  type EnvironmentFeature,
  type FaultFeature,
  type Features,
} from './features.js';
import { HTTP_WEIGHTS, mixInterfaces, type HttpWeight } from './interface.js';
import { interleavingArbitrary, mergeLanes, type Interleaving } from './interleaving.js';
import { limitsArbitrary } from './limits.js';
import { pick } from './pick.js';
import type { Profile } from './profile.js';
import type { Scenario } from './scenario.js';
import { sessionLabelAt, uploadContexts } from './upload-contexts.js';
import {
  uploadArbitrary,
  uploadSteps,
  type LaneStep,
  type UploadContext,
  type UploadPlan,
} from './upload.js';

/** The abilities of the target and the replica. Generators draw nothing that they lack. */
export interface Abilities {
  readonly operations: ReadonlySet<OperationName>;
  /** Chunk size in bytes if the limits name none. */
  readonly defaultChunkSize: number;
  /** Whether replica time can be set. */
  readonly time: boolean;
  /** Whether the canister can be upgraded. */
  readonly upgrade: boolean;
  /** Whether the canister can be stopped and started. */
  readonly restart?: boolean;
  /** Whether uploads begin in capsules, so that a caller can name the capsule of another one. */
  readonly capsules: boolean;
  /** Whether a schedule may start on an earlier version of the canister. */
  readonly olderLayout?: boolean;
  /** Whether an upgrade may set other limits. */
  readonly newLimits?: boolean;
  /** The limits of a schedule, adapted to the canister; default: the drawn ones. */
  readonly limitsFor?: (drawn: Limits) => Limits;
  /** If true, the generator must not override the drawn limits. */
  readonly fixedLimits?: boolean;
  /** Whether a `begin` names a number of chunks, which may be wrong; default: true. */
  readonly countsChunks?: boolean;
  /** Whether some schedules have a scenario about the limit and the expiry of sessions; default: false. */
  readonly sessionScenarios?: boolean;
  /** Operations that may go over HTTP; absent: none. */
  readonly http?: ReadonlySet<OperationName>;
}

/** Everything that is drawn for a schedule. */
export interface SchedulePlan {
  readonly limits: Limits;
  readonly callers: number;
  readonly uploads: readonly UploadPlan[];
  readonly faults: readonly FaultDraw[];
  readonly features: Features;
  readonly interleaving: Interleaving;
  /** Selects the few schedules that have a scenario or start on an earlier version of the canister. */
  readonly rare: number;
  /** `chunksMax` of the epilogue. */
  readonly epilogueChunksMax: number;
  readonly http: HttpWeight;
}

export function schedulePlanArbitrary(profile: Profile): fc.Arbitrary<SchedulePlan> {
  const { uploads, faults, callers } = profile;
  return fc.record(
    {
      limits: limitsArbitrary(profile),
      callers: fc.integer({ ...callers }),
      uploads: fc.array(uploadArbitrary(profile), { minLength: uploads.min, maxLength: uploads.max }),
      faults: fc.array(faultArbitrary(), { minLength: faults.min, maxLength: faults.max }),
      features: featuresArbitrary(),
      interleaving: interleavingArbitrary(),
      rare: fc.noShrink(fc.nat(0xffff)),
      epilogueChunksMax: fc.constant(profile.epilogueChunksMax),
      http: fc.noShrink(fc.nat(HTTP_WEIGHTS.length - 1).map((index) => pick(HTTP_WEIGHTS, index))),
    },
    { noNullPrototype: true },
  );
}

export function scheduleArbitrary(profile: Profile, abilities: Abilities): fc.Arbitrary<Schedule> {
  return schedulePlanArbitrary(profile).map((plan) => buildSchedule(plan, abilities));
}

/** A lane beside the uploads. Faults do not change it. Its file comes first in the schedule. */
export interface ExtraLane {
  readonly file: FileRecipe;
  readonly steps: (context: UploadContext) => LaneStep[];
}

export function buildSchedule(
  drawn: SchedulePlan,
  abilities: Abilities,
  extraLanes: readonly ExtraLane[] = [],
): Schedule {
  const scenario = extraLanes.length > 0 ? undefined : scenarioOf(drawn, abilities);
  const plan = adaptedPlan(drawn, abilities, scenario);
  const chunkSize = plan.limits.chunkSize ?? abilities.defaultChunkSize;
  const furtherLanes = scenario === undefined ? extraLanes : [scenarioLane(scenario, chunkSize)];
  const filesBefore = furtherLanes.map(({ file }) => file);
  const { contexts, files } = uploadContexts({ ...plan, chunkSize, filesBefore });
  const isOlder = abilities.olderLayout === true && abilities.upgrade && plan.rare % OLDER_EVERY === 2;
  const lanes = [
    ...furtherLanes.map((lane, index) => lane.steps(extraContext(lane, index, plan.limits, chunkSize))),
    ...lanesWithFaults(plan, contexts, isOlder ? [{ do: 'upgrade' }] : []),
  ].map((steps) => steps.filter((step) => isPossible(step, abilities)));
  const merged = mergeLanes(lanes, interleavingOf(plan));
  // An earlier version of the canister has no HTTP interface.
  const mixed =
    abilities.http === undefined || isOlder
      ? merged
      : mixInterfaces(merged, plan.http, plan.interleaving.seed, abilities.http);
  return {
    version: SCHEDULE_FORMAT_VERSION,
    ...(isOlder ? { from: 'older layout' } : {}),
    limits: plan.limits,
    callers: plan.callers,
    files,
    steps: [...mixed, ...auditSteps(plan, abilities, lanes.length - 1)],
    ...(abilities.operations.has('status') ? { epilogue: { chunksMax: plan.epilogueChunksMax } } : {}),
  };
}

/** In bytes. Scenarios are made for schedules with chunks of at most this size. */
const SMALL_CHUNK_SIZE_MAX = 1_024;

function scenarioOf({ rare, limits }: SchedulePlan, abilities: Abilities): Scenario | undefined {
  const { sessionScenarios: withSessions = false, fixedLimits = false } = abilities;
  const chunkSize = limits.chunkSize ?? abilities.defaultChunkSize;
  const isSmall = chunkSize <= SMALL_CHUNK_SIZE_MAX;
  return chooseScenario(rare, { limits, isSmall, fixedLimits, withSessions });
}

/** The plan without what the target does not support, and with the limits of the scenario. */
function adaptedPlan(
  plan: SchedulePlan,
  { countsChunks, limitsFor = (limits) => limits }: Abilities,
  scenario: Scenario | undefined,
): SchedulePlan {
  return {
    ...plan,
    // It is unknown how many chunks a service accepts if `begin` does not name their number.
    features: countsChunks === false ? { ...plan.features, sparse: 0 } : plan.features,
    limits: limitsFor(scenario?.limits ?? plan.limits),
    uploads: scenario?.isAlone === true ? [] : plan.uploads,
  };
}

function scenarioLane(scenario: Scenario, chunkSize: number): ExtraLane {
  const bytes = scenario.chunks * chunkSize + (scenario.furtherBytes ?? 0);
  const file = { name: 'file-A', bytes, content: { kind: 'zero' } } as const;
  return { file, steps: (context) => scenario.steps(context) };
}

function extraContext(
  { file: recipe }: ExtraLane,
  index: number,
  limits: Limits,
  chunkSize: number,
): UploadContext {
  const session = sessionLabelAt(index);
  const key = `key-${session}`;
  return { session, caller: 0, file: index, recipe, key, chunkSize, limits, isSparse: false };
}

/** The lanes of the uploads with the drawn faults, and the lane of environment steps, which comes last. */
function lanesWithFaults(
  plan: SchedulePlan,
  contexts: readonly UploadContext[],
  environmentBefore: readonly LaneStep[],
): LaneStep[][] {
  const environment = [...environmentBefore];
  const lanes = plan.uploads.map((upload, index) => uploadSteps(upload, pick(contexts, index)));
  if (lanes.length === 0) return [environment];
  for (const draw of plan.faults) {
    const feature = pickFeature(plan.features, draw.pick);
    if (feature === undefined) continue;
    if (isEnvironmentFeature(feature)) {
      environment.push(...environmentSteps(feature, draw, plan.limits, plan.callers, environment.length));
      continue;
    }
    const index = draw.upload % lanes.length;
    lanes[index] = applyFault(feature, pick(lanes, index), draw, pick(contexts, index), plan.callers);
  }
  return [...lanes, environment];
}

function isEnvironmentFeature(feature: FaultFeature): feature is EnvironmentFeature {
  return (ENVIRONMENT_FEATURES as readonly string[]).includes(feature);
}

/** The last steps free what has expired and query the statistics of the canister. */
function auditSteps({ features, callers }: SchedulePlan, abilities: Abilities, lane: number): Step[] {
  if (features.audit === 0 || !abilities.operations.has('stats')) return [];
  const operations: Operation[] = [];
  if (abilities.operations.has('cleanup') && features.audit > 1)
    for (let caller = 0; caller < callers; caller++) operations.push({ op: 'cleanup', caller });
  operations.push({ op: 'stats', caller: 0 });
  return [{ do: 'drain' }, ...operations.map((operation): Step => ({ do: 'call', lane, operation }))];
}

function isPossible(step: LaneStep, abilities: Abilities): boolean {
  const { operations, time, upgrade, capsules, newLimits = false, restart = false } = abilities;
  if (step.do === 'call') {
    const isInForeignCapsule = 'capsuleOf' in step.operation;
    const isMiscounted = step.operation.op === 'begin' && step.operation.chunksOff !== undefined;
    if (isMiscounted && abilities.countsChunks === false) return false;
    return operations.has(step.operation.op) && (capsules || !isInForeignCapsule);
  }
  if (step.do === 'advance') return time;
  if (step.do === 'restart') return restart;
  return step.do !== 'upgrade' || (upgrade && (newLimits || step.limits === undefined));
}

function interleavingOf({ features, interleaving }: SchedulePlan): Interleaving {
  return {
    ...interleaving,
    holdPermille: features.hold === 0 ? 0 : interleaving.holdPermille,
    deliverPermille: features.reorder === 0 ? 0 : interleaving.deliverPermille,
  };
}

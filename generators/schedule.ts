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
import { mustPutInOrder, type CallRules } from './call-rules.js';
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
import { isApart, withNetworkConditions } from './network-steps.js';
import { permittedSteps, withPromptPuts } from './permitted-steps.js';
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
  /** The calls that may be made. Absent: all, because a specification says what each of them does. */
  readonly rules?: CallRules;
  /** Whether uploads go on after an upgrade and a restart; default: true. */
  readonly keepsUploads?: boolean;
  /** Whether messages can be lost, and canisters fail; default: false. */
  readonly network?: boolean;
  /** Names of further canisters that can be upgraded and restarted. */
  readonly canisters?: readonly string[];
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
  const filesBefore = furtherLanes.map(({ file }) => file).concat(otherVersions(scenario, furtherLanes));
  const { rules } = abilities;
  const { contexts, files } = uploadContexts({ ...plan, chunkSize, filesBefore, rules });
  const isOlder = abilities.olderLayout === true && abilities.upgrade && plan.rare % OLDER_EVERY === 2;
  const furtherContexts = furtherLanes.map((lane, index) =>
    extraContext(lane, index, plan.limits, chunkSize, rules),
  );
  const faulty = lanesWithFaults(plan, contexts, isOlder ? [{ do: 'upgrade' }] : [], abilities.canisters);
  const uploads = [
    ...furtherContexts.map((context, index) => pick(furtherLanes, index).steps(context)),
    ...faulty.uploads,
  ];
  const permitted = uploads.map((steps, index) =>
    permittedLane(steps, pick([...furtherContexts, ...contexts], index), abilities),
  );
  const lanes = [
    ...joinFollowers(permitted, [...furtherContexts, ...contexts]),
    faulty.environment.filter((step) => isPossible(step, abilities)),
  ];
  const merged = mergeLanes(lanes, interleavingOf(plan));
  // An earlier version of the canister has no HTTP interface.
  const mixed =
    abilities.http === undefined || isOlder
      ? merged
      : mixInterfaces(merged, plan.http, plan.interleaving.seed, abilities.http);
  return {
    version: SCHEDULE_FORMAT_VERSION,
    ...(isOlder ? { from: 'older layout' } : {}),
    ...(hasNetwork(abilities) && isApart(plan.interleaving.seed) ? { subnets: 'apart' } : {}),
    limits: plan.limits,
    callers: plan.callers,
    files,
    steps: [
      ...withNetwork(mixed, plan, abilities, lanes.length - 1),
      ...auditSteps(plan, abilities, lanes.length - 1),
    ],
    ...epilogueOf(plan, abilities),
  };
}

function hasNetwork({ canisters = [], network = false }: Abilities): boolean {
  return network && canisters.length > 0;
}

/** The steps with conditions of the network, in a system of several canisters. */
function withNetwork(
  steps: readonly Step[],
  { callers, interleaving }: SchedulePlan,
  abilities: Abilities,
  lane: number,
): readonly Step[] {
  if (!hasNetwork(abilities)) return steps;
  const { operations, canisters = [] } = abilities;
  return withNetworkConditions(steps, interleaving.seed, { operations, canisters, callers, lane });
}

/** A specification judges reads wherever they are; otherwise every file that was finished is read again at the end. */
function epilogueOf(
  { epilogueChunksMax: chunksMax }: SchedulePlan,
  { operations, rules }: Abilities,
): Pick<Schedule, 'epilogue'> {
  if (rules !== undefined) return { epilogue: { chunksMax, readsFinished: true } };
  return operations.has('status') ? { epilogue: { chunksMax } } : {};
}

/** The steps of a lane that the target supports and permits. */
function permittedLane(steps: readonly LaneStep[], context: UploadContext, abilities: Abilities): LaneStep[] {
  const possible = steps.filter((step) => isPossible(step, abilities));
  const { rules } = abilities;
  if (rules === undefined) return possible;
  const permitted = permittedSteps(possible, rules, context);
  return context.isAscending === true || mustPutInOrder(rules) ? withPromptPuts(permitted) : permitted;
}

/** Moves the lanes of uploads that follow another one to the end of its lane. */
function joinFollowers(lanes: readonly LaneStep[][], contexts: readonly UploadContext[]): LaneStep[][] {
  const joined = lanes.map((steps) => steps);
  for (const [index, { follows }] of [...contexts.entries()].reverse()) {
    const place = follows === undefined ? -1 : contexts.findIndex(({ session }) => session === follows);
    if (place < 0 || place === index) continue;
    joined[place] = [...pick(joined, place), ...pick(joined, index)];
    joined[index] = [];
  }
  return joined;
}

/** In bytes. Scenarios are made for schedules with chunks of at most this size. */
const SMALL_CHUNK_SIZE_MAX = 1_024;

function scenarioOf({ rare, limits }: SchedulePlan, abilities: Abilities): Scenario | undefined {
  const { sessionScenarios: withSessions = false, fixedLimits = false } = abilities;
  const chunkSize = limits.chunkSize ?? abilities.defaultChunkSize;
  const isSmall = chunkSize <= SMALL_CHUNK_SIZE_MAX;
  return chooseScenario(rare, { limits, isSmall, fixedLimits, withSessions, rules: abilities.rules });
}

/** The plan without what the target does not support, and with the limits of the scenario. */
function adaptedPlan(
  plan: SchedulePlan,
  { countsChunks, limitsFor = (limits) => limits, rules }: Abilities,
  scenario: Scenario | undefined,
): SchedulePlan {
  const isSparse = rules === undefined ? countsChunks !== false : rules.manyChunks && rules.order === 'any';
  const features: Features = {
    ...plan.features,
    // It is unknown how many chunks a service accepts if `begin` does not name their number.
    ...(isSparse ? {} : { sparse: 0 }),
    ...(rules?.sharedKeys === false ? { sharedKey: 0 } : {}),
    ...(rules?.sharedNames === false ? { sharedName: 0, sharedFile: 0 } : {}),
  };
  return {
    ...plan,
    features,
    limits: limitsFor(scenario?.limits ?? plan.limits),
    callers: Math.max(plan.callers, scenario?.callersMin ?? 1),
    uploads: scenario?.isAlone === true ? [] : plan.uploads,
  };
}

function scenarioLane(scenario: Scenario, chunkSize: number): ExtraLane {
  const bytes = scenario.chunks * chunkSize + (scenario.furtherBytes ?? 0);
  const content =
    scenario.hasVersions === true ? ({ kind: 'random', seed: 0 } as const) : ({ kind: 'zero' } as const);
  return { file: { name: 'file-A', bytes, content }, steps: (context) => scenario.steps(context) };
}

/** Another version of the scenario's file, and a file of another name. */
function otherVersions(scenario: Scenario | undefined, [lane]: readonly ExtraLane[]): readonly FileRecipe[] {
  if (scenario?.hasVersions !== true || lane === undefined) return [];
  return [
    { ...lane.file, content: { kind: 'random', seed: 1 } },
    { ...lane.file, name: 'file-B', content: { kind: 'random', seed: 2 } },
  ];
}

function extraContext(
  { file: recipe }: ExtraLane,
  index: number,
  limits: Limits,
  chunkSize: number,
  rules: CallRules | undefined,
): UploadContext {
  const session = sessionLabelAt(index);
  const key = `key-${session}`;
  const isAscending = rules !== undefined && rules.order !== 'any';
  const plain = { session, caller: 0, file: index, recipe, key, chunkSize, limits, isSparse: false };
  return { ...plain, isAscending, rules };
}

/** The lanes of the uploads with the drawn faults, and the lane of environment steps. */
function lanesWithFaults(
  plan: SchedulePlan,
  contexts: readonly UploadContext[],
  environmentBefore: readonly LaneStep[],
  canisters: readonly string[] = [],
): { readonly uploads: LaneStep[][]; readonly environment: LaneStep[] } {
  const environment = [...environmentBefore];
  const lanes = plan.uploads.map((upload, index) => uploadSteps(upload, pick(contexts, index)));
  if (lanes.length === 0) return { uploads: lanes, environment };
  for (const draw of plan.faults) {
    const feature = pickFeature(plan.features, draw.pick);
    if (feature === undefined) continue;
    if (isEnvironmentFeature(feature)) {
      const { limits, callers } = plan;
      environment.push(...environmentSteps(feature, draw, limits, callers, environment.length, canisters));
      continue;
    }
    const index = draw.upload % lanes.length;
    lanes[index] = applyFault(feature, pick(lanes, index), draw, pick(contexts, index), plan.callers);
  }
  return { uploads: lanes, environment };
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

/** Whether the target and the replica support the step. */
export function isPossible(step: LaneStep, abilities: Abilities): boolean {
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

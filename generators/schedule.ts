import fc from 'fast-check';
import {
  SCHEDULE_FORMAT_VERSION,
  type FileRecipe,
  type Limits,
  type Operation,
  type Schedule,
  type Step,
} from '../model/schedule.js';
import { applyFault, faultArbitrary, type FaultDraw } from './fault.js';
import {
  featuresArbitrary,
  pickFeature,
  ENVIRONMENT_FEATURES,
  type FaultFeature,
  type Features,
  type EnvironmentFeature,
} from './features.js';
import { fileRecipe } from './file.js';
import { HTTP_WEIGHTS, mixInterfaces, type HttpWeight } from './interface.js';
import { interleavingArbitrary, mergeLanes, type Interleaving } from './interleaving.js';
import { limitsArbitrary } from './limits.js';
import type { Profile } from './profile.js';
import {
  uploadArbitrary,
  uploadSteps,
  type LaneStep,
  type UploadContext,
  type UploadPlan,
} from './upload.js';
import { OLDER_EVERY, chooseScenario, type Scenario } from './scenario.js';
import { environmentSteps } from './environment-steps.js';

/** What the target and the replica can do; nothing else is drawn. */
export interface Abilities {
  readonly operations: ReadonlySet<Operation['op']>;
  /** Chunk size in bytes where the limits name none. */
  readonly defaultChunkSize: number;
  /** Whether replica time can be set. */
  readonly time: boolean;
  /** Whether the canister can be upgraded. */
  readonly upgrade: boolean;
  /** Whether the canister can be stopped and started. */
  readonly restart?: boolean;
  /** Whether uploads begin in capsules, so that there are foreign ones. */
  readonly capsules: boolean;
  /** Whether a schedule may begin on an earlier version of the canister. */
  readonly olderLayout?: boolean;
  /** Whether an upgrade may set other limits. */
  readonly newLimits?: boolean;
  /** Whether every schedule has the limits drawn, so that no set piece may bring its own. */
  readonly fixedLimits?: boolean;
  /** Whether a `begin` may say a wrong number of chunks; default: yes. */
  readonly countsChunks?: boolean;
  /** Operations that may go over HTTP as well; absent: none. */
  readonly http?: ReadonlySet<Operation['op']>;
}

/** Everything drawn for a schedule, before it is put together. */
export interface SchedulePlan {
  readonly limits: Limits;
  readonly callers: number;
  readonly uploads: readonly UploadPlan[];
  readonly faults: readonly FaultDraw[];
  readonly features: Features;
  readonly interleaving: Interleaving;
  /** Decides about what comes in a few schedules only. */
  readonly rare: number;
  /** Of the epilogue. */
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
      http: fc.noShrink(fc.nat(HTTP_WEIGHTS.length - 1).map((index) => HTTP_WEIGHTS[index]!)),
    },
    { noNullPrototype: true },
  );
}

export function scheduleArbitrary(profile: Profile, abilities: Abilities): fc.Arbitrary<Schedule> {
  return schedulePlanArbitrary(profile).map((plan) => buildSchedule(plan, abilities));
}

/** Extra lanes are merged with the uploads' and left alone by faults; their files come first in the schedule. */
export interface ExtraLane {
  readonly file: FileRecipe;
  readonly steps: (context: UploadContext) => LaneStep[];
}

export function buildSchedule(
  drawnPlan: SchedulePlan,
  abilities: Abilities,
  extra: readonly ExtraLane[] = [],
): Schedule {
  // Nor is it known how many chunks such a service takes.
  const plan: SchedulePlan =
    abilities.countsChunks === false
      ? { ...drawnPlan, features: { ...drawnPlan.features, sparse: 0 } }
      : drawnPlan;
  const drawn = plan.limits.chunkSize ?? abilities.defaultChunkSize;
  const piece =
    extra.length > 0 || abilities.fixedLimits === true
      ? undefined
      : chooseScenario(plan.rare, plan.limits, drawn <= SMALL_CHUNK_SIZE_MAX);
  const limits = piece?.limits ?? plan.limits;
  const chunkSize = limits.chunkSize ?? abilities.defaultChunkSize;
  const lanesBeside = piece === undefined ? extra : [pieceLane(piece, chunkSize)];
  const files: FileRecipe[] = lanesBeside.map(({ file }) => file);
  const extraLanes = lanesBeside.map(({ file, steps }, index) =>
    steps({
      session: label(index),
      caller: 0,
      file: index,
      recipe: file,
      key: `key-${label(index)}`,
      chunkSize,
      limits,
      isSparse: false,
    }),
  );
  const uploads = piece?.isAlone === true ? [] : plan.uploads;
  const contexts = uploadContexts({ ...plan, limits, uploads }, files, chunkSize, lanesBeside.length);
  const lanes = uploads.map((upload, index) => uploadSteps(upload, contexts[index]!));
  const world: LaneStep[] = [];
  const isOlder = abilities.olderLayout === true && abilities.upgrade && plan.rare % OLDER_EVERY === 2;
  if (isOlder) world.push({ do: 'upgrade' });
  if (lanes.length > 0) for (const draw of plan.faults) addFault(plan, draw, { lanes, contexts, world });
  const all = [...extraLanes, ...lanes, world].map((steps) =>
    steps.filter((step) => isPossible(step, abilities)),
  );
  const merged = mergeLanes(all, interleavingOf(plan));
  // An earlier version of the canister has no such interface.
  const mixed =
    abilities.http === undefined || isOlder
      ? merged
      : mixInterfaces(merged, plan.http, plan.interleaving.seed, abilities.http);
  const steps = [...mixed, ...auditSteps(plan, abilities, all.length - 1)];
  const from = isOlder ? { from: 'older layout' as const } : {};
  const epilogue = abilities.operations.has('status')
    ? { epilogue: { chunksMax: plan.epilogueChunksMax } }
    : {};
  const { callers } = plan;
  return { version: SCHEDULE_FORMAT_VERSION, ...from, limits, callers, files, steps, ...epilogue };
}

/** In bytes: set pieces are made for chunks of up to this size. */
const SMALL_CHUNK_SIZE_MAX = 1_024;

function pieceLane(piece: Scenario, chunkSize: number): ExtraLane {
  const bytes = piece.chunks * chunkSize + (piece.furtherBytes ?? 0);
  const file = { name: 'file-A', bytes, content: { kind: 'zero' } } as const;
  return { file, steps: piece.steps };
}

/** At the end everything expired is cleaned up, and what the canister says that it holds is looked at. */
function auditSteps({ features, callers }: SchedulePlan, abilities: Abilities, lane: number): Step[] {
  if (features.audit === 0 || !abilities.operations.has('stats')) return [];
  const operations: Operation[] = [];
  if (abilities.operations.has('cleanup') && features.audit > 1)
    for (let caller = 0; caller < callers; caller++) operations.push({ op: 'cleanup', caller });
  operations.push({ op: 'stats', caller: 0 });
  return [{ do: 'drain' }, ...operations.map((operation): Step => ({ do: 'call', lane, operation }))];
}

/** Sessions are `A` to `Z`, then `A2`, …. */
function label(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : `${letter}${Math.floor(index / 26) + 1}`;
}

type Trait = 'sharedName' | 'sharedKey' | 'sharedFile' | 'sparse';

/** Which bits of an upload's `shares` decide about which trait. */
const TRAIT_BITS: Readonly<Record<Trait, number>> = { sharedName: 2, sharedKey: 4, sharedFile: 6, sparse: 8 };

/** Numbers of chunks around those at which a counter of one byte wraps. */
const SPARSE_CHUNKS = [257, 256, 300, 512] as const;
/** In bytes: so many chunks of a larger size would make a file that takes long to hash. */
const SPARSE_CHUNK_SIZE_MAX = 1_024;

/** Appends the uploads' files to `files`. */
function uploadContexts(
  plan: SchedulePlan,
  files: FileRecipe[],
  chunkSize: number,
  offset: number,
): UploadContext[] {
  const { features, callers } = plan;
  const contexts: UploadContext[] = [];
  plan.uploads.forEach((upload, index) => {
    const session = label(index + offset);
    const earlier = contexts[upload.shares % Math.max(1, contexts.length)];
    const has = (trait: Trait) => features[trait] > (upload.shares >>> TRAIT_BITS[trait]) % 4;
    const shares = (trait: Trait) => (has(trait) ? earlier : undefined);
    const name = shares('sharedName')?.recipe.name ?? `file-${session}`;
    const isSparse = chunkSize <= SPARSE_CHUNK_SIZE_MAX && has('sparse') && (upload.shares >>> 12) % 4 === 0;
    const file = isSparse
      ? { ...upload.file, chunks: SPARSE_CHUNKS[upload.file.chunks % SPARSE_CHUNKS.length]! }
      : upload.file;
    const shared = isSparse ? undefined : shares('sharedFile');
    const recipe = shared?.recipe ?? fileRecipe(file, name, chunkSize);
    if (shared === undefined) files.push(recipe);
    // One key of one caller is one session; one key of two callers must be two.
    const sameCaller = (upload.shares >>> 10) % 2 === 0 ? shares('sharedKey')?.caller : undefined;
    contexts.push({
      session,
      caller: sameCaller ?? upload.caller % callers,
      file: shared?.file ?? files.length - 1,
      recipe,
      key: shares('sharedKey')?.key ?? `key-${session}`,
      chunkSize,
      limits: plan.limits,
      isSparse: shared?.isSparse ?? isSparse,
    });
  });
  return contexts;
}

interface Building {
  readonly lanes: LaneStep[][];
  readonly contexts: readonly UploadContext[];
  readonly world: LaneStep[];
}

function isWorld(feature: FaultFeature): feature is EnvironmentFeature {
  return (ENVIRONMENT_FEATURES as readonly string[]).includes(feature);
}

function addFault(plan: SchedulePlan, draw: FaultDraw, { lanes, contexts, world }: Building): void {
  const feature = pickFeature(plan.features, draw.pick);
  if (feature === undefined) return;
  if (isWorld(feature)) {
    world.push(...environmentSteps(feature, draw, plan.limits, plan.callers, world.length));
    return;
  }
  const index = draw.upload % lanes.length;
  lanes[index] = applyFault(feature, lanes[index]!, draw, contexts[index]!, plan.callers);
}

function isPossible(step: LaneStep, abilities: Abilities): boolean {
  const { operations, time, upgrade, capsules, newLimits = false, restart = false } = abilities;
  if (step.do === 'call') {
    const isForeign = 'capsuleOf' in step.operation && step.operation.capsuleOf !== undefined;
    const isMiscounted = step.operation.op === 'begin' && step.operation.chunksOff !== undefined;
    if (isMiscounted && abilities.countsChunks === false) return false;
    return operations.has(step.operation.op) && (capsules || !isForeign);
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

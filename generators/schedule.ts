import fc from 'fast-check';
import {
  SCHEDULE_FORMAT_VERSION,
  type FileRecipe,
  type Limits,
  type Operation,
  type Schedule,
} from '../model/schedule.js';
import { applyFault, faultArbitrary, type FaultDraw } from './fault.js';
import {
  featuresArbitrary,
  pickFeature,
  WORLD_FEATURES,
  type FaultFeature,
  type Features,
  type WorldFeature,
} from './features.js';
import { fileRecipe } from './file.js';
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
import { worldStep } from './world.js';

/** What the target and the replica can do; nothing else is drawn. */
export interface Abilities {
  readonly operations: ReadonlySet<Operation['op']>;
  /** Chunk size in bytes where the limits name none. */
  readonly defaultChunkSize: number;
  /** Whether replica time can be set. */
  readonly time: boolean;
  /** Whether the canister can be upgraded. */
  readonly upgrade: boolean;
}

/** Everything drawn for a schedule, before it is put together. */
export interface SchedulePlan {
  readonly limits: Limits;
  readonly callers: number;
  readonly uploads: readonly UploadPlan[];
  readonly faults: readonly FaultDraw[];
  readonly features: Features;
  readonly interleaving: Interleaving;
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
  plan: SchedulePlan,
  abilities: Abilities,
  extra: readonly ExtraLane[] = [],
): Schedule {
  const chunkSize = plan.limits.chunkSize ?? abilities.defaultChunkSize;
  const files: FileRecipe[] = extra.map(({ file }) => file);
  const extraLanes = extra.map(({ file, steps }, index) =>
    steps({
      session: label(index),
      caller: 0,
      file: index,
      recipe: file,
      key: `key-${label(index)}`,
      chunkSize,
    }),
  );
  const contexts = uploadContexts(plan, files, chunkSize, extra.length);
  const lanes = plan.uploads.map((upload, index) => uploadSteps(upload, contexts[index]!));
  const world: LaneStep[] = [];
  for (const draw of plan.faults) addFault(plan, draw, { lanes, contexts, world });
  const all = [...extraLanes, ...lanes, world].map((steps) =>
    steps.filter((step) => isPossible(step, abilities)),
  );
  const steps = mergeLanes(all, interleavingOf(plan));
  return { version: SCHEDULE_FORMAT_VERSION, limits: plan.limits, callers: plan.callers, files, steps };
}

/** Sessions are `A` to `Z`, then `A2`, …. */
function label(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : `${letter}${Math.floor(index / 26) + 1}`;
}

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
    const isShared = (trait: 'sharedName' | 'sharedKey' | 'sharedFile', bit: number) =>
      earlier !== undefined && features[trait] > (upload.shares >>> bit) % 4;
    const shared = isShared('sharedFile', 6) ? earlier : undefined;
    const name = isShared('sharedName', 2) ? earlier!.recipe.name : `file-${session}`;
    const recipe = shared?.recipe ?? fileRecipe(upload.file, name, chunkSize);
    if (shared === undefined) files.push(recipe);
    contexts.push({
      session,
      // A key is shared only within one caller's capsule, so the uploads must be of one caller for it to matter.
      caller: isShared('sharedKey', 4) ? earlier!.caller : upload.caller % callers,
      file: shared?.file ?? files.length - 1,
      recipe,
      key: isShared('sharedKey', 4) ? earlier!.key : `key-${session}`,
      chunkSize,
    });
  });
  return contexts;
}

interface Building {
  readonly lanes: LaneStep[][];
  readonly contexts: readonly UploadContext[];
  readonly world: LaneStep[];
}

const isWorld = (feature: FaultFeature): feature is WorldFeature =>
  (WORLD_FEATURES as readonly string[]).includes(feature);

function addFault(plan: SchedulePlan, draw: FaultDraw, { lanes, contexts, world }: Building): void {
  const feature = pickFeature(plan.features, draw.pick);
  if (feature === undefined) return;
  if (isWorld(feature)) {
    world.push(worldStep(feature, draw, plan.limits, plan.callers));
    return;
  }
  const index = draw.upload % lanes.length;
  lanes[index] = applyFault(feature, lanes[index]!, draw, contexts[index]!, plan.callers);
}

function isPossible(step: LaneStep, { operations, time, upgrade }: Abilities): boolean {
  if (step.do === 'call') return operations.has(step.operation.op);
  if (step.do === 'advance') return time;
  return step.do !== 'upgrade' || upgrade;
}

function interleavingOf({ features, interleaving }: SchedulePlan): Interleaving {
  return {
    ...interleaving,
    holdPermille: features.hold === 0 ? 0 : interleaving.holdPermille,
    deliverPermille: features.reorder === 0 ? 0 : interleaving.deliverPermille,
  };
}

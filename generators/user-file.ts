/** Schedules that upload a file of the user and read it back, while generated uploads run in the same canister. */
import type { FileRecipe, Schedule, Step } from '../model/schedule.js';
import { pick } from './pick.js';
import { PROFILES, type Profile } from './profile.js';
import { buildSchedule, type Abilities } from './schedule.js';
import { schedulePlanFor } from './schedule-for.js';
import { uploadSteps, type LaneStep, type UploadContext, type UploadPlan } from './upload.js';

/** Label of the session that uploads the user's file: the first of the schedule. */
export const USER_FILE_SESSION = 'A';

/** The generated uploads beside the file: small files at the canister's default chunk size, and few faults. */
const BESIDE_FILE: Profile = {
  ...PROFILES.quick,
  name: 'user-file',
  description: 'a file of the user beside small generated uploads',
  chunks: { min: 0, max: 0 },
  limits: [{}],
};

export type UserFile = FileRecipe & { readonly content: { readonly kind: 'path' } };

export function userFileSchedule(
  file: UserFile,
  seed: number,
  runIndex: number,
  abilities: Abilities,
): Schedule {
  const { rules, keepsUploads = true } = abilities;
  const plan = schedulePlanFor(BESIDE_FILE, seed, runIndex);
  // Time does not jump: the user's upload must not expire between two of its chunks. It need not survive an upgrade.
  const features = { ...plan.features, advance: 0, ...(keepsUploads ? {} : WITHOUT_UPGRADES) } as const;
  const { order } = pick(plan.uploads, 0);
  // Uploads of others must not use up what its owner may have open.
  const owner = rules === undefined ? 0 : plan.callers;
  const steps = (context: UploadContext) =>
    promptly(uploadSteps({ ...WHOLE_UPLOAD, order }, { ...context, caller: owner }));
  const built = buildSchedule({ ...plan, features }, abilities, [{ file, steps }]);
  const schedule = { ...built, callers: Math.max(built.callers, owner + 1) };
  return { ...schedule, steps: schedule.steps.map(withToken) };
}

/** Calls without a token are rejected, and the file would not come through: the calls of its session have a token. */
function withToken(step: Step): Step {
  if (step.do !== 'call' || !('session' in step.operation) || !('via' in step.operation)) return step;
  const { operation } = step;
  if (operation.session !== USER_FILE_SESSION || operation.via !== 'http-no-token') return step;
  return { ...step, operation: { ...operation, via: 'http' } };
}

const WITHOUT_UPGRADES = { upgrade: 0, restart: 0, upgradeDuringFinish: 0, newLimits: 0 } as const;

const WHOLE_UPLOAD: Omit<UploadPlan, 'order'> = {
  caller: 0,
  file: { chunks: 0, end: 'border', content: { kind: 'zero' } },
  deliveries: [],
  settles: true,
  kept: 1000,
  shares: 0,
};

/** Every run must read the file back: its finish never overtakes its puts, and no step comes between its finish and its read. */
function promptly(steps: readonly LaneStep[]): LaneStep[] {
  return steps.map((step) => {
    const isEnd = step.do !== 'call' || step.operation.op === 'finish';
    return { ...step, isPrompt: true, ...(isEnd ? { isGlued: true } : {}) };
  });
}

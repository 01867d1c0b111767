/** Schedules around a file of the user's: it goes up whole and is read back, while generated uploads go on in the same canister. */
import type { FileRecipe, Schedule, Step } from '../model/schedule.js';
import { PROFILES, type Profile } from './profile.js';
import { buildSchedule, type Abilities } from './schedule.js';
import { schedulePlanFor } from './schedule-for.js';
import { uploadSteps, type LaneStep, type UploadPlan } from './upload.js';

/** Label of the session that the user's file goes up in: the schedule's first. */
export const USER_FILE_SESSION = 'A';

/** The company that the file has: at the canister's default chunk size, small files of one or two chunks' number and few faults. */
const COMPANY: Profile = {
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
  const plan = schedulePlanFor(COMPANY, seed, runIndex);
  // Time may not jump: the user's upload must not expire between two of its own chunks.
  const features = { ...plan.features, advance: 0 as const };
  const { order } = plan.uploads[0]!;
  const schedule = buildSchedule({ ...plan, features }, abilities, [
    { file, steps: (context) => promptly(uploadSteps({ ...WHOLE_UPLOAD, order }, context)) },
  ]);
  return { ...schedule, steps: schedule.steps.map(withToken) };
}

/** Whose call shows no token is refused, and nothing of the file would come back: its own calls over HTTP have one. */
function withToken(step: Step): Step {
  if (step.do !== 'call' || !('session' in step.operation) || !('via' in step.operation)) return step;
  const { operation } = step;
  if (operation.session !== USER_FILE_SESSION || operation.via !== 'http-no-token') return step;
  return { ...step, operation: { ...operation, via: 'http' } };
}

const WHOLE_UPLOAD: Omit<UploadPlan, 'order'> = {
  caller: 0,
  file: { chunks: 0, end: 'border', content: { kind: 'zero' } },
  deliveries: [],
  settles: true,
  kept: 1000,
  shares: 0,
};

/** The file is read back in every run: no put of it is overtaken by its finish, and nothing comes between finish and read. */
function promptly(steps: readonly LaneStep[]): LaneStep[] {
  return steps.map((step) => {
    const isEnd = step.do !== 'call' || step.operation.op === 'finish';
    return { ...step, isPrompt: true, ...(isEnd ? { isGlued: true } : {}) };
  });
}

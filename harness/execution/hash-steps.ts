/**
 * The number of messages that a finish may take. A canister that hashes `hashBytesPerCall` bytes in each self call needs tens of
 * thousands of calls for a large file and a small `hashBytesPerCall`. That must not count as a canister that hangs.
 */
import type { Schedule } from '../../model/schedule.js';

/** The canister's own lower bound (upload.did). */
const HASH_BYTES_PER_CALL_MIN = 64;
/** A step is a self call of the canister and its response. */
const MESSAGES_PER_STEP = 2;
/** Far more than everything except hashing needs. */
const OTHER_MESSAGES_MAX = 20_000;

/** Number of steps of a finish of `bytes` bytes with the smallest `hashBytesPerCall` of the schedule; 0 if the schedule sets none. */
export function hashStepsMax(bytes: number, { limits, steps }: Pick<Schedule, 'limits' | 'steps'>): number {
  const bytesPerStep = hashBytesPerStep({ limits, steps });
  return bytesPerStep === undefined ? 0 : Math.ceil(bytes / bytesPerStep);
}

/** The smallest `hashBytesPerCall` of the schedule; `undefined` if it sets none. */
function hashBytesPerStep({ limits, steps }: Pick<Schedule, 'limits' | 'steps'>): number | undefined {
  const given = [limits, ...steps.flatMap((step) => (step.do === 'upgrade' ? (step.limits ?? []) : []))];
  const bounds = given.flatMap(({ hashBytesPerCall }) => hashBytesPerCall ?? []);
  return bounds.length === 0 ? undefined : Math.max(HASH_BYTES_PER_CALL_MIN, Math.min(...bounds));
}

/** A drain that delivers this many messages does not end. Calls that are still open then count as never answered. */
export function drainMessagesMax(schedule: Pick<Schedule, 'limits' | 'steps' | 'files'>): number {
  const bytesPerStep = hashBytesPerStep(schedule);
  if (bytesPerStep === undefined) return OTHER_MESSAGES_MAX;
  const hashing = schedule.steps.reduce((sum, step) => {
    if (step.do !== 'call' || step.operation.op !== 'begin') return sum;
    return sum + Math.ceil((schedule.files[step.operation.file]?.bytes ?? 0) / bytesPerStep);
  }, 0);
  return OTHER_MESSAGES_MAX + MESSAGES_PER_STEP * hashing;
}

/**
 * How many messages a finish may take. A canister that hashes so many bytes in each call to itself answers a finish after as many
 * calls as the file has of them: a large file under a small `hashBytesPerCall` takes tens of thousands, and is no canister that hangs.
 */
import type { Schedule } from '../../model/schedule.js';

/** The canister's own lower bound (upload.did). */
const HASH_BYTES_PER_CALL_MIN = 64;
/** A step is a call of the canister to itself and its response. */
const MESSAGES_PER_STEP = 2;
/** Far above what anything but hashing needs. */
const OTHER_MESSAGES_MAX = 20_000;

/** Steps of a finish of so many bytes, under the smallest bound that any limits of the schedule set; 0 where none sets one. */
export function hashStepsMax(bytes: number, { limits, steps }: Pick<Schedule, 'limits' | 'steps'>): number {
  const given = [limits, ...steps.flatMap((step) => (step.do === 'upgrade' ? (step.limits ?? []) : []))];
  const bounds = given.flatMap(({ hashBytesPerCall }) => hashBytesPerCall ?? []);
  if (bounds.length === 0) return 0;
  return Math.ceil(bytes / Math.max(HASH_BYTES_PER_CALL_MIN, Math.min(...bounds)));
}

/** Messages after which a drain of this schedule goes on for ever: whoever waits then is not answered. */
export function drainMessagesMax(schedule: Pick<Schedule, 'limits' | 'steps' | 'files'>): number {
  const hashing = schedule.steps.reduce((sum, step) => {
    if (step.do !== 'call' || step.operation.op !== 'begin') return sum;
    return sum + hashStepsMax(schedule.files[step.operation.file]?.bytes ?? 0, schedule);
  }, 0);
  return OTHER_MESSAGES_MAX + MESSAGES_PER_STEP * hashing;
}

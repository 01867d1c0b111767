/** Which calls the canister rejected. */
import type { CallRecord } from '../history/calls.js';
import { isOutcomeUnknown, isSizeRefusal } from '../history/rejects.js';
import type { Execution } from './execution.js';
import type { CallInsertion, EditedByInsertion } from './insertions.js';

/** Whether the canister received the call and rejected it. */
export function isRejected({ outcome, result }: Pick<CallRecord, 'outcome' | 'result'>): boolean {
  if (outcome !== 'fail' || result?.kind === 'undecodable' || isOutcomeUnknown(result)) return false;
  return result?.kind !== 'rejected' || !isSizeRefusal(result);
}

/** Tells whether an inserted call was rejected in the edited schedule. One that was accepted may have an effect. */
export function isRejectedIn(
  inserted: EditedByInsertion['inserted'],
): (insertion: CallInsertion, executed: Execution) => boolean {
  return (insertion, { calls }) => {
    const record = calls.get(inserted.get(insertion) ?? -1);
    return record !== undefined && isRejected(record);
  };
}

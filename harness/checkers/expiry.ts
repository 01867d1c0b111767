/** An open session fails at the instant its time is up, not before and not after; its record stays for the time promised. */
import type { Alternative } from '../../model/expected.js';
import { sessionOf } from '../history/calls.js';
import {
  type Checker,
  type Evidence,
  firstDisagreement,
  shortestTtlNs,
  timeOf,
} from '../judgement/evidence.js';
import type { Disagreement } from '../judgement/follow-model.js';
import { violationOf } from './outcome.js';

export const expiry: Checker = {
  name: 'expiry',
  check(evidence) {
    const found = firstDisagreement(evidence, (one) => isAboutExpiry(evidence, one));
    const rule =
      'an open session fails at the instant its time is up, and its record stays as long as promised';
    return found && violationOf(evidence, found, 'expiry', rule);
  },
};

function isAboutExpiry(evidence: Evidence, disagreement: Disagreement): boolean {
  const { expected, result } = disagreement;
  if (expected.some(isFailedOrGone)) return result.kind !== 'error' || result.error === 'NotFound';
  if (result.kind === 'status') return result.state === 'Failed';
  const isRefusedAsEnded =
    result.kind === 'error' && (result.error === 'InvalidState' || result.error === 'NotFound');
  return isRefusedAsEnded && isOldEnough(evidence, disagreement);
}

function isFailedOrGone({ reason, expected }: Alternative): boolean {
  if (reason.code === 'record-gone') return true;
  if (reason.code === 'state') return reason.state === 'Failed';
  return expected.kind === 'status' && expected.status.state === 'Failed';
}

/** Whether a session of this age may have expired at all: if not, something else is wrong with the answer. */
function isOldEnough(evidence: Evidence, { call, event }: Disagreement): boolean {
  const { history, sessions } = evidence;
  const begin = sessions.get(sessionOf(call) ?? '')?.begin;
  return (
    begin !== undefined && timeOf(history, event) - timeOf(history, begin.invoked) >= shortestTtlNs(evidence)
  );
}

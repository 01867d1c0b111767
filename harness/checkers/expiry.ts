/** An open session fails exactly when its time is up, not before and not after; its record stays for the promised time. */
import type { Alternative } from '../../model/expected.js';
import { sessionOf } from '../history/calls.js';
import {
  type Checker,
  type Evidence,
  firstDisagreement,
  shortestTtlNs,
  timeOf,
} from '../evidence/evidence.js';
import type { Disagreement } from '../evidence/follow-model.js';
import { RULES } from '../evidence/rules.js';
import { disagreementViolation } from './outcome.js';

export const expiry: Checker = {
  name: 'expiry',
  check(evidence) {
    const found = firstDisagreement(evidence, (disagreement) => isAboutExpiry(evidence, disagreement));
    return found && disagreementViolation(RULES.expiry, evidence, found);
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

/** Whether the session is old enough to have expired. If not, the answer is wrong for another reason. */
function isOldEnough(evidence: Evidence, { call, event }: Disagreement): boolean {
  const { history, sessions } = evidence;
  const begin = sessions.get(sessionOf(call) ?? '')?.begin;
  return (
    begin !== undefined && timeOf(history, event) - timeOf(history, begin.invoked) >= shortestTtlNs(evidence)
  );
}

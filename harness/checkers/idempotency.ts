/**
 * Repeated requests are idempotent: a key leads to one session, storing the same chunk again changes nothing, a repeated finish gives
 * the same answer, and a repeated abort succeeds. A repetition with other arguments is a `Conflict`.
 */
import type { Reason } from '../../model/expected.js';
import { type Checker, firstDisagreement } from '../evidence/evidence.js';
import type { Disagreement } from '../evidence/follow-model.js';
import { RULES } from '../evidence/rules.js';
import { disagreementViolation } from './outcome.js';

const REPETITIONS: ReadonlySet<Reason['code']> = new Set<Reason['code']>([
  'same-key',
  'key-in-use',
  'same-bytes',
  'other-bytes',
  'finished-same',
  'finished-other',
  'already-cancelled',
]);

export const idempotency: Checker = {
  name: 'idempotency',
  check(evidence) {
    const found = firstDisagreement(evidence, (one) => isRepetition(one) || isKeyNotFree(one));
    return found && disagreementViolation(RULES.idempotency, evidence, found);
  },
};

function isRepetition({ expected }: Disagreement): boolean {
  return expected.length > 0 && expected.every(({ reason }) => REPETITIONS.has(reason.code));
}

/** A new session was due, and the answer is about an existing one. */
function isKeyNotFree({ expected, result }: Disagreement): boolean {
  const isNewDue = expected.some(({ reason }) => reason.code === 'new-session');
  return isNewDue && (result.kind === 'begun' || (result.kind === 'error' && result.error === 'Conflict'));
}

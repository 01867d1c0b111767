/**
 * What is said twice happens once: a key leads to one session, the same chunk again changes nothing, a repeated finish gives the
 * same answer, a repeated abort is Ok; and what differs is a `Conflict`.
 */
import type { Reason } from '../../model/expected.js';
import { type Checker, firstDisagreement } from '../judgement/evidence.js';
import type { Disagreement } from '../judgement/follow-model.js';
import { violationOf } from './outcome.js';

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
    return found && violationOf(evidence, found, 'idempotency', 'what is said twice happens once');
  },
};

function isRepetition({ expected }: Disagreement): boolean {
  return expected.length > 0 && expected.every(({ reason }) => REPETITIONS.has(reason.code));
}

/** A new session was due, and the answer speaks of an old one. */
function isKeyNotFree({ expected, result }: Disagreement): boolean {
  const isNewDue = expected.some(({ reason }) => reason.code === 'new-session');
  return isNewDue && (result.kind === 'begun' || (result.kind === 'error' && result.error === 'Conflict'));
}

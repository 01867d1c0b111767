/** Judges stored chunks by index and never by count: `finish` succeeds only with every index stored. Uses no model. */
import { chunkCount } from '../../model/content.js';
import { fileAt } from '../../model/oracle.js';
import type { CallRecord } from '../history/calls.js';
import { isOutcomeUnknown } from '../history/rejects.js';
import { type Checker, type Evidence, type SessionCalls, endOf } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation } from '../evidence/violations.js';

export const completeness: Checker = {
  name: 'completeness',
  check(evidence) {
    for (const call of evidence.calls) {
      const violation = checkStatus(evidence, call) ?? checkFinish(evidence, call);
      if (violation !== undefined) return violation;
    }
    return undefined;
  },
};

/** The session of a successful finish; `undefined` for any other call. */
export function finishedSession(
  { sessions }: Evidence,
  { request, result }: CallRecord,
): SessionCalls | undefined {
  return request?.op === 'finish' && result?.kind === 'finished'
    ? sessions.get(request.sessionId)
    : undefined;
}

/** Puts on the session that may have stored something before `call` ended: they succeeded, or their answer was lost. */
export function putsBefore(session: SessionCalls, call: CallRecord): readonly CallRecord[] {
  return session.calls.filter(
    (put) =>
      put.operation.op === 'put' &&
      put.invoked < endOf(call) &&
      put.outcome !== 'skipped' &&
      (put.outcome !== 'fail' || isOutcomeUnknown(put.result)),
  );
}

function indicesOf(puts: readonly CallRecord[]): ReadonlySet<number> {
  return new Set(puts.flatMap(({ operation }) => (operation.op === 'put' ? [operation.index] : [])));
}

function checkStatus({ sessions }: Evidence, call: CallRecord): Violation | undefined {
  const { request, result } = call;
  if (request?.op !== 'status' || result?.kind !== 'status') return undefined;
  const session = sessions.get(request.sessionId);
  if (session === undefined) return undefined;
  const { chunksReceived = 0 } = result;
  const puts = putsBefore(session, call);
  const { size } = indicesOf(puts);
  // More chunks than were put at all come from another session: `isolation` reports that.
  if (chunksReceived <= size || chunksReceived > puts.length) return undefined;
  return callViolation(RULES.statusCountsOnce, call, {
    expected: `at most ${size} ${size === 1 ? 'chunk' : 'chunks'}, because no put at another index succeeded`,
    expectedKind: 'the right chunk count',
    seenKind: 'a wrong chunk count',
  });
}

function checkFinish(evidence: Evidence, call: CallRecord): Violation | undefined {
  const session = finishedSession(evidence, call);
  if (session === undefined) return undefined;
  const count = chunkCount(fileAt(evidence.oracle.files, session.file).bytes, session.chunkSize);
  const stored = indicesOf(putsBefore(session, call));
  const missing = Array.from({ length: count }, (_, index) => index).find((index) => !stored.has(index));
  if (missing === undefined) return undefined;
  return callViolation(RULES.finishIsComplete, call, {
    expected: `InvalidArgument, because no put of index ${missing} succeeded`,
    expectedKind: 'InvalidArgument',
  });
}

/** `finish` answers Ok only with every index stored, judged per index and never by a count. Reads no model. */
import { resultText } from '../../model/explain.js';
import { chunkCount } from '../../model/content.js';
import { fileAt } from '../../model/oracle.js';
import { type CallRecord, operationText } from '../calls.js';
import { type Checker, type Evidence, type SessionCalls, endOf } from '../evidence.js';
import { isOutcomeUnknown } from '../rejects.js';
import type { Violation } from '../verdict.js';

const rule = 'finish answers Ok only with every index stored';

export const coverage: Checker = {
  name: 'coverage',
  check(evidence) {
    for (const call of evidence.calls) {
      const session = finishedSession(evidence, call);
      const violation = session && checkFinish(evidence, session, call);
      if (violation !== undefined) return violation;
    }
    return undefined;
  },
};

/** The session of a finish that answered Ok. */
export function finishedSession(
  { sessions }: Evidence,
  { request, result }: CallRecord,
): SessionCalls | undefined {
  return request?.op === 'finish' && result?.kind === 'finished'
    ? sessions.get(request.sessionId)
    : undefined;
}

/** Puts on the session that may have stored something before `call` answered: Ok, or an answer never seen. */
export function putsBefore(session: SessionCalls, call: CallRecord): readonly CallRecord[] {
  return session.calls.filter(
    (put) =>
      put.operation.op === 'put' &&
      put.invoked < endOf(call) &&
      put.outcome !== 'skipped' &&
      (put.outcome !== 'fail' || isOutcomeUnknown(put.result)),
  );
}

function checkFinish(
  { oracle, limits }: Evidence,
  session: SessionCalls,
  call: CallRecord,
): Violation | undefined {
  const count = chunkCount(fileAt(oracle.files, session.file).bytes, session.chunkSize ?? limits.chunkSize);
  const stored = new Set(
    putsBefore(session, call).map(({ operation }) => (operation.op === 'put' ? operation.index : -1)),
  );
  const missing = [...Array(count).keys()].find((index) => !stored.has(index));
  if (missing === undefined || call.result === undefined) return undefined;
  const operation = operationText(call.operation);
  return {
    checker: 'coverage',
    rule,
    event: call.ended,
    expected: `${operation}: InvalidArgument, because no put of index ${missing} was answered Ok`,
    seen: `${operation}: ${resultText(call.result)}`,
  };
}

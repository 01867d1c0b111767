/** What is stored is judged per index and never by a count: `finish` answers Ok only with every index. Reads no model. */
import { operationText } from '../../model/operations.js';
import { resultText } from '../../model/explain.js';
import { chunkCount } from '../../model/content.js';
import { fileAt } from '../../model/oracle.js';
import type { Result } from '../../model/result.js';
import { type CallRecord } from '../history/calls.js';
import { type Checker, type Evidence, type SessionCalls, endOf } from '../judgement/evidence.js';
import { isOutcomeUnknown } from '../history/rejects.js';
import type { Violation } from '../judgement/verdict.js';

const FINISH_RULE = 'finish answers Ok only with every index stored';
const STATUS_RULE = 'chunks are counted once for each index';

export const coverage: Checker = {
  name: 'coverage',
  check(evidence) {
    for (const call of evidence.calls) {
      const violation = checkStatus(evidence, call) ?? checkFinish(evidence, call);
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

function indicesOf(puts: readonly CallRecord[]): ReadonlySet<number> {
  return new Set(puts.flatMap(({ operation }) => (operation.op === 'put' ? [operation.index] : [])));
}

function checkStatus({ sessions }: Evidence, call: CallRecord): Violation | undefined {
  const { request, result } = call;
  if (request?.op !== 'status' || result?.kind !== 'status') return undefined;
  const session = sessions.get(request.sessionId);
  if (session === undefined) return undefined;
  const puts = putsBefore(session, call);
  const { size } = indicesOf(puts);
  // More than were put at all is another's doing: isolation tells it.
  if (result.chunksReceived <= size || result.chunksReceived > puts.length) return undefined;
  const because = 'no put at another index was answered Ok';
  return violation(call, result, STATUS_RULE, `at most ${size} chunks, because ${because}`);
}

function checkFinish(evidence: Evidence, call: CallRecord): Violation | undefined {
  const session = finishedSession(evidence, call);
  if (session === undefined || call.result === undefined) return undefined;
  const count = chunkCount(fileAt(evidence.oracle.files, session.file).bytes, session.chunkSize);
  const stored = indicesOf(putsBefore(session, call));
  const missing = [...Array(count).keys()].find((index) => !stored.has(index));
  if (missing === undefined) return undefined;
  const because = `no put of index ${missing} was answered Ok`;
  return violation(call, call.result, FINISH_RULE, `InvalidArgument, because ${because}`);
}

function violation(call: CallRecord, result: Result, rule: string, expected: string): Violation {
  const operation = operationText(call.operation);
  return {
    checker: 'coverage',
    rule,
    event: call.ended,
    expected: `${operation}: ${expected}`,
    seen: `${operation}: ${resultText(result)}`,
  };
}

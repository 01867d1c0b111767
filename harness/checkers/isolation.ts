/**
 * An operation of one caller or session changes no other. Reads no model: it looks for traces of one session in the answers
 * about another, and for strangers who are served.
 */
import { operationText } from '../../model/operations.js';
import { resultText } from '../../model/explain.js';
import type { Result } from '../../model/result.js';
import { type CallRecord, NOBODY, isQuery } from '../history/calls.js';
import {
  type Checker,
  type Evidence,
  type SessionCalls,
  effectEndOf,
  endOf,
  shortestTtlNs,
  timeOf,
} from '../judgement/evidence.js';
import type { Violation } from '../judgement/verdict.js';
import { putsBefore } from './coverage.js';

const rule = 'an operation of one caller or session changes no other';

export const isolation: Checker = {
  name: 'isolation',
  check(evidence) {
    const found = [
      ...strangersServed(evidence),
      ...sharedIds(evidence),
      ...foreignLists(evidence),
      ...[...evidence.sessions.values()].flatMap((session) => [
        ...chunksOfOthers(session),
        ...changedMeanwhile(evidence, session),
        ...changedBlob(session),
      ]),
    ];
    return found.sort((a, b) => (a.event ?? 0) - (b.event ?? 0))[0];
  },
};

/** Only the creator of a session or a capsule is answered anything but an error. */
function strangersServed({ calls, sessions }: Evidence): readonly Violation[] {
  return calls.flatMap((call) => {
    const { request, result } = call;
    if (request === undefined || call.outcome !== 'ok' || result === undefined) return [];
    if (request.op === 'begin') {
      return request.by === request.capsuleOf
        ? []
        : [
            violation(
              call,
              result,
              `Unauthorized, because the capsule belongs to caller ${request.capsuleOf}`,
            ),
          ];
    }
    const owner = 'sessionId' in request ? sessions.get(request.sessionId)?.owner : undefined;
    if (owner === undefined || owner === request.by) return [];
    return [
      violation(
        call,
        result,
        `Unauthorized, because the session belongs to caller ${owner}, not ${callerText(request.by)}`,
      ),
    ];
  });
}

const callerText = (by: number): string => (by === NOBODY ? 'to whoever shows no token' : String(by));

/** No two sessions have one id or one blob. */
function sharedIds({ calls, sessions }: Evidence): readonly Violation[] {
  const found: Violation[] = [];
  const sessionOfBlob = new Map<string, string>();
  for (const call of calls) {
    const { request, result } = call;
    if (request?.op === 'begin' && result?.kind === 'begun') {
      const first = sessions.get(result.sessionId)?.begin;
      if (first?.request?.op !== 'begin') continue;
      const isSame = first.request.by === request.by && first.request.key === request.key;
      if (!isSame)
        found.push(violation(call, result, `another session than that of ${operationText(first.operation)}`));
    }
    if (request?.op === 'finish' && result?.kind === 'finished') {
      const other = sessionOfBlob.get(result.blobId) ?? request.sessionId;
      if (other !== request.sessionId)
        found.push(violation(call, result, `another blob than that of session ${other}`));
      sessionOfBlob.set(result.blobId, request.sessionId);
    }
  }
  return found;
}

function foreignLists({ calls, sessions }: Evidence): readonly Violation[] {
  return calls.flatMap((call) => {
    const { request, result } = call;
    if (request?.op !== 'list' || result?.kind !== 'sessions') return [];
    const foreign = result.sessionIds.find((id) => (sessions.get(id)?.owner ?? request.by) !== request.by);
    return foreign === undefined ? [] : [violation(call, result, `no session of others, such as ${foreign}`)];
  });
}

/** What nobody has put into a session is not there. */
function chunksOfOthers(session: SessionCalls): readonly Violation[] {
  return session.calls.flatMap((call) => {
    const { request, result } = call;
    if (request?.op === 'put' && result?.kind === 'error' && result.error === 'Conflict') {
      const isOwn = ({ operation, call: number }: CallRecord): boolean =>
        operation.op === 'put' && operation.index === request.index && number !== call.call;
      return putsBefore(session, call).some(isOwn)
        ? []
        : [
            violation(
              call,
              result,
              `no Conflict, because nothing was put at index ${request.index} of this session`,
            ),
          ];
    }
    if (result?.kind !== 'status') return [];
    // Counting one index twice is no trace of others: coverage tells it.
    const puts = putsBefore(session, call).length;
    if (result.chunksReceived <= puts) return [];
    return [violation(call, result, `at most ${puts} chunks, because no more were put into this session`)];
  });
}

/** Between two statuses with nothing done to the session in between, it stays as it is. */
function changedMeanwhile(evidence: Evidence, session: SessionCalls): readonly Violation[] {
  const { history } = evidence;
  const statuses = session.calls.filter(({ result }) => result?.kind === 'status');
  return statuses.flatMap((later, position) => {
    const earlier = statuses[position - 1];
    if (earlier?.result === undefined || later.result === undefined) return [];
    // Where a status is an update call, one that was issued first may be executed last.
    if (endOf(earlier) > later.invoked) return [];
    if (JSON.stringify(earlier.result) === JSON.stringify(later.result)) return [];
    const isTouched = session.calls.some(
      (call) =>
        !isQuery(call) &&
        call.outcome !== 'skipped' &&
        call.invoked < endOf(later) &&
        effectEndOf(call) > earlier.invoked &&
        !(call.result?.kind === 'error' && call.operation.op !== 'finish'),
    );
    const isUpgraded = history.events.some(
      ({ type, index }) =>
        (type === 'upgraded' || type === 'stopping') && index > earlier.invoked && index < endOf(later),
    );
    const elapsed = timeOf(history, endOf(later)) - timeOf(history, session.begin.invoked);
    if (isTouched || isUpgraded || elapsed >= shortestTtlNs(evidence)) return [];
    const since = `nothing was done to this session since event ${endOf(earlier)}`;
    return [violation(later, later.result, `${resultText(earlier.result)}, because ${since}`)];
  });
}

function changedBlob(session: SessionCalls): readonly Violation[] {
  const reads = session.calls.filter(({ result }) => result?.kind === 'blob');
  return reads.flatMap((later, position) => {
    const earlier = reads[position - 1]?.result;
    if (earlier === undefined || later.result === undefined) return [];
    if (JSON.stringify(earlier) === JSON.stringify(later.result)) return [];
    return [violation(later, later.result, `${resultText(earlier)}, as read before`)];
  });
}

function violation(call: CallRecord, result: Result, expected: string): Violation {
  const operation = operationText(call.operation);
  return {
    checker: 'isolation',
    rule,
    event: call.ended,
    expected: `${operation}: ${expected}`,
    seen: `${operation}: ${resultText(result)}`,
  };
}

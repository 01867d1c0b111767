/**
 * An operation on one session does not affect other sessions or callers. Uses no model: it looks for traces of one session in answers
 * about another, and for calls of strangers that succeed.
 */
import { operationText } from '../../model/operations.js';
import { resultText } from '../../model/explain.js';
import { type CallRecord, NOBODY, isQuery } from '../history/calls.js';
import {
  type Checker,
  type Evidence,
  type SessionCalls,
  effectEndOf,
  endOf,
  shortestTtlNs,
  timeOf,
} from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation, earliest, type CallViolation } from '../evidence/violations.js';
import { putsBefore } from './completeness.js';

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
    return earliest(found);
  },
};

/** Calls of a stranger that succeed. Only the creator of a session or a capsule may use it. */
function strangersServed({ calls, sessions }: Evidence): readonly Violation[] {
  return calls.flatMap((call) => {
    const { request } = call;
    if (request === undefined || call.outcome !== 'ok') return [];
    if (request.op === 'begin') {
      if (request.by === request.capsuleOf) return [];
      return [
        violation(
          call,
          `Unauthorized, because the capsule belongs to caller ${request.capsuleOf}`,
          UNAUTHORIZED,
        ),
      ];
    }
    const owner = 'sessionId' in request ? sessions.get(request.sessionId)?.owner : undefined;
    if (owner === undefined || owner === request.by) return [];
    const stranger = request.by === NOBODY ? 'to a request without a token' : `to caller ${request.by}`;
    return [
      violation(
        call,
        `Unauthorized, because the session belongs to caller ${owner}, not ${stranger}`,
        UNAUTHORIZED,
      ),
    ];
  });
}

/** Two sessions with the same id or the same blob. */
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
        found.push(
          violation(call, `a session other than that of ${operationText(first.operation)}`, ANOTHER_ID),
        );
    }
    if (request?.op === 'finish' && result?.kind === 'finished') {
      const other = sessionOfBlob.get(result.blobId) ?? request.sessionId;
      if (other !== request.sessionId)
        found.push(violation(call, `a blob other than that of session ${other}`, ANOTHER_ID));
      sessionOfBlob.set(result.blobId, request.sessionId);
    }
  }
  return found;
}

/** Lists that contain the session of another caller. */
function foreignLists({ calls, sessions }: Evidence): readonly Violation[] {
  return calls.flatMap((call) => {
    const { request, result } = call;
    if (request?.op !== 'list' || result?.kind !== 'sessions') return [];
    const foreign = result.sessionIds.find((id) => (sessions.get(id)?.owner ?? request.by) !== request.by);
    return foreign === undefined
      ? []
      : [violation(call, `only sessions of the caller, not ${foreign}`, OWN_SESSIONS)];
  });
}

/** Answers that show a chunk that was never put into the session. */
function chunksOfOthers(session: SessionCalls): readonly Violation[] {
  return session.calls.flatMap((call) => {
    const { request, result } = call;
    if (request?.op === 'put' && result?.kind === 'error' && result.error === 'Conflict') {
      const isOwn = ({ operation, call: number }: CallRecord): boolean =>
        operation.op === 'put' && operation.index === request.index && number !== call.call;
      if (putsBefore(session, call).some(isOwn)) return [];
      const because = `nothing else was put at index ${request.index} of this session`;
      return [violation(call, `no Conflict, because ${because}`, { expectedKind: 'no Conflict' })];
    }
    if (result?.kind !== 'status') return [];
    // Counting one index twice is no trace of another session: `completeness` reports that.
    const puts = putsBefore(session, call).length;
    if ((result.chunksReceived ?? 0) <= puts) return [];
    return [
      violation(call, `at most ${puts} chunks, because no more were put into this session`, OWN_CHUNKS),
    ];
  });
}

/** A status that differs from the one before it, although nothing was done to the session in between. */
function changedMeanwhile(evidence: Evidence, session: SessionCalls): readonly Violation[] {
  const { history } = evidence;
  const statuses = session.calls.filter(({ result }) => result?.kind === 'status');
  return statuses.flatMap((later, position) => {
    const earlier = statuses[position - 1];
    if (earlier?.result === undefined || later.result === undefined) return [];
    // Where `status` is an update call, the one that was issued first may be executed last.
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
    return [violation(later, `${resultText(earlier.result)}, because ${since}`, UNCHANGED)];
  });
}

/** A read that returns another blob than the read before it. */
function changedBlob(session: SessionCalls): readonly Violation[] {
  const reads = session.calls.filter(({ result }) => result?.kind === 'blob');
  return reads.flatMap((later, position) => {
    const earlier = reads[position - 1]?.result;
    if (earlier === undefined || later.result === undefined) return [];
    if (JSON.stringify(earlier) === JSON.stringify(later.result)) return [];
    return [violation(later, `${resultText(earlier)}, as read before`, UNCHANGED)];
  });
}

type Kinds = Pick<CallViolation, 'expectedKind' | 'seenKind'>;

const UNAUTHORIZED: Kinds = { expectedKind: 'Unauthorized', seenKind: 'success' };
const ANOTHER_ID: Kinds = { expectedKind: 'an id of its own', seenKind: 'the id of another' };
const OWN_SESSIONS: Kinds = { expectedKind: 'own sessions', seenKind: 'sessions of others' };
const OWN_CHUNKS: Kinds = { expectedKind: 'own chunks', seenKind: 'chunks of others' };
const UNCHANGED: Kinds = { expectedKind: 'the answer before', seenKind: 'another answer' };

function violation(call: CallRecord, expected: string, kinds: Kinds): Violation {
  return callViolation(RULES.isolation, call, { expected, ...kinds });
}

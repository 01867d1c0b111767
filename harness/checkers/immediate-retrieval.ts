/** Once `finish` has succeeded, the very next call of the owner can read the blob, and so can later calls while a memory refers to it. Uses no model. */
import { operationText } from '../../model/operations.js';
import type { CallRecord } from '../history/calls.js';
import { type Checker, type Evidence, type SessionCalls, endOf } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation } from '../evidence/violations.js';

export const immediateRetrieval: Checker = {
  name: 'immediate-retrieval',
  check(evidence) {
    for (const session of evidence.sessions.values()) {
      const violation = checkSession(evidence, session);
      if (violation !== undefined) return violation;
    }
    return undefined;
  },
};

function checkSession(evidence: Evidence, { calls, owner }: SessionCalls): Violation | undefined {
  const finish = calls.find(({ result }) => result?.kind === 'finished');
  if (finish === undefined) return undefined;
  const failed = calls.find(
    (call) =>
      call.request?.by === owner && call.invoked > endOf(finish) && isFailedRead(evidence, finish, call),
  );
  if (failed === undefined) return undefined;
  const since = `${operationText(finish.operation)} succeeded before (event ${endOf(finish)})`;
  return callViolation(RULES.immediateRetrieval, failed, {
    expected: `the blob, because ${since}`,
    expectedKind: 'blob',
  });
}

function isFailedRead(
  evidence: Evidence,
  finish: CallRecord,
  { request, invoked, result }: CallRecord,
): boolean {
  if (request?.op !== 'read' && request?.op !== 'readWhole') return false;
  // A chunk may be larger than a reply can carry, and a token may have expired.
  if (result?.kind !== 'error' || result.error === 'ResourceExhausted' || result.error === 'Unauthenticated')
    return false;
  return hasMemory(evidence, finish, invoked, request.via !== undefined);
}

/**
 * Whether, at the event at `index`, a memory certainly refers to the blob that `finish` returned. The blob lives no longer than its
 * memories.
 * @param isReadByMemory whether the blob is read by the memory that the finish made, so that no other memory counts
 */
function hasMemory(
  { calls }: Evidence,
  { result: finished, ended }: CallRecord,
  index: number,
  isReadByMemory: boolean,
): boolean {
  if (finished?.kind !== 'finished') return false;
  const { blobId, memoryId } = finished;
  // An interface without memories has no operation that deletes a blob.
  if (memoryId === undefined) return (ended ?? Infinity) < index;
  const made = calls.flatMap(({ result, ended: end = Infinity }) => {
    const refers = result?.kind === 'memory' && result.assets.some((asset) => asset.blobId === blobId);
    return refers && end < index ? [result.memoryId] : [];
  });
  return [memoryId, ...(isReadByMemory ? [] : made)].some(
    (id) => !calls.some((call) => mayDelete(call, id, index)),
  );
}

function mayDelete({ request, result, invoked }: CallRecord, memoryId: string, index: number): boolean {
  if (request?.op !== 'deleteMemory' || request.memoryId !== memoryId || invoked > index) return false;
  return result?.kind !== 'error';
}

/** A finished blob, and what is read back, have the hash of the bytes that were put and the hash that `finish` was given. Uses no model. */
import { chunkCount, otherFileIndex } from '../../model/content.js';
import { fileAt } from '../../model/oracle.js';
import type { Result } from '../../model/result.js';
import type { CallRecord } from '../history/calls.js';
import { type Checker, type Evidence, type SessionCalls, endOf } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation } from '../evidence/violations.js';
import { finishedSession, putsBefore } from './completeness.js';

export const storedHash: Checker = {
  name: 'stored-hash',
  check(evidence) {
    /** The file whose hash finish was given, by session id. */
    const hashedFiles = new Map<string, number>();
    for (const call of evidence.calls.toSorted((a, b) => endOf(a) - endOf(b))) {
      const session = finishedSession(evidence, call);
      const found =
        session === undefined
          ? checkRead(evidence, call, hashedFiles)
          : checkFinish(evidence, session, call, hashedFiles);
      if (found !== undefined) return found;
    }
    return undefined;
  },
};

function checkFinish(
  evidence: Evidence,
  session: SessionCalls,
  call: CallRecord,
  hashedFiles: Map<string, number>,
): Violation | undefined {
  const { request, result } = call;
  if (request?.op !== 'finish' || result?.kind !== 'finished') return undefined;
  const { oracle } = evidence;
  if (request.hash !== 'right' && request.hash !== 'other-file') {
    return callViolation(RULES.storedHash, call, {
      expected: 'ChecksumMismatch or InvalidArgument, because no file has the hash that was given',
      expectedKind: 'ChecksumMismatch for a wrong hash',
    });
  }
  const file = request.hash === 'right' ? request.file : otherFileIndex(oracle.files, request.file);
  const wrong = wrongIndex(evidence, session, call, file);
  if (wrong !== undefined) {
    const because = `the bytes put at index ${wrong} are not those of the file whose hash was given`;
    return callViolation(RULES.storedHash, call, {
      expected: `ChecksumMismatch, because ${because}`,
      expectedKind: 'ChecksumMismatch for wrong bytes',
    });
  }
  hashedFiles.set(session.id, file);
  return checkSummary(evidence, call, file, result);
}

/** An index at which no put sent the bytes that `file` has there. `completeness` reports indices that were never put. */
function wrongIndex(
  { oracle }: Evidence,
  session: SessionCalls,
  call: CallRecord,
  file: number,
): number | undefined {
  const { chunkSize } = session;
  const isRight = new Map<number, boolean>();
  for (const { request } of putsBefore(session, call)) {
    if (request?.op !== 'put' || isRight.get(request.index) === true) continue;
    const { index, data } = request;
    const wanted = oracle.chunkRef(file, chunkSize, index, { kind: 'right' });
    const hasLength = data.kind !== 'short' && data.kind !== 'long' && data.kind !== 'empty';
    const sent = oracle.chunkRef(request.file, request.chunkSize ?? chunkSize, index, data);
    isRight.set(index, hasLength && oracle.isSameChunk(sent, wanted));
  }
  const count = chunkCount(fileAt(oracle.files, file).bytes, chunkSize);
  return [...isRight].find(([index, right]) => index < count && !right)?.[0];
}

function checkRead(
  evidence: Evidence,
  call: CallRecord,
  hashedFiles: ReadonlyMap<string, number>,
): Violation | undefined {
  const { request, result } = call;
  if ((request?.op !== 'read' && request?.op !== 'readWhole') || result?.kind !== 'blob') return undefined;
  const file = hashedFiles.get(request.sessionId);
  return file === undefined ? undefined : checkSummary(evidence, call, file, result);
}

function checkSummary(
  { oracle }: Evidence,
  call: CallRecord,
  file: number,
  result: Extract<Result, { kind: 'finished' | 'blob' }>,
): Violation | undefined {
  const { sha256 } = result;
  const size = (result.kind === 'blob' ? result.statedSize : undefined) ?? result.size;
  const right = { size: String(fileAt(oracle.files, file).bytes), sha256: oracle.sha256(file) };
  if (size === right.size && (sha256 === undefined || sha256 === right.sha256)) return undefined;
  return callViolation(RULES.storedHash, call, {
    expected: `${right.size} B with SHA-256 ${right.sha256.slice(0, 12)}…`,
    expectedKind: size === right.size ? 'the right content' : 'the right size',
    seenKind: size === right.size ? 'a wrong content' : 'a wrong size',
  });
}

/** What is finished and read back hashes to what was stored and to the hash that `finish` was given. Reads no model. */
import { operationText } from '../../model/operations.js';
import { chunkCount, otherFileIndex } from '../../model/content.js';
import { resultText } from '../../model/explain.js';
import { fileAt } from '../../model/oracle.js';
import type { Result } from '../../model/result.js';
import { type CallRecord } from '../history/calls.js';
import type { Checker, Evidence, SessionCalls } from '../judgement/evidence.js';
import type { Violation } from '../judgement/verdict.js';
import { finishedSession, putsBefore } from './coverage.js';

const rule = 'what is stored hashes to what was put and to the hash given to finish';

export const storedHash: Checker = {
  name: 'stored-hash',
  check(evidence) {
    /** By session: the file whose hash its finish was given. */
    const hashedFiles = new Map<string, number>();
    for (const call of [...evidence.calls].sort((a, b) => (a.ended ?? Infinity) - (b.ended ?? Infinity))) {
      const session = finishedSession(evidence, call);
      const violation =
        session === undefined
          ? checkRead(evidence, call, hashedFiles)
          : checkFinish(evidence, session, call, hashedFiles);
      if (violation !== undefined) return violation;
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
    return violation(
      call,
      `ChecksumMismatch or InvalidArgument, because the hash given is that of no file`,
      result,
    );
  }
  const file = request.hash === 'right' ? request.file : otherFileIndex(oracle.files, request.file);
  const wrong = wrongIndex(evidence, session, call, file);
  if (wrong !== undefined) {
    const because = `the bytes put at index ${wrong} are not those of the file whose hash was given`;
    return violation(call, `ChecksumMismatch, because ${because}`, result);
  }
  hashedFiles.set(session.id, file);
  return checkSummary(evidence, call, file, result.size, result.sha256, result);
}

/** An index at which nothing that was put is what `file` has there. Indices never put are the business of `coverage`. */
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
  return file === undefined
    ? undefined
    : checkSummary(evidence, call, file, result.size, result.sha256, result);
}

function checkSummary(
  { oracle }: Evidence,
  call: CallRecord,
  file: number,
  size: string,
  sha256: string | undefined,
  result: Result,
): Violation | undefined {
  const right = { size: String(fileAt(oracle.files, file).bytes), sha256: oracle.sha256(file) };
  if (size === right.size && (sha256 === undefined || sha256 === right.sha256)) return undefined;
  return violation(call, `${right.size} B with SHA-256 ${right.sha256.slice(0, 12)}…`, result);
}

function violation(call: CallRecord, expected: string, result: Result): Violation {
  const operation = operationText(call.operation);
  return {
    checker: 'stored-hash',
    rule,
    event: call.ended,
    expected: `${operation}: ${expected}`,
    seen: `${operation}: ${resultText(result)}`,
  };
}

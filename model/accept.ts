/** Compares what was answered with what is allowed, and learns the ids that the canister chose. */
import type { Alternative, Answer, ExpectedStatus } from './answer.js';
import type { ContentOracle } from './oracle.js';
import type { Result } from './result.js';
import { type ModelState, type SessionRecord, withSession } from './state.js';

/** Ranges in a status at most; longer lists of gaps are cut there. */
const MISSING_RANGES_MAX = 10_000;

/** The state after `result`, or undefined if this alternative does not allow it. */
export function accept(
  alternative: Alternative,
  result: Result,
  oracle: ContentOracle,
): ModelState | undefined {
  const { answer, next } = alternative;
  switch (answer.kind) {
    case 'begun':
      return result.kind === 'begun' ? acceptBegun(next, answer, result.sessionId) : undefined;
    case 'finished':
      return result.kind === 'finished' ? acceptFinished(next, answer, result, oracle) : undefined;
    case 'done':
      return result.kind === 'done' ? next : undefined;
    case 'blob': {
      const isBlob = result.kind === 'blob' && result.size === String(answer.bytes);
      return isBlob && result.sha256 === oracle.sha256(answer.file) ? next : undefined;
    }
    case 'status':
      return result.kind === 'status' && isStatus(answer.status, result) ? next : undefined;
    case 'sessions':
      return result.kind === 'sessions' && isList(answer, result.sessionIds) ? next : undefined;
    case 'error': {
      const isAllowed = result.kind === 'error' && answer.errors.includes(result.error);
      return isAllowed && isNamed(answer.names, result.text) ? next : undefined;
    }
  }
}

type BegunAnswer = Extract<Answer, { kind: 'begun' }>;
type FinishedAnswer = Extract<Answer, { kind: 'finished' }>;
type FinishedResult = Extract<Result, { kind: 'finished' }>;
type StatusResult = Extract<Result, { kind: 'status' }>;

/** An id is never used twice, not even after its record is gone. */
function acceptBegun(
  state: ModelState,
  { session: position }: BegunAnswer,
  id: string,
): ModelState | undefined {
  const session = recordAt(state, position);
  if (session.id !== undefined) return session.id === id ? state : undefined;
  if (state.sessions.some((other) => other.id === id)) return undefined;
  return withSession(state, position, { ...session, id });
}

function acceptFinished(
  state: ModelState,
  { session: position, bytes, file }: FinishedAnswer,
  { blobId, memoryId, size, sha256 }: FinishedResult,
  oracle: ContentOracle,
): ModelState | undefined {
  if (size !== String(bytes)) return undefined;
  if (sha256 !== undefined && sha256 !== oracle.sha256(file)) return undefined;
  const session = recordAt(state, position);
  const { finish } = session;
  if (finish === undefined) return undefined;
  if (finish.blobId !== undefined)
    return finish.blobId === blobId && finish.memoryId === memoryId ? state : undefined;
  const isUsed = state.sessions.some(
    ({ finish: other }) =>
      other !== undefined &&
      (other.blobId === blobId || (memoryId !== undefined && other.memoryId === memoryId)),
  );
  return isUsed
    ? undefined
    : withSession(state, position, { ...session, finish: { ...finish, blobId, memoryId } });
}

function isStatus(expected: ExpectedStatus, seen: StatusResult): boolean {
  if (seen.state !== expected.state || seen.chunkSize !== String(expected.chunkSize)) return false;
  if (expected.missing === undefined) {
    return (
      seen.chunksReceived <= expected.chunksReceived && Number(seen.bytesReceived) <= expected.bytesReceived
    );
  }
  if (seen.chunksReceived !== expected.chunksReceived) return false;
  if (seen.bytesReceived !== String(expected.bytesReceived)) return false;
  const missing = expected.missing.slice(0, MISSING_RANGES_MAX);
  return (
    missing.length === seen.missing.length &&
    missing.every(({ start, end }, at) => seen.missing[at]?.start === start && seen.missing[at]?.end === end)
  );
}

function isList(
  { must, may, unnamed }: Extract<Answer, { kind: 'sessions' }>,
  seen: readonly string[],
): boolean {
  const ids = new Set(seen);
  if (ids.size !== seen.length || must.some((id) => !ids.has(id))) return false;
  const unknown = seen.filter((id) => !must.includes(id) && !may.includes(id)).length;
  return unknown <= unnamed;
}

/** Whether the text holds one of the numbers as a whole number, digits grouped or not. An interface without texts names nothing. */
function isNamed(names: readonly number[] | undefined, text: string): boolean {
  if (names === undefined || names.length === 0 || text === '') return true;
  const numbers = text.replace(/(?<=\d)[_,](?=\d{3})/g, '').match(/\d+/g) ?? [];
  return numbers.some((number) => names.includes(Number(number)));
}

function recordAt(state: ModelState, position: number): SessionRecord {
  const session = state.sessions[position];
  if (session === undefined) throw new Error(`the model has no session at ${position}`);
  return session;
}

/** The kind of an answer, for fingerprints: what distinguishes two answers without their ids, numbers, and texts. */
import type { Alternative, ExpectedResult, ExpectedStatus } from '../../model/expected.js';
import { CONFIG_LIMITS, type Result } from '../../model/result.js';

/** The kind of the answer of a call; `no answer` if it has none. */
export function answerKind(result: Result | undefined): string {
  if (result === undefined) return 'no answer';
  switch (result.kind) {
    case 'error':
      return result.error;
    case 'rejected':
      return `reject ${result.errorCode}`;
    case 'status':
      return `status ${result.state}`;
    default:
      return result.kind;
  }
}

function kindOfExpected(expected: ExpectedResult): string {
  switch (expected.kind) {
    case 'error':
      return expected.errors.join(' or ');
    case 'status':
      return `status ${expected.status.state}`;
    default:
      return expected.kind;
  }
}

export interface AnswerKinds {
  readonly expectedKind: string;
  readonly seenKind: string;
}

/**
 * The kinds of a wrong answer and of the answer that the model expects. If both have the same kind, they name the part that differs.
 * @param expected the answers that the model allows, most likely first
 */
export function disagreementKinds(expected: readonly Alternative[], result: Result): AnswerKinds {
  const seenKind = answerKind(result);
  const [first] = expected;
  if (first === undefined) return { expectedKind: 'no answer', seenKind };
  const alike = expected.find((one) => isOfKind(one.expected, seenKind));
  if (alike === undefined) return { expectedKind: kindOfExpected(first.expected), seenKind };
  const part = differingPart(alike, result);
  return { expectedKind: `the right ${part}`, seenKind: `a wrong ${part}` };
}

function isOfKind(expected: ExpectedResult, kind: string): boolean {
  return expected.kind === 'error'
    ? expected.errors.some((name) => name === kind)
    : kindOfExpected(expected) === kind;
}

/** The part in which an answer differs from the expected one, although both have the same kind. */
function differingPart({ expected, next }: Alternative, result: Result): string {
  switch (expected.kind) {
    case 'begun':
      return expected.isNew ? 'new session' : 'known session';
    case 'finished': {
      const finish = next.sessions[expected.session]?.finish;
      if (result.kind !== 'finished' || result.size !== String(expected.bytes)) return 'size';
      return expected.isRepeat && finish?.blobId !== result.blobId ? 'repeated blob' : 'blob';
    }
    case 'blob':
      return result.kind === 'blob' && (result.statedSize ?? result.size) === String(expected.bytes)
        ? 'content'
        : 'size';
    case 'status':
      return result.kind === 'status' ? statusPart(expected.status, result) : 'status';
    case 'sessions': {
      const listed = result.kind === 'sessions' ? result.sessionIds : [];
      return expected.must.every((id) => listed.includes(id)) ? 'list without others' : 'complete list';
    }
    case 'memories': {
      const listed = result.kind === 'memories' ? result.memoryIds : [];
      return expected.ids.every((id) => listed.includes(id)) ? 'list without others' : 'complete list';
    }
    case 'memory':
      return 'memory';
    case 'stats':
      return 'counter';
    case 'config': {
      const wrong = CONFIG_LIMITS.find(
        (name) => result.kind === 'config' && result.limits[name] !== expected.limits[name],
      );
      return `limit ${wrong ?? 'sessionTtl'}`;
    }
    case 'error':
      return 'error text';
    case 'done':
      return 'answer';
  }
}

function statusPart(
  expected: ExpectedStatus,
  { chunkSize, chunksReceived, bytesReceived }: Extract<Result, { kind: 'status' }>,
): string {
  if (chunkSize !== String(expected.chunkSize)) return 'chunk size';
  if (chunksReceived !== expected.chunksReceived) return 'chunk count';
  return bytesReceived === String(expected.bytesReceived) ? 'missing chunks' : 'byte count';
}

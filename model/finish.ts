/** `finish`: missing chunks, length, hash; a repeated finish; and a finish that takes several messages. */
import type { TimeSpan } from './spans.js';
import type { Alternative, ExpectedResult, Reason } from './expected.js';
import { otherFileIndex, totalLengthArgument } from './content.js';
import { type SessionContext, refuse } from './context.js';
import { type ContentOracle, fileAt } from './oracle.js';
import type { ModelRequest } from './request.js';
import type { IndexRange } from './result.js';
import type { HashArgument } from './schedule.js';
import { missingRanges } from './session-operations.js';
import { type ModelState, type SessionRecord, sessionPosition, withNewMemory, withSession } from './state.js';

type FinishRequest = Extract<ModelRequest, { op: 'finish' }>;

const HASH_BYTES: Readonly<Record<HashArgument, number>> = {
  right: 32,
  flipped: 32,
  'other-file': 32,
  short: 31,
  empty: 0,
};

export function finishSession(context: SessionContext, request: FinishRequest): Alternative {
  const { state, session, oracle } = context;
  if (session.state === 'Completed') return finishAgain(context, request);
  if (session.state !== 'Initiated' && session.state !== 'Uploading') {
    return refuse(state, 'InvalidState', { code: 'state', state: session.state });
  }
  const wrong = wrongArguments(session, request, oracle);
  const [first] = wrong;
  if (first !== undefined) return refuse(state, 'InvalidArgument', first, namesOf(wrong));

  const meanwhile = withSession(state, context.position, { ...session, state: 'Finishing' });
  const count = session.chunksExpected;
  const hashOfFile = fileOfHash(request, oracle);
  if (hashOfFile === undefined || !isStoredFile(session, hashOfFile, oracle)) {
    return { ...refuse(state, 'ChecksumMismatch', { code: 'hash-wrong', count }), meanwhile };
  }
  const original = { kind: 'Original', blobOf: context.position } as const;
  const memory = { id: undefined, owner: session.owner, assets: [original], isDeleted: false };
  const finish = { hashOfFile, memory: state.memories.length, blobId: undefined, memoryId: undefined };
  const completed: SessionRecord = { ...session, state: 'Completed', ended: context.time, finish };
  return {
    expected: expectedFinish(context.position, session, hashOfFile, false),
    reason: { code: 'hash-right', count },
    next: withNewMemory(withSession(state, context.position, completed), memory),
    meanwhile,
  };
}

/**
 * The alternative for the last message, at `time`, of a finish that left its session Finishing. No chunk can have changed in between,
 * so it is the same as for a finish in one message. A session that falls back keeps its old update time and may be Failed at once.
 */
export function finishAfterAll(
  state: ModelState,
  request: FinishRequest,
  time: TimeSpan,
  oracle: ContentOracle,
): Alternative {
  const position = sessionPosition(state, request.sessionId);
  const finishing = state.sessions[position];
  if (finishing?.state !== 'Finishing') return cutShort(state);
  const before = finishing.chunksReceived === 0 ? 'Initiated' : 'Uploading';
  const session: SessionRecord = { ...finishing, state: before };
  return finishSession(
    { state: withSession(state, position, session), position, session, time, oracle },
    request,
  );
}

/** The state after a finish that left its session Finishing and then failed without a result. */
export function fallBack(state: ModelState, sessionId: string): ModelState {
  const position = sessionPosition(state, sessionId);
  const session = state.sessions[position];
  return session?.state === 'Finishing'
    ? withSession(state, position, { ...session, state: 'Uploading' })
    : state;
}

/** The alternative for a finish that an upgrade cut short, if it returns at all. The upgrade has reset its session. */
export function cutShort(state: ModelState): Alternative {
  return refuse(state, 'Internal', { code: 'cut-short' });
}

function finishAgain(
  { state, position, session, oracle }: SessionContext,
  request: FinishRequest,
): Alternative {
  const hashOfFile = fileOfHash(request, oracle);
  const isLengthRight = totalLengthOf(request, oracle) === session.bytes;
  const before = session.finish?.hashOfFile;
  const isSameHash =
    hashOfFile !== undefined && before !== undefined && oracle.isSameFile(hashOfFile, before);
  if (isLengthRight && isSameHash) {
    const expected = expectedFinish(position, session, before, true);
    return { expected, reason: { code: 'finished-same' }, next: state };
  }
  // Arguments that are never right are an InvalidArgument by the order of errors, and a Conflict by the rule for repetition.
  const isNeverRight = !isLengthRight || HASH_BYTES[request.hash] !== 32;
  return refuse(state, isNeverRight ? ['InvalidArgument', 'Conflict'] : 'Conflict', {
    code: 'finished-other',
  });
}

function wrongArguments(
  session: SessionRecord,
  request: FinishRequest,
  oracle: ContentOracle,
): readonly Reason[] {
  const reasons: Reason[] = [];
  const given = totalLengthOf(request, oracle);
  if (HASH_BYTES[request.hash] !== 32) reasons.push({ code: 'hash-size', bytes: HASH_BYTES[request.hash] });
  if (given !== session.bytes) reasons.push({ code: 'wrong-total', right: session.bytes, given });
  const ranges = missingRanges(session);
  if (ranges.length > 0) reasons.push({ code: 'missing', ranges });
  return reasons;
}

/** The numbers of which an error text must contain one: a missing index, a length, or the size of the hash. */
function namesOf(reasons: readonly Reason[]): readonly IndexRange[] {
  const only = (number: number): IndexRange => ({ start: number, end: number + 1 });
  return reasons.flatMap((reason) => {
    if (reason.code === 'missing') return reason.ranges;
    if (reason.code === 'wrong-total') return [reason.right, reason.given].map(only);
    return reason.code === 'hash-size' ? [reason.bytes, 32].map(only) : [];
  });
}

function totalLengthOf({ file, lengthOff }: FinishRequest, oracle: ContentOracle): number {
  return totalLengthArgument(fileAt(oracle.files, file).bytes, lengthOff);
}

/** The file whose SHA-256 is the argument; `undefined` if the argument is not the hash of a file. */
function fileOfHash({ file, hash }: FinishRequest, { files }: ContentOracle): number | undefined {
  if (hash === 'right') return file;
  return hash === 'other-file' ? otherFileIndex(files, file) : undefined;
}

/** Whether the stored bytes equal this file. Every index must be stored. */
function isStoredFile(session: SessionRecord, file: number, oracle: ContentOracle): boolean {
  if (fileAt(oracle.files, file).bytes !== session.bytes) return false;
  return session.chunks.every(
    (stored, index) =>
      stored !== undefined &&
      oracle.isSameChunk(stored, oracle.chunkRef(file, session.chunkSize, index, { kind: 'right' })),
  );
}

function expectedFinish(
  session: number,
  { bytes }: SessionRecord,
  file: number,
  isRepeat: boolean,
): ExpectedResult {
  return { kind: 'finished', session, isRepeat, bytes, file };
}

/** The operations on a session except `finish`, and reading its blob. */
import type { Alternative } from './expected.js';
import { chunkLengthSent, chunkRange } from './content.js';
import { type SessionContext, DONE, refuse } from './context.js';
import { type ChunkRef, fileAt } from './oracle.js';
import type { ModelRequest } from './request.js';
import type { IndexRange } from './result.js';
import type { Via } from './schedule.js';
import { isBlobAlive } from './memories.js';
import { type SessionRecord, withSession } from './state.js';

type PutRequest = Extract<ModelRequest, { op: 'put' }>;

/** In bytes: the largest chunk that a query can return. `read` may fail for larger chunks. */
const READ_CHUNK_BYTES_MAX = 2_097_000;
/** In bytes: the largest blob that `readWhole` returns. */
const READ_WHOLE_BYTES_MAX = 2_000_000;

export function putChunk(context: SessionContext, request: PutRequest): Alternative {
  const { state, session, oracle } = context;
  const { index, data, file } = request;
  const { chunkSize, chunksExpected, bytes } = session;
  if (session.state !== 'Initiated' && session.state !== 'Uploading') {
    return refuse(state, 'InvalidState', { code: 'state', state: session.state });
  }
  if (index >= chunksExpected) {
    return refuse(state, 'InvalidArgument', { code: 'index-past-end', index, count: chunksExpected });
  }
  const right = chunkLength(session, index);
  const cutBy = request.chunkSize ?? chunkSize;
  const given = chunkLengthSent(fileAt(oracle.files, file).bytes, cutBy, index, data);
  if (given !== right) return refuse(state, 'InvalidArgument', { code: 'wrong-length', index, right, given });

  const sent = oracle.chunkRef(file, cutBy, index, data);
  const stored = session.chunks[index];
  if (stored !== undefined) {
    return oracle.isSameChunk(stored, sent)
      ? { expected: DONE, reason: { code: 'same-bytes' }, next: state }
      : refuse(state, 'Conflict', { code: 'other-bytes', index });
  }
  const chunks =
    session.chunks.length === 0 ? new Array<ChunkRef | undefined>(chunksExpected) : session.chunks.slice();
  chunks[index] = sent;
  return change(
    context,
    { code: 'stores' },
    {
      state: 'Uploading',
      chunks,
      chunksReceived: session.chunksReceived + 1,
      bytesReceived: Math.min(session.bytesReceived + right, bytes),
      updated: context.time,
    },
  );
}

export function abortSession(context: SessionContext): Alternative {
  const { state, session } = context;
  if (session.state === 'Cancelled')
    return { expected: DONE, reason: { code: 'already-cancelled' }, next: state };
  if (session.state === 'Completed' || session.state === 'Finishing') {
    return refuse(state, 'InvalidState', { code: 'state', state: session.state });
  }
  return change(context, { code: 'cancels' }, { state: 'Cancelled', ended: context.time });
}

export function pauseSession(context: SessionContext): Alternative {
  const { state, session, time } = context;
  if (session.state !== 'Uploading')
    return refuse(state, 'InvalidState', { code: 'state', state: session.state });
  return change(context, { code: 'pauses' }, { state: 'Paused', updated: time });
}

export function resumeSession(context: SessionContext): Alternative {
  const { state, session, time } = context;
  if (session.state !== 'Paused')
    return refuse(state, 'InvalidState', { code: 'state', state: session.state });
  return change(context, { code: 'resumes' }, { state: 'Uploading', updated: time });
}

export function statusOf({ state, session }: SessionContext): Alternative {
  const isFreed = session.state === 'Failed' || session.state === 'Cancelled';
  return {
    expected: {
      kind: 'status',
      status: {
        state: session.state,
        chunkSize: session.chunkSize,
        chunksReceived: session.chunksReceived,
        bytesReceived: session.bytesReceived,
        missing: isFreed ? undefined : missingRanges(session),
      },
    },
    reason: { code: 'reports' },
    next: state,
  };
}

/** Reads a blob, which outlives the record of its session. Only the owner of its capsule may read it. */
export function readBlob(
  { state, session, position }: SessionContext,
  by: number,
  op: 'read' | 'readWhole',
  via?: Via,
): Alternative {
  if (session.state !== 'Completed' || session.finish === undefined) {
    return refuse(state, 'NotFound', { code: 'no-blob' });
  }
  // Over HTTP a blob is named by the memory that the finish created.
  if (via !== undefined && state.memories[session.finish.memory]?.isDeleted === true)
    return refuse(state, 'NotFound', { code: 'memory-deleted' });
  if (!isBlobAlive(state, position)) return refuse(state, 'NotFound', { code: 'blob-freed' });
  if (session.owner !== by) {
    return refuse(state, 'Unauthorized', { code: 'not-owner', owner: session.owner, by });
  }
  const { chunkSize, bytes } = session;
  const longest =
    op === 'read'
      ? { what: 'bytes of a chunk to read', given: Math.min(chunkSize, bytes), max: READ_CHUNK_BYTES_MAX }
      : { what: 'bytes of a blob to read whole', given: bytes, max: READ_WHOLE_BYTES_MAX };
  if (longest.given > longest.max && via === undefined)
    return refuse(state, 'ResourceExhausted', { code: 'over-limit', ...longest });
  const { hashOfFile: file } = session.finish;
  return { expected: { kind: 'blob', bytes: session.bytes, file }, reason: { code: 'reads' }, next: state };
}

/** The half-open ranges of indices without a stored chunk, ascending. */
export function missingRanges(session: SessionRecord): readonly IndexRange[] {
  if (session.chunksReceived === session.chunksExpected) return [];
  const ranges: { start: number; end: number }[] = [];
  for (let index = 0; index < session.chunksExpected; index++) {
    if (session.chunks[index] !== undefined) continue;
    const last = ranges.at(-1);
    if (last?.end === index) last.end++;
    else ranges.push({ start: index, end: index + 1 });
  }
  return ranges;
}

/** The session with these fields changed, and the result `done`. */
function change(
  context: SessionContext,
  reason: Alternative['reason'],
  fields: Partial<SessionRecord>,
): Alternative {
  const { state, position, session } = context;
  return { expected: DONE, reason, next: withSession(state, position, { ...session, ...fields }) };
}

function chunkLength({ bytes, chunkSize }: SessionRecord, index: number): number {
  const { start, end } = chunkRange(bytes, chunkSize, index);
  return end - start;
}

/** `begin`: the limits, the idempotency key, and the new session. */
import type { TimeSpan } from './spans.js';
import type { Alternative } from './expected.js';
import { atTime } from './at-time.js';
import { chunkCount, expectedChunksArgument } from './content.js';
import { refuse } from './context.js';
import { type ContentOracle, fileAt } from './oracle.js';
import { countUpload, isHourFull } from './http.js';
import type { ModelRequest } from './request.js';
import type { FileRecipe } from './schedule.js';
import { type ModelState, type SessionRecord, isActive, withNewSession, withSession } from './state.js';

type BeginRequest = Extract<ModelRequest, { op: 'begin' }>;

interface KeyHolder {
  readonly position: number;
  readonly session: SessionRecord;
}

/** Limits of texts in bytes of UTF-8. */
const NAME_BYTES_MAX = 1024;
const KEY_BYTES_MAX = 256;

export function beginSession(
  state: ModelState,
  request: BeginRequest,
  time: TimeSpan,
  oracle: ContentOracle,
): readonly Alternative[] {
  const { by, capsuleOf } = request;
  if (by !== capsuleOf) return [refuse(state, 'Unauthorized', { code: 'not-owner', owner: capsuleOf, by })];
  return keyHolders(state, request, time).flatMap((holder) => {
    const settled = holder === undefined ? state : withSession(state, holder.position, holder.session);
    return beginWithKey(settled, request, holder, time, oracle);
  });
}

function beginWithKey(
  state: ModelState,
  request: BeginRequest,
  holder: KeyHolder | undefined,
  time: TimeSpan,
  oracle: ContentOracle,
): readonly Alternative[] {
  const { limits } = state;
  const file = fileAt(oracle.files, request.file);
  const { chunkSize = limits.chunkSize, chunksOff } = request;
  const given =
    request.via === undefined ? expectedChunksArgument(file.bytes, chunkSize, chunksOff) : undefined;
  if (holder !== undefined && isSameBegin(holder.session, file, given, request.file, oracle)) {
    const { session, position } = holder;
    const reason = { code: 'same-key', key: request.key, id: session.id } as const;
    return [{ expected: { kind: 'begun', session: position, isNew: false }, reason, next: state }];
  }
  const refusal = refuseArguments(state, request, file, given);
  if (refusal !== undefined) return [refusal];

  const active = countActive(state, request.by, time);
  const max = limits.activeSessionsMax;
  const limited = refuse(state, 'ResourceExhausted', { code: 'active-limit', active: active.atMost, max });
  if (active.atLeast >= max) return [limited];
  const otherwise =
    holder === undefined
      ? beginWithinHour(state, request, file, time)
      : beginOfHeldKey(state, request, holder, time);
  return active.atMost >= max ? [...otherwise, limited] : otherwise;
}

function beginOfHeldKey(
  state: ModelState,
  request: BeginRequest,
  { session }: KeyHolder,
  time: TimeSpan,
): readonly Alternative[] {
  const conflict = refuse(state, 'Conflict', { code: 'key-in-use', key: request.key, id: session.id });
  return withinHour(state, request, time, [conflict]);
}

/** A new upload over HTTP counts towards the limit of uploads per hour. */
function beginWithinHour(
  state: ModelState,
  request: BeginRequest,
  file: FileRecipe,
  time: TimeSpan,
): readonly Alternative[] {
  const begun = beginNew(state, request, file, time);
  if (request.via === undefined) return [begun];
  const counted = countUpload(state.http, request.by, time);
  return withinHour(
    state,
    request,
    time,
    counted.map((http) => ({ ...begun, next: { ...begun.next, http } })),
  );
}

/** `allowed`, unless the owner has reached the limit of uploads over HTTP per hour. */
function withinHour(
  state: ModelState,
  request: BeginRequest,
  time: TimeSpan,
  allowed: readonly Alternative[],
): readonly Alternative[] {
  const { httpUploadsPerHour: max } = state.limits;
  const full = request.via === undefined ? 'no' : isHourFull(state.http, request.by, time, max);
  if (full === 'no') return allowed;
  const refused = refuse(state, 'ResourceExhausted', { code: 'hour-full', max });
  return full === 'yes' ? [refused] : [...allowed, refused];
}

function refuseArguments(
  state: ModelState,
  request: BeginRequest,
  file: FileRecipe,
  given: number | undefined,
): Alternative | undefined {
  const { limits } = state;
  const right = chunkCount(file.bytes, limits.chunkSize);
  if (file.name === '') return refuse(state, 'InvalidArgument', { code: 'text-empty', what: 'name' });
  if (request.key === '') return refuse(state, 'InvalidArgument', { code: 'text-empty', what: 'key' });
  if (given !== undefined && given !== right)
    return refuse(state, 'InvalidArgument', { code: 'wrong-chunk-count', right, given });
  const sizes = [
    { what: 'bytes of the upload', given: file.bytes, max: limits.bytesMax },
    ...(request.via === undefined
      ? []
      : [{ what: 'bytes of the upload over HTTP', given: file.bytes, max: limits.httpBytesMax }]),
    { what: 'chunks of the upload', given: right, max: limits.chunksMax },
    { what: 'bytes of the name', given: Buffer.byteLength(file.name), max: NAME_BYTES_MAX },
    { what: 'bytes of the key', given: Buffer.byteLength(request.key), max: KEY_BYTES_MAX },
  ];
  const over = sizes.find((size) => size.given > size.max);
  return over && refuse(state, 'ResourceExhausted', { code: 'over-limit', ...over });
}

function beginNew(state: ModelState, request: BeginRequest, file: FileRecipe, time: TimeSpan): Alternative {
  const chunksExpected = chunkCount(file.bytes, state.limits.chunkSize);
  const session: SessionRecord = {
    id: undefined,
    owner: request.by,
    key: request.key,
    file: request.file,
    bytes: file.bytes,
    chunkSize: state.limits.chunkSize,
    chunksExpected,
    sessionTtlNs: state.limits.sessionTtlNs,
    recordTtlNs: state.limits.recordTtlNs,
    state: 'Initiated',
    chunks: [],
    chunksReceived: 0,
    bytesReceived: 0,
    updated: time,
    ended: undefined,
    finish: undefined,
    isGone: false,
    isCleaned: false,
  };
  return {
    expected: { kind: 'begun', session: state.sessions.length, isNew: true },
    reason: { code: 'new-session' },
    next: withNewSession(state, session),
  };
}

/**
 * The sessions that may hold the key at `time`. A session holds its key while it is active or Completed; `undefined` means that none
 * does. At most one session holds a key at any instant, but a span of time can leave open which one.
 */
function keyHolders(
  state: ModelState,
  request: BeginRequest,
  time: TimeSpan,
): readonly (KeyHolder | undefined)[] {
  const holders: (KeyHolder | undefined)[] = [];
  let isSurelyHeld = false;
  for (const [position, session] of state.sessions.entries()) {
    if (session.owner !== request.by || session.key !== request.key || !holdsKey(session)) continue;
    const holding = atTime(session, time);
    for (const now of holding) if (holdsKey(now)) holders.push({ position, session: now });
    if (holding.every(holdsKey)) isSurelyHeld = true;
  }
  return isSurelyHeld ? holders : [...holders, undefined];
}

function holdsKey(session: SessionRecord): boolean {
  return isActive(session) || (session.state === 'Completed' && !session.isGone);
}

function isSameBegin(
  session: SessionRecord,
  file: FileRecipe,
  chunksGiven: number | undefined,
  fileIndex: number,
  oracle: ContentOracle,
): boolean {
  return (
    (chunksGiven === undefined || session.chunksExpected === chunksGiven) &&
    session.bytes === file.bytes &&
    fileAt(oracle.files, session.file).name === file.name &&
    oracle.isSameFile(session.file, fileIndex)
  );
}

function countActive(state: ModelState, owner: number, time: TimeSpan): { atLeast: number; atMost: number } {
  let atLeast = 0;
  let atMost = 0;
  for (const session of state.sessions) {
    if (session.owner !== owner || !isActive(session)) continue;
    const variants = atTime(session, time);
    if (variants.some(isActive)) atMost++;
    if (variants.every(isActive)) atLeast++;
  }
  return { atLeast, atMost };
}

/**
 * The situations that campaigns should reach. A situation is a named test on a history. Generators do not know the situations, so a
 * situation that a campaign never reaches shows a weakness of the generators.
 */
import { viaOf, type Operation } from '../../model/schedule.js';
import { isEnvironmentReject, isSizeRefusal } from '../history/rejects.js';
import {
  type ExecutedCall,
  type HistoryIndex,
  type SessionIndex,
  indexOf,
  isDuring,
  isOpenAt,
  storedBefore,
} from './history-index.js';

/** Default limit of an inline asset, in bytes (upload.did). */
const INLINE_MAX_DEFAULT = 32_768;
/** Default time to live of a session, in seconds (upload.did). */
const SESSION_TTL_DEFAULT = 86_400;

type SituationTest = (history: HistoryIndex) => boolean;
type SessionTest = (session: SessionIndex, history: HistoryIndex) => boolean;

function inSession(holds: SessionTest): SituationTest {
  return (history) => history.sessions.some((session) => holds(session, history));
}

/** Whether `holds` is true for some call of `op` in some session. */
function someCall(
  op: Operation['op'],
  holds: (call: ExecutedCall, session: SessionIndex, history: HistoryIndex) => boolean,
): SituationTest {
  return inSession((session, history) =>
    session.calls.some((one) => one.op === op && holds(one, session, history)),
  );
}

function okBefore({ calls }: SessionIndex, op: Operation['op'], { from }: ExecutedCall): boolean {
  return calls.some((other) => other.op === op && other.isOk && other.to < from);
}

/** Whether no `resume` has followed the latest `pause` of the session. */
function isPaused({ calls }: SessionIndex, { from }: ExecutedCall): boolean {
  return (
    calls.filter(({ op, isOk, to }) => isOk && to < from && (op === 'pause' || op === 'resume')).at(-1)
      ?.op === 'pause'
  );
}

function duringFinish(one: ExecutedCall, { calls }: SessionIndex): boolean {
  return calls.some((finish) => finish.op === 'finish' && finish !== one && isDuring(one, finish));
}

function gaps(finish: ExecutedCall, session: SessionIndex): number {
  return session.chunks - storedBefore(session, finish.from).size;
}

function isFinished({ calls }: SessionIndex): boolean {
  return calls.some(({ op, isOk }) => op === 'finish' && isOk);
}

function finished(holds: (session: SessionIndex) => boolean): SituationTest {
  return inSession((session) => isFinished(session) && holds(session));
}

function isOverHttp({ call: { operation } }: ExecutedCall): boolean {
  return viaOf(operation) === 'http';
}

function isStranger({ error }: ExecutedCall): boolean {
  return error === 'Unauthorized';
}

/** Seconds of all `advance` steps between two events. */
function secondsBetween({ events }: HistoryIndex, from: number, to: number): number {
  return events.reduce(
    (sum, event) =>
      sum + (event.type === 'advanced' && event.index > from && event.index < to ? event.seconds : 0),
    0,
  );
}

function upgraded(holds: (index: number, history: HistoryIndex) => boolean): SituationTest {
  return (history) => history.upgrades.some(({ index }) => holds(index, history));
}
function hasOpenSession(index: number, { sessions }: HistoryIndex): boolean {
  return sessions.some((session) => isOpenAt(session, index));
}

function restarted(holds: (index: number, history: HistoryIndex) => boolean): SituationTest {
  return (history) => history.events.some(({ type, index }) => type === 'stopping' && holds(index, history));
}

/** Whether `holds` is true for two begins, of which `a` was executed first. */
function begins(holds: (a: ExecutedCall, b: ExecutedCall, history: HistoryIndex) => boolean): SituationTest {
  return (history) => {
    const all = history.calls.filter(({ op }) => op === 'begin');
    return all.some((b, at) => all.slice(0, at).some((a) => holds(a, b, history)));
  };
}
function keyOf({ call: { request } }: ExecutedCall): string {
  return request?.op === 'begin' ? request.key : '';
}

function callerOf({ call: { request } }: ExecutedCall): number {
  return request?.by ?? -1;
}

function idOf({ call: { result } }: ExecutedCall): string {
  return result?.kind === 'begun' ? result.sessionId : '';
}

function isSameKey(a: ExecutedCall, b: ExecutedCall): boolean {
  return keyOf(a) === keyOf(b) && callerOf(a) === callerOf(b);
}

/** Whether `holds` is true for two sessions that were both open when `b` was begun. */
function pairs(holds: (a: SessionIndex, b: SessionIndex, history: HistoryIndex) => boolean): SituationTest {
  return (history) =>
    history.sessions.some((b) =>
      history.sessions.some((a) => a !== b && isOpenAt(a, b.begin.from) && holds(a, b, history)),
    );
}

function memories(holds: (memory: ExecutedCall, history: HistoryIndex) => boolean): SituationTest {
  return (history) => history.calls.some((one) => one.op === 'memory' && holds(one, history));
}
function inlineLengths({ call: { operation } }: ExecutedCall): readonly number[] {
  return operation.op === 'memory'
    ? operation.assets.flatMap((asset) => ('inlineBytes' in asset ? [asset.inlineBytes] : []))
    : [];
}
function inlineMax({ schedule }: HistoryIndex): number {
  return schedule.limits.inlineBytesMax ?? INLINE_MAX_DEFAULT;
}

function dataOf({ call: { operation } }: ExecutedCall): string {
  return operation.op === 'put' ? operation.data.kind : '';
}

function readAfterDelete(isOk: boolean): SituationTest {
  return someCall('read', (read, _, { calls }) => {
    const isDeleted = calls.some(({ op, isOk: done, to }) => op === 'deleteMemory' && done && to < read.from);
    return isDeleted && read.isOk === isOk && (isOk || read.error === 'NotFound');
  });
}

export const SITUATIONS = {
  'an upload of no bytes finished': finished(({ bytes }) => bytes === 0),
  'an upload of one chunk finished': finished(({ chunks }) => chunks === 1),
  'a last chunk of one byte': finished(
    ({ bytes, chunkSize, chunks }) => chunks > 1 && bytes % chunkSize === 1,
  ),
  'a last chunk one byte short of full': finished(
    ({ bytes, chunkSize, chunks }) => chunks > 1 && bytes % chunkSize === chunkSize - 1,
  ),
  'a full last chunk': finished(({ bytes, chunkSize, chunks }) => chunks > 1 && bytes % chunkSize === 0),
  'more than 256 chunks': inSession((session) => [...storedBefore(session, Infinity)].some((i) => i > 255)),
  'chunks out of order': someCall(
    'put',
    (put, session) => put.isOk && Math.max(...storedBefore(session, put.from)) > indexOf(put),
  ),
  'a repeated chunk': someCall(
    'put',
    (put, session) => put.isOk && storedBefore(session, put.from).has(indexOf(put)),
  ),
  'other bytes at a stored index': someCall('put', ({ error }) => error === 'Conflict'),
  'an index past the end': someCall('put', (put, { chunks }) => indexOf(put) >= chunks),
  'a chunk too short': someCall('put', (put) => dataOf(put) === 'short' && put.error === 'InvalidArgument'),
  'a chunk too long': someCall('put', (put) => dataOf(put) === 'long' && put.error === 'InvalidArgument'),
  'a put larger than a message': someCall(
    'put',
    ({ call: { result } }) => result?.kind === 'rejected' && isSizeRefusal(result),
  ),
  'a session finished after the schedule': ({ calls, events }) => {
    const epilogue = events.findIndex(({ type }) => type === 'epilogue');
    return epilogue >= 0 && calls.some(({ op, isOk, from }) => op === 'finish' && isOk && from > epilogue);
  },
  'a put while paused': someCall('put', (put, session) => isPaused(session, put)),
  'a put after abort': someCall('put', (put, session) => okBefore(session, 'abort', put)),
  'a put after finish': someCall('put', (put, session) => okBefore(session, 'finish', put)),
  'a put during finish': someCall('put', duringFinish),
  'a repeated chunk during finish': someCall(
    'put',
    (put, session) => duringFinish(put, session) && storedBefore(session, put.from).has(indexOf(put)),
  ),
  'a put overtaken by finish': inSession(({ calls }) =>
    calls.some(
      (put) =>
        put.op === 'put' &&
        calls.some(({ op, from, to }) => op === 'finish' && put.call.invoked < from && put.from > to),
    ),
  ),
  'a finish in several messages': ({ events, calls }) =>
    calls.some(
      ({ op, call }) =>
        op === 'finish' && events.some((event) => event.type === 'message' && event.call === call.call),
    ),
  'a finish with nothing stored': someCall(
    'finish',
    (finish, session) => session.chunks > 0 && gaps(finish, session) === session.chunks,
  ),
  'a finish with one gap': someCall(
    'finish',
    (finish, session) => session.chunks > 1 && gaps(finish, session) === 1,
  ),
  'a finish with several gaps': someCall(
    'finish',
    (finish, session) => gaps(finish, session) > 1 && gaps(finish, session) < session.chunks,
  ),
  'a finish with a wrong hash': someCall('finish', ({ error }) => error === 'ChecksumMismatch'),
  'a finish corrected after a wrong hash': inSession(({ calls }) =>
    calls.some(
      (wrong) =>
        wrong.error === 'ChecksumMismatch' &&
        calls.some((right) => right.op === 'finish' && right.isOk && right.from > wrong.to),
    ),
  ),
  'a finish while paused': someCall('finish', (finish, session) => isPaused(session, finish)),
  'a repeated finish with the same arguments': someCall(
    'finish',
    (finish, session) => finish.isOk && okBefore(session, 'finish', finish),
  ),
  'a repeated finish with other arguments': someCall(
    'finish',
    (finish, session) => finish.error === 'Conflict' && okBefore(session, 'finish', finish),
  ),
  'two finishes of one session in flight': someCall('finish', duringFinish),
  'two sessions Finishing at once': ({ calls }) =>
    calls.some(
      (a) =>
        a.op === 'finish' &&
        calls.some(
          (b) =>
            b.op === 'finish' && b.call.request !== a.call.request && isDuring(b, a) && b.to > b.from + 1,
        ),
    ),
  'an abort during finish': someCall('abort', duringFinish),
  'an abort after finish': someCall('abort', (abort, session) => okBefore(session, 'finish', abort)),
  'a repeated abort': someCall('abort', (abort, session) => okBefore(session, 'abort', abort)),
  'a pause that was resumed': someCall('resume', ({ isOk }) => isOk),
  'a status during finish': someCall('status', duringFinish),
  'a stranger on a session': inSession(({ calls }) => calls.some(isStranger)),
  'a stranger during finish': inSession((session) =>
    session.calls.some((one) => isStranger(one) && duringFinish(one, session)),
  ),
  'expiry between an accepted chunk and finish': someCall('finish', (finish, session, history) => {
    const last = session.calls.filter(({ op, isOk, to }) => op === 'put' && isOk && to < finish.from).at(-1);
    const ttl = history.schedule.limits.sessionTtlSeconds ?? SESSION_TTL_DEFAULT;
    return last !== undefined && !finish.isOk && secondsBetween(history, last.to, finish.from) >= ttl;
  }),
  'a session whose record is gone': inSession(({ calls }) =>
    calls.some(({ op, error }) => op !== 'read' && op !== 'readWhole' && error === 'NotFound'),
  ),
  'a cleanup by the owner of an open session': ({ calls, sessions }) =>
    calls.some(
      (one) =>
        one.op === 'cleanup' &&
        one.isOk &&
        sessions.some((session) => session.session.owner === callerOf(one) && isOpenAt(session, one.from)),
    ),
  'a repeated key while its session is open': begins(
    (a, b) => isSameKey(a, b) && idOf(b) !== '' && idOf(a) === idOf(b),
  ),
  'one key in flight twice': begins((a, b) => isSameKey(a, b) && b.call.invoked < a.to),
  'one key used by two callers': begins(
    (a, b) => keyOf(a) === keyOf(b) && callerOf(a) !== callerOf(b) && a.isOk && b.isOk,
  ),
  'a repeated key with other parameters': begins((a, b) => isSameKey(a, b) && b.error === 'Conflict'),
  'a repeated key after its session ended': begins(
    (a, b) => isSameKey(a, b) && a.isOk && b.isOk && idOf(a) !== idOf(b),
  ),
  'more active sessions than allowed': ({ calls }) =>
    calls.some(({ op, error }) => op === 'begin' && error === 'ResourceExhausted'),
  'a begin in the capsule of another': ({ calls }) =>
    calls.some((one) => one.op === 'begin' && isStranger(one)),
  'two open sessions of one name': pairs(
    (a, b, { schedule: { files } }) => files[a.session.file]?.name === files[b.session.file]?.name,
  ),
  'two open sessions of one file': pairs((a, b) => a.session.file === b.session.file),
  'an upgrade with open sessions': upgraded(hasOpenSession),
  'an upgrade during finish': upgraded((index, { calls }) =>
    calls.some((one) => one.op === 'finish' && one.from < index && index < one.to),
  ),
  'an upgrade before a submitted call is delivered': upgraded((index, { calls }) =>
    calls.some(({ call, from }) => call.invoked < index && index < from),
  ),
  'a restart with open sessions': restarted((index, history) => hasOpenSession(index, history)),
  'a restart during finish': restarted((index, { calls }) =>
    calls.some((one) => one.op === 'finish' && one.from < index && index < one.to),
  ),
  'a call refused by a stopping canister': ({ calls }) =>
    calls.some(
      ({ call: { result } }) => result?.kind === 'rejected' && isEnvironmentReject(result.errorCode),
    ),
  'a new chunk size with open sessions': (history) =>
    history.upgrades.some(
      ({ index, limits }) => limits?.chunkSize !== undefined && hasOpenSession(index, history),
    ),
  'the older layout with open sessions': (history) =>
    history.schedule.from !== undefined &&
    history.upgrades.slice(0, 1).some(({ index }) => hasOpenSession(index, history)),
  'a put after an upgrade into an older session': inSession(({ calls, begin }, { upgrades }) =>
    calls.some(
      (put) =>
        put.op === 'put' && put.isOk && upgrades.some(({ index }) => begin.to < index && index < put.from),
    ),
  ),
  'a memory of an uploaded blob': memories(
    ({ isOk, call: { operation } }) =>
      isOk && operation.op === 'memory' && operation.assets.some((asset) => 'blobOf' in asset),
  ),
  'a blob read after one of its memories was deleted': readAfterDelete(true),
  'a blob deleted with its last memory': readAfterDelete(false),
  'inline bytes of exactly the limit': memories(
    (memory, history) => memory.isOk && inlineLengths(memory).includes(inlineMax(history)),
  ),
  'inline bytes over the limit': memories(({ error }) => error === 'ResourceExhausted'),
  'a memory with no asset, too many, or two of one kind': memories(
    ({ error }) => error === 'InvalidArgument',
  ),
  'statistics after an abort': ({ calls }) =>
    calls.some(
      (stats) =>
        stats.op === 'stats' && calls.some(({ op, isOk, to }) => op === 'abort' && isOk && to < stats.from),
    ),
  'a session used over both interfaces': inSession(({ calls }) =>
    ['http', undefined].every((via) => calls.some((one) => one.isOk && viaOf(one.call.operation) === via)),
  ),
  'a put over HTTP during a finish through Candid': someCall(
    'put',
    (put, { calls }) =>
      isOverHttp(put) && calls.some((one) => one.op === 'finish' && !isOverHttp(one) && isDuring(put, one)),
  ),
  'a finish over HTTP of chunks put through Candid': someCall(
    'finish',
    (finish, { calls }) =>
      finish.isOk &&
      isOverHttp(finish) &&
      calls.some((put) => put.op === 'put' && put.isOk && !isOverHttp(put)),
  ),
  'a request over HTTP without a token': ({ calls }) =>
    calls.some(({ call: { operation } }) => viaOf(operation) === 'http-no-token'),
  'an expired token': ({ calls }) => calls.some((one) => isOverHttp(one) && one.error === 'Unauthenticated'),
} as const satisfies Readonly<Record<string, SituationTest>>;

export type Situation = keyof typeof SITUATIONS;

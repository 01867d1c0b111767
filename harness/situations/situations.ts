/**
 * The interesting situations that a run can get into, all of them in one place. Each is a question to the History: generators do not
 * know of them, so that a campaign that never gets into one says something about its generators.
 */
import { viaOf, type Operation } from '../../model/schedule.js';
import { isOfSurroundings, isSizeRefusal } from '../history/rejects.js';
import {
  type ExecutedCall,
  type HistoryIndex,
  type SessionIndex,
  indexOf,
  isDuring,
  isOpenAt,
  storedBefore,
} from './history-index.js';

/** In bytes, of one inline asset, where the limits name none (upload.did). */
const INLINE_MAX_DEFAULT = 32_768;
/** In seconds, where the limits name none (upload.did). */
const SESSION_TTL_DEFAULT = 86_400;

type InScene = (scene: HistoryIndex) => boolean;
type InSession = (session: SessionIndex, scene: HistoryIndex) => boolean;

function inSession(holds: InSession): InScene {
  return (scene) => scene.sessions.some((session) => holds(session, scene));
}

/** Some act of `op` in a session of which `holds` is true. */
function act(
  op: Operation['op'],
  holds: (act: ExecutedCall, session: SessionIndex, scene: HistoryIndex) => boolean,
): InScene {
  return inSession((session, scene) =>
    session.acts.some((one) => one.op === op && holds(one, session, scene)),
  );
}

function okBefore({ acts }: SessionIndex, op: Operation['op'], { from }: ExecutedCall): boolean {
  return acts.some((other) => other.op === op && other.isOk && other.to < from);
}

/** Its latest `pause` has not been followed by a `resume`. */
function isPaused({ acts }: SessionIndex, { from }: ExecutedCall): boolean {
  return (
    acts.filter(({ op, isOk, to }) => isOk && to < from && (op === 'pause' || op === 'resume')).at(-1)?.op ===
    'pause'
  );
}

function duringFinish(one: ExecutedCall, { acts }: SessionIndex): boolean {
  return acts.some((finish) => finish.op === 'finish' && finish !== one && isDuring(one, finish));
}

function gaps(finish: ExecutedCall, session: SessionIndex): number {
  return session.chunks - storedBefore(session, finish.from).size;
}

const isFinished = ({ acts }: SessionIndex): boolean => acts.some(({ op, isOk }) => op === 'finish' && isOk);

function finished(holds: (session: SessionIndex) => boolean): InScene {
  return inSession((session) => isFinished(session) && holds(session));
}

const isOverHttp = ({ call: { operation } }: ExecutedCall): boolean => viaOf(operation) === 'http';

const isStranger = ({ error }: ExecutedCall): boolean => error === 'Unauthorized';

/** Seconds that passed by `advance` between two events. */
function secondsBetween({ events }: HistoryIndex, from: number, to: number): number {
  return events.reduce(
    (sum, event) =>
      sum + (event.type === 'advanced' && event.index > from && event.index < to ? event.seconds : 0),
    0,
  );
}

function upgraded(holds: (index: number, scene: HistoryIndex) => boolean): InScene {
  return (scene) => scene.upgrades.some(({ index }) => holds(index, scene));
}
function hasOpenSession(index: number, { sessions }: HistoryIndex): boolean {
  return sessions.some((session) => isOpenAt(session, index));
}

function restarted(holds: (index: number, scene: HistoryIndex) => boolean): InScene {
  return (scene) => scene.events.some(({ type, index }) => type === 'stopping' && holds(index, scene));
}

/** Two begins of which the first came before. */
function begins(holds: (a: ExecutedCall, b: ExecutedCall, scene: HistoryIndex) => boolean): InScene {
  return (scene) => {
    const all = scene.acts.filter(({ op }) => op === 'begin');
    return all.some((b, at) => all.slice(0, at).some((a) => holds(a, b, scene)));
  };
}
const keyOf = ({ call: { request } }: ExecutedCall): string => (request?.op === 'begin' ? request.key : '');
const callerOf = ({ call: { request } }: ExecutedCall): number => request?.by ?? -1;
const idOf = ({ call: { result } }: ExecutedCall): string =>
  result?.kind === 'begun' ? result.sessionId : '';
const isSameKey = (a: ExecutedCall, b: ExecutedCall): boolean =>
  keyOf(a) === keyOf(b) && callerOf(a) === callerOf(b);

/** Two sessions, both open when the second was begun. */
function pairs(holds: (a: SessionIndex, b: SessionIndex, scene: HistoryIndex) => boolean): InScene {
  return (scene) =>
    scene.sessions.some((b) =>
      scene.sessions.some((a) => a !== b && isOpenAt(a, b.begin.from) && holds(a, b, scene)),
    );
}

function memories(holds: (memory: ExecutedCall, scene: HistoryIndex) => boolean): InScene {
  return (scene) => scene.acts.some((one) => one.op === 'memory' && holds(one, scene));
}
function inlineLengths({ call: { operation } }: ExecutedCall): readonly number[] {
  return operation.op === 'memory'
    ? operation.assets.flatMap((asset) => ('inlineBytes' in asset ? [asset.inlineBytes] : []))
    : [];
}
const inlineMax = ({ schedule }: HistoryIndex): number =>
  schedule.limits.inlineBytesMax ?? INLINE_MAX_DEFAULT;
const dataOf = ({ call: { operation } }: ExecutedCall): string =>
  operation.op === 'put' ? operation.data.kind : '';

function readAfterDelete(isOk: boolean): InScene {
  return act('read', (read, _, { acts }) => {
    const isDeleted = acts.some(({ op, isOk: done, to }) => op === 'deleteMemory' && done && to < read.from);
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
  'more chunks than a byte can count': inSession((session) =>
    [...storedBefore(session, Infinity)].some((i) => i > 255),
  ),
  'chunks out of order': act(
    'put',
    (put, session) => put.isOk && Math.max(...storedBefore(session, put.from)) > indexOf(put),
  ),
  'a chunk again': act(
    'put',
    (put, session) => put.isOk && storedBefore(session, put.from).has(indexOf(put)),
  ),
  'other bytes at an index that is stored': act('put', ({ error }) => error === 'Conflict'),
  'an index past the end': act('put', (put, { chunks }) => indexOf(put) >= chunks),
  'a chunk too short': act('put', (put) => dataOf(put) === 'short' && put.error === 'InvalidArgument'),
  'a chunk too long': act('put', (put) => dataOf(put) === 'long' && put.error === 'InvalidArgument'),
  'a put that no message can carry': act(
    'put',
    ({ call: { result } }) => result?.kind === 'rejected' && isSizeRefusal(result),
  ),
  'a session finished after the schedule': ({ acts, events }) => {
    const epilogue = events.findIndex(({ type }) => type === 'epilogue');
    return epilogue >= 0 && acts.some(({ op, isOk, from }) => op === 'finish' && isOk && from > epilogue);
  },
  'a put while paused': act('put', (put, session) => isPaused(session, put)),
  'a put after abort': act('put', (put, session) => okBefore(session, 'abort', put)),
  'a put after finish': act('put', (put, session) => okBefore(session, 'finish', put)),
  'a put during finish': act('put', duringFinish),
  'a chunk again during finish': act(
    'put',
    (put, session) => duringFinish(put, session) && storedBefore(session, put.from).has(indexOf(put)),
  ),
  'a put that finish overtakes': inSession(({ acts }) =>
    acts.some(
      (put) =>
        put.op === 'put' &&
        acts.some(({ op, from, to }) => op === 'finish' && put.call.invoked < from && put.from > to),
    ),
  ),
  'a finish in several messages': ({ events, acts }) =>
    acts.some(
      ({ op, call }) =>
        op === 'finish' && events.some((event) => event.type === 'message' && event.call === call.call),
    ),
  'a finish with nothing stored': act(
    'finish',
    (finish, session) => session.chunks > 0 && gaps(finish, session) === session.chunks,
  ),
  'a finish with one gap': act(
    'finish',
    (finish, session) => session.chunks > 1 && gaps(finish, session) === 1,
  ),
  'a finish with several gaps': act(
    'finish',
    (finish, session) => gaps(finish, session) > 1 && gaps(finish, session) < session.chunks,
  ),
  'a finish with a wrong hash': act('finish', ({ error }) => error === 'ChecksumMismatch'),
  'a finish mended after a wrong hash': inSession(({ acts }) =>
    acts.some(
      (wrong) =>
        wrong.error === 'ChecksumMismatch' &&
        acts.some((right) => right.op === 'finish' && right.isOk && right.from > wrong.to),
    ),
  ),
  'a finish while paused': act('finish', (finish, session) => isPaused(session, finish)),
  'a finish again with the same arguments': act(
    'finish',
    (finish, session) => finish.isOk && okBefore(session, 'finish', finish),
  ),
  'a finish again with other arguments': act(
    'finish',
    (finish, session) => finish.error === 'Conflict' && okBefore(session, 'finish', finish),
  ),
  'two finishes of one session in flight': act('finish', duringFinish),
  'two sessions Finishing at once': ({ acts }) =>
    acts.some(
      (a) =>
        a.op === 'finish' &&
        acts.some(
          (b) =>
            b.op === 'finish' && b.call.request !== a.call.request && isDuring(b, a) && b.to > b.from + 1,
        ),
    ),
  'an abort during finish': act('abort', duringFinish),
  'an abort after finish': act('abort', (abort, session) => okBefore(session, 'finish', abort)),
  'an abort again': act('abort', (abort, session) => okBefore(session, 'abort', abort)),
  'a pause that was resumed': act('resume', ({ isOk }) => isOk),
  'a status during finish': act('status', duringFinish),
  'a stranger on a session': inSession(({ acts }) => acts.some(isStranger)),
  'a stranger during finish': inSession((session) =>
    session.acts.some((one) => isStranger(one) && duringFinish(one, session)),
  ),
  'expiry between an accepted chunk and finish': act('finish', (finish, session, scene) => {
    const last = session.acts.filter(({ op, isOk, to }) => op === 'put' && isOk && to < finish.from).at(-1);
    const ttl = scene.schedule.limits.sessionTtlSeconds ?? SESSION_TTL_DEFAULT;
    return last !== undefined && !finish.isOk && secondsBetween(scene, last.to, finish.from) >= ttl;
  }),
  'the record of a session gone': inSession(({ acts }) =>
    acts.some(({ op, error }) => op !== 'read' && op !== 'readWhole' && error === 'NotFound'),
  ),
  'a cleanup beside an open session': ({ acts, sessions }) =>
    acts.some(
      (one) =>
        one.op === 'cleanup' &&
        one.isOk &&
        sessions.some((session) => session.session.owner === callerOf(one) && isOpenAt(session, one.from)),
    ),
  'a key again while its session is open': begins(
    (a, b) => isSameKey(a, b) && idOf(b) !== '' && idOf(a) === idOf(b),
  ),
  'one key in flight twice': begins((a, b) => isSameKey(a, b) && b.call.invoked < a.to),
  'one key of two callers': begins(
    (a, b) => keyOf(a) === keyOf(b) && callerOf(a) !== callerOf(b) && a.isOk && b.isOk,
  ),
  'a key with other parameters': begins((a, b) => isSameKey(a, b) && b.error === 'Conflict'),
  'a key again after its session ended': begins(
    (a, b) => isSameKey(a, b) && a.isOk && b.isOk && idOf(a) !== idOf(b),
  ),
  'one session too many': ({ acts }) =>
    acts.some(({ op, error }) => op === 'begin' && error === 'ResourceExhausted'),
  'a begin in the capsule of another': ({ acts }) =>
    acts.some((one) => one.op === 'begin' && isStranger(one)),
  'two open sessions of one name': pairs(
    (a, b, { schedule: { files } }) => files[a.session.file]?.name === files[b.session.file]?.name,
  ),
  'two open sessions of one file': pairs((a, b) => a.session.file === b.session.file),
  'an upgrade with open sessions': upgraded(hasOpenSession),
  'an upgrade during finish': upgraded((index, { acts }) =>
    acts.some((one) => one.op === 'finish' && one.from < index && index < one.to),
  ),
  'an upgrade before a call that was sent': upgraded((index, { acts }) =>
    acts.some(({ call, from }) => call.invoked < index && index < from),
  ),
  'a restart with open sessions': restarted((index, scene) => hasOpenSession(index, scene)),
  'a restart during finish': restarted((index, { acts }) =>
    acts.some((one) => one.op === 'finish' && one.from < index && index < one.to),
  ),
  'a call refused by a canister that stops': ({ acts }) =>
    acts.some(({ call: { result } }) => result?.kind === 'rejected' && isOfSurroundings(result.errorCode)),
  'another chunk size with open sessions': (scene) =>
    scene.upgrades.some(
      ({ index, limits }) => limits?.chunkSize !== undefined && hasOpenSession(index, scene),
    ),
  'the older layout with open sessions': (scene) =>
    scene.schedule.from !== undefined &&
    scene.upgrades.slice(0, 1).some(({ index }) => hasOpenSession(index, scene)),
  'a put after an upgrade into a session of before': inSession(({ acts, begin }, { upgrades }) =>
    acts.some(
      (put) =>
        put.op === 'put' && put.isOk && upgrades.some(({ index }) => begin.to < index && index < put.from),
    ),
  ),
  'a memory of an uploaded blob': memories(
    ({ isOk, call: { operation } }) =>
      isOk && operation.op === 'memory' && operation.assets.some((asset) => 'blobOf' in asset),
  ),
  'a blob read after one of its memories was deleted': readAfterDelete(true),
  'a blob gone with its last memory': readAfterDelete(false),
  'inline bytes of exactly the limit': memories(
    (memory, scene) => memory.isOk && inlineLengths(memory).includes(inlineMax(scene)),
  ),
  'inline bytes over the limit': memories(({ error }) => error === 'ResourceExhausted'),
  'a memory of too many assets, or none, or a kind twice': memories(
    ({ error }) => error === 'InvalidArgument',
  ),
  'statistics after an abort': ({ acts }) =>
    acts.some(
      (stats) =>
        stats.op === 'stats' && acts.some(({ op, isOk, to }) => op === 'abort' && isOk && to < stats.from),
    ),
  'one session over both interfaces': inSession(({ acts }) =>
    ['http', undefined].every((via) => acts.some((one) => one.isOk && viaOf(one.call.operation) === via)),
  ),
  'a put over HTTP during a finish by Candid': act(
    'put',
    (put, { acts }) =>
      isOverHttp(put) && acts.some((one) => one.op === 'finish' && !isOverHttp(one) && isDuring(put, one)),
  ),
  'a finish over HTTP of chunks that came by Candid': act(
    'finish',
    (finish, { acts }) =>
      finish.isOk &&
      isOverHttp(finish) &&
      acts.some((put) => put.op === 'put' && put.isOk && !isOverHttp(put)),
  ),
  'a request over HTTP without a token': ({ acts }) =>
    acts.some(({ call: { operation } }) => viaOf(operation) === 'http-no-token'),
  'a token out of date': ({ acts }) => acts.some((one) => isOverHttp(one) && one.error === 'Unauthenticated'),
} as const satisfies Readonly<Record<string, InScene>>;

export type Situation = keyof typeof SITUATIONS;

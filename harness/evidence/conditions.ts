/**
 * The conditions of a failure: what happens in a history besides plain uploads, in a fixed order and without numbers. The conditions of
 * a shrunk schedule are those that the failure needs. They distinguish causes that have the same wrong answer: a finish that refuses a
 * correct upload after `chunks out of order` and a finish that refuses it after an `upgrade` are two findings.
 */
import { chunkCount } from '../../model/content.js';
import { isOfUnknown, viaOf, type Operation } from '../../model/operations.js';
import type { Schedule } from '../../model/schedule.js';
import type { History, HistoryEvent } from '../history/history.js';

type Named<Op extends Operation['op']> = Extract<Operation, { op: Op }>;

interface Scope {
  readonly schedule: Pick<Schedule, 'files' | 'from' | 'subnets'>;
  /** In bytes. */
  readonly chunkSize: number;
  readonly events: readonly HistoryEvent[];
  /** All operations that were issued. */
  readonly all: readonly Operation[];
  /** The operations that may matter to the session that fails. */
  readonly own: readonly Operation[];
}

const CONDITIONS = {
  'wrong chunk count': ({ own }) => named(own, 'begin').some(({ chunksOff = 0 }) => chunksOff !== 0),
  'begin repeated': ({ own }) => hasRepetition(named(own, 'begin').map(ownerOf)),
  'another session': ({ all }) => new Set(named(all, 'begin').map(ownerOf)).size > 1,
  'shared key': ({ all }) => hasRepetition([...new Set(named(all, 'begin').map(ownerOf))].map(keyOfOwner)),
  'another caller': ({ all, own }) => own.some((one) => isByAnother(one, all)),
  'unknown session': ({ own }) => own.some(isOfUnknown),
  'capsule of another caller': ({ own }) =>
    own.some((one) => 'capsuleOf' in one && one.capsuleOf !== one.caller),
  'chunks out of order': ({ own }) => putsBySession(own).some(isOutOfOrder),
  'chunk repeated': ({ own }) => putsBySession(own).some((puts) => hasRepetition(puts.map(dataOf))),
  'chunk replaced': ({ own }) => putsBySession(own).some(isReplaced),
  'wrong bytes': ({ own }) => named(own, 'put').some(hasWrongBytes),
  'short chunk': ({ own }) => hasPut(own, 'short'),
  'empty chunk': ({ own }) => hasPut(own, 'empty'),
  'long chunk': ({ own }) => hasPut(own, 'long'),
  'chunk past the end': (scope) =>
    named(scope.own, 'put').some((put) => put.index >= chunksOf(scope, put.session)),
  'missing chunks': (scope) => named(scope.own, 'finish').some(({ session }) => isIncomplete(scope, session)),
  'wrong hash': (scope) => named(scope.own, 'finish').some((finish) => hasWrongHash(finish, scope)),
  'wrong length': ({ own }) => named(own, 'finish').some(({ lengthOff }) => lengthOff !== 0),
  'finish repeated': ({ own }) => hasRepetition(named(own, 'finish').map(({ session }) => session)),
  abort: ({ own }) => named(own, 'abort').length > 0,
  pause: ({ own }) => named(own, 'pause').length > 0,
  resume: ({ own }) => named(own, 'resume').length > 0,
  cleanup: ({ all }) => named(all, 'cleanup').length > 0,
  memory: ({ all }) => named(all, 'memory').length > 0,
  deletion: ({ all }) => named(all, 'deleteMemory').length > 0,
  'over HTTP': ({ own }) => own.some((one) => viaOf(one) !== undefined),
  'no token': ({ own }) => own.some((one) => viaOf(one) === 'http-no-token'),
  'calls in flight': ({ events }) => hasOverlap(events),
  time: ({ events }) => events.some(({ type }) => type === 'advanced'),
  restart: ({ events }) => events.some(({ type }) => type === 'restarted'),
  'message lost': ({ events }) => events.some(({ type }) => type === 'lost'),
  outage: ({ events }) => events.some(({ type }) => type === 'outage'),
  upgrade: ({ events }) => events.some(({ type }) => type === 'upgraded'),
  'new limits': ({ events }) =>
    events.some((event) => event.type === 'upgraded' && event.limits !== undefined),
  'several subnets': ({ schedule }) => schedule.subnets !== undefined,
  'older layout': ({ schedule }) => schedule.from !== undefined,
} as const satisfies Readonly<Record<string, (scope: Scope) => boolean>>;

/** The minimiser prefers empty files, so this condition counts only if there is no other. */
const EMPTY_FILE = 'empty file';

export interface ConditionsOptions {
  /** In bytes. Applies if the schedule sets no chunk size. */
  readonly defaultChunkSize: number;
  /** Label of the session that fails: operations on other sessions do not count. Default: all sessions count. */
  readonly session?: string | undefined;
  /** Index of the event that shows the failure: later events do not count. Default: all events count. */
  readonly until?: number | undefined;
}

/** The names of the conditions that hold, e.g. `['chunks out of order']`. Empty for a plain upload. */
export function conditionsOf(
  history: Pick<History, 'events'>,
  schedule: Pick<Schedule, 'files' | 'from' | 'limits' | 'subnets'>,
  { defaultChunkSize, session, until = Infinity }: ConditionsOptions,
): readonly string[] {
  const events = history.events.filter(({ index }) => index <= until);
  const all = issuedOperations(events);
  const labels = session === undefined ? undefined : labelsOf(all, session);
  const own = all.filter((one) => labels === undefined || !('session' in one) || labels.has(one.session));
  const scope = { schedule, events, all, own, chunkSize: schedule.limits.chunkSize ?? defaultChunkSize };
  const names = Object.entries<(scope: Scope) => boolean>(CONDITIONS)
    .filter(([, holds]) => holds(scope))
    .map(([name]) => name);
  return names.length === 0 && finishesEmptyFile(scope) ? [EMPTY_FILE] : names;
}

/** The operations that were issued, in order. */
export function issuedOperations(events: readonly HistoryEvent[]): readonly Operation[] {
  const skipped = new Set(events.flatMap((event) => (event.type === 'skipped' ? [event.call] : [])));
  return events.flatMap((event) =>
    event.type === 'invoke' && !skipped.has(event.call) ? [event.operation] : [],
  );
}

function finishesEmptyFile({ own, schedule }: Scope): boolean {
  const empty = named(own, 'begin').filter(({ file }) => schedule.files[file]?.bytes === 0);
  const labels = new Set(empty.map(({ session }) => session));
  return named(own, 'finish').some(({ session }) => labels.has(session));
}

/** All labels of the session: `begin` with the same key by the same caller returns the same session. */
function labelsOf(operations: readonly Operation[], session: string): ReadonlySet<string> {
  const begins = named(operations, 'begin');
  const owners = new Set(begins.filter((one) => one.session === session).map(ownerOf));
  return new Set([session, ...begins.filter((one) => owners.has(ownerOf(one))).map((one) => one.session)]);
}

function named<Op extends Operation['op']>(operations: readonly Operation[], op: Op): readonly Named<Op>[] {
  return operations.filter((operation): operation is Named<Op> => operation.op === op);
}

function hasPut(operations: readonly Operation[], kind: Named<'put'>['data']['kind']): boolean {
  return named(operations, 'put').some(({ data }) => data.kind === kind);
}

/** Shrinking can make a caller or an index the right one, although the operation still names it. */
function isByAnother(operation: Operation, all: readonly Operation[]): boolean {
  if (!('by' in operation)) return false;
  const { by } = operation;
  const isOwner = ({ session, caller }: Named<'begin'>) =>
    'session' in operation && session === operation.session && caller === by;
  return !named(all, 'begin').some(isOwner);
}

function hasWrongBytes({ index, data }: Named<'put'>): boolean {
  return data.kind === 'flipped' || (data.kind === 'of-index' && data.index !== index);
}

/** The next file of a schedule is the file itself if it is the only one. */
function hasWrongHash({ hash }: Named<'finish'>, { schedule: { files } }: Scope): boolean {
  return hash !== 'right' && (hash !== 'other-file' || files.length > 1);
}

/** Caller and key, which identify a session. */
function ownerOf({ caller, key }: Named<'begin'>): string {
  return JSON.stringify([caller, key]);
}

function keyOfOwner(owner: string): unknown {
  return (JSON.parse(owner) as readonly unknown[])[1];
}

function putsBySession(operations: readonly Operation[]): readonly (readonly Named<'put'>[])[] {
  const puts = named(operations, 'put');
  const sessions = [...new Set(puts.map(({ session }) => session))];
  return sessions.map((session) => puts.filter((put) => put.session === session));
}

function dataOf({ index, data }: Named<'put'>): string {
  return JSON.stringify([index, data]);
}

/** Whether a chunk follows one with a higher index, without having been put before. */
function isOutOfOrder(puts: readonly Named<'put'>[]): boolean {
  let highest = -1;
  const seen = new Set<number>();
  return puts.some(({ index }) => {
    const isLate = index < highest && !seen.has(index);
    highest = Math.max(highest, index);
    seen.add(index);
    return isLate;
  });
}

/** Whether one index gets different bytes. */
function isReplaced(puts: readonly Named<'put'>[]): boolean {
  return new Set(puts.map(dataOf)).size > new Set(puts.map(({ index }) => index)).size;
}

function chunksOf({ all, schedule, chunkSize }: Scope, session: string): number {
  const begin = named(all, 'begin').find((one) => one.session === session);
  const file = begin && schedule.files[begin.file];
  return file === undefined ? Infinity : chunkCount(file.bytes, chunkSize);
}

function isIncomplete(scope: Scope, session: string): boolean {
  const count = chunksOf(scope, session);
  const indices = named(scope.own, 'put')
    .filter((put) => put.index < count)
    .map(({ index }) => index);
  return new Set(indices).size < count;
}

/** Whether a call is issued before another one has ended. */
function hasOverlap(events: readonly HistoryEvent[]): boolean {
  const open = new Set<number>();
  return events.some((event) => {
    if (event.type === 'invoke') return open.size > 0 || !open.add(event.call);
    if (event.type === 'ok' || event.type === 'fail' || event.type === 'skipped') open.delete(event.call);
    return false;
  });
}

function hasRepetition(items: readonly unknown[]): boolean {
  return new Set(items).size < items.length;
}

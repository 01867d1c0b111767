/** An index of a history, in which situations are looked up: executed calls, by session and in order of execution. */
import { chunkCount } from '../../model/content.js';
import type { ErrorKind } from '../../model/result.js';
import type { Operation, Schedule } from '../../model/schedule.js';
import type { Target } from '../../targets/target.js';
import { type CallRecord, callsOf } from '../history/calls.js';
import { type SessionCalls, sessionsOf } from '../evidence/evidence.js';
import type { History, HistoryEvent } from '../history/history.js';

/** A call that was executed. `from` is the index of the event of its first message, `to` that of its end. */
export interface ExecutedCall {
  readonly call: CallRecord;
  readonly op: Operation['op'];
  readonly from: number;
  readonly to: number;
  readonly isOk: boolean;
  readonly error: ErrorKind | undefined;
}

export interface SessionIndex {
  readonly session: SessionCalls;
  readonly begin: ExecutedCall;
  /** In order of execution, without `begin`. */
  readonly calls: readonly ExecutedCall[];
  readonly bytes: number;
  readonly chunkSize: number;
  readonly chunks: number;
}

export interface HistoryIndex {
  readonly schedule: Schedule;
  readonly events: readonly HistoryEvent[];
  /** In order of execution. */
  readonly calls: readonly ExecutedCall[];
  readonly sessions: readonly SessionIndex[];
  readonly upgrades: readonly Extract<HistoryEvent, { type: 'upgraded' }>[];
}

export function indexHistory(
  history: History,
  schedule: Schedule,
  { defaultChunkSize }: Pick<Target, 'defaultChunkSize'>,
): HistoryIndex {
  const chunkSizeAtFirst = schedule.limits.chunkSize ?? defaultChunkSize;
  const records = callsOf(history, chunkSizeAtFirst);
  const calls = records.flatMap((record) => executedCall(record) ?? []).sort((a, b) => a.from - b.from);
  const executedByNumber = new Map(calls.map((executed) => [executed.call.call, executed]));
  const sessions = [...sessionsOf(records, chunkSizeAtFirst).values()].flatMap((session): SessionIndex[] => {
    const begin = executedByNumber.get(session.begin.call);
    if (begin === undefined) return [];
    const own = session.calls.flatMap(({ call }) => executedByNumber.get(call) ?? []);
    const { chunkSize } = session;
    const bytes = schedule.files[session.file]?.bytes ?? 0;
    const chunks = chunkCount(bytes, chunkSize);
    return [{ session, begin, calls: own.sort((a, b) => a.from - b.from), bytes, chunkSize, chunks }];
  });
  const upgrades = history.events.flatMap((event) =>
    event.type === 'upgraded' && event.failure === undefined ? [event] : [],
  );
  return { schedule, events: history.events, calls, sessions, upgrades };
}

function executedCall(call: CallRecord): ExecutedCall | undefined {
  if (call.outcome === 'skipped') return undefined;
  const { operation, result, outcome, delivered, invoked, ended } = call;
  const error = result?.kind === 'error' ? result.error : undefined;
  const [from, to] = [delivered ?? invoked, ended ?? Infinity];
  return { call, op: operation.op, from, to, isOk: outcome === 'ok', error };
}

/** Chunk indices that puts stored before the event at `until`. */
export function storedBefore({ calls }: SessionIndex, until: number): ReadonlySet<number> {
  const stored = calls.filter(({ op, isOk, from }) => op === 'put' && isOk && from < until);
  return new Set(stored.map(indexOf));
}

/** The chunk index of a put. */
export function indexOf({ call }: ExecutedCall): number {
  return call.operation.op === 'put' ? call.operation.index : -1;
}

/** Whether `inner` is executed between the first message of `outer` and its end. */
export function isDuring(inner: { readonly from: number }, outer: ExecutedCall): boolean {
  return inner.from > outer.from && inner.from < outer.to;
}

/** Whether the session is neither completed nor aborted at an event. */
export function isOpenAt({ begin, calls }: SessionIndex, event: number): boolean {
  const hasEnded = calls.some(
    ({ op, isOk, to }) => isOk && to < event && (op === 'abort' || op === 'finish'),
  );
  return begin.to < event && !hasEnded;
}

/** The calls of a History, each with its beginning, its end and what its labels stood for. */
import type { ModelRequest } from '../model/request.js';
import type { Result } from '../model/result.js';
import type { CallerIndex, Operation, SessionLabel } from '../model/schedule.js';
import type { History, HistoryEvent } from './history.js';

export interface CallRecord {
  readonly call: number;
  readonly operation: Operation;
  /** Undefined if the operation's session was not begun when it was issued. */
  readonly request: ModelRequest | undefined;
  /** Index of its `invoke` event. */
  readonly invoked: number;
  /** Index of its `delivered` event; undefined where the replica chooses the order. */
  readonly delivered: number | undefined;
  /** Index of its `ok`, `fail`, `info` or `skipped` event; undefined if the History ends before. */
  readonly ended: number | undefined;
  readonly outcome: 'ok' | 'fail' | 'info' | 'skipped' | 'open';
  /** Of `ok` and `fail`. */
  readonly result: Result | undefined;
}

/** What a label is bound to: the session of its latest `begin` that answered Ok. */
interface Binding {
  readonly sessionId: string;
  readonly caller: CallerIndex;
  readonly file: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The calls in the order of their `invoke` events. */
export function callsOf(history: History): readonly CallRecord[] {
  const bindings = new Map<SessionLabel, Binding>();
  const calls = new Map<number, Mutable<CallRecord>>();
  for (const event of history.events) {
    if (event.type === 'invoke') {
      const { call, operation, index: invoked } = event;
      const request = requestOf(operation, bindings);
      const open = { delivered: undefined, ended: undefined, outcome: 'open', result: undefined } as const;
      calls.set(call, { call, operation, request, invoked, ...open });
      continue;
    }
    const record = isOperationEvent(event) ? calls.get(event.call) : undefined;
    if (record === undefined) continue;
    if (event.type === 'delivered') record.delivered = event.index;
    else if (isEnd(event)) {
      record.ended = event.index;
      record.outcome = event.type;
      record.result = 'result' in event ? event.result : undefined;
      bind(bindings, event);
    }
  }
  return [...calls.values()];
}

/** Whether the call only reads: it leaves no trace and may have no `delivered` event of its own. */
export function isQuery({ operation: { op } }: CallRecord): boolean {
  return op === 'status' || op === 'read' || op === 'list';
}

/** The session that a call is about, as the canister names it; undefined for `begin`, `list`, `cleanup`. */
export function sessionOf({ request }: CallRecord): string | undefined {
  return request !== undefined && 'sessionId' in request ? request.sessionId : undefined;
}

/** `begin A`, `put A[3]`, `finish A`: how an operation is printed. */
export function operationText(operation: Operation): string {
  switch (operation.op) {
    case 'put':
      return `put ${operation.session}[${operation.index}]`;
    case 'cleanup':
    case 'list':
      return `${operation.op} of caller ${operation.caller}`;
    default:
      return `${operation.op} ${operation.session}`;
  }
}

function requestOf(
  operation: Operation,
  bindings: ReadonlyMap<SessionLabel, Binding>,
): ModelRequest | undefined {
  switch (operation.op) {
    case 'begin': {
      const { caller: by, capsuleOf = by, file, key, chunksOff = 0 } = operation;
      return { op: 'begin', by, capsuleOf, file, key, chunksOff };
    }
    case 'cleanup':
    case 'list':
      return { op: operation.op, by: operation.caller };
  }
  const binding = bindings.get(operation.session);
  if (binding === undefined) return undefined;
  const { sessionId, file } = binding;
  const by = operation.by ?? binding.caller;
  switch (operation.op) {
    case 'put':
      return { op: 'put', sessionId, by, file, index: operation.index, data: operation.data };
    case 'finish':
      return { op: 'finish', sessionId, by, file, hash: operation.hash, lengthOff: operation.lengthOff };
    default:
      return { op: operation.op, sessionId, by };
  }
}

type EndEvent = Extract<HistoryEvent, { type: 'ok' | 'fail' | 'info' | 'skipped' }>;

function isOperationEvent(event: HistoryEvent): event is Extract<HistoryEvent, { operation: Operation }> {
  return 'operation' in event;
}

function isEnd(event: HistoryEvent): event is EndEvent {
  return event.type === 'ok' || event.type === 'fail' || event.type === 'info' || event.type === 'skipped';
}

function bind(bindings: Map<SessionLabel, Binding>, event: EndEvent): void {
  if (event.type !== 'ok' || event.operation.op !== 'begin' || event.result.kind !== 'begun') return;
  const { session, caller, file } = event.operation;
  bindings.set(session, { sessionId: event.result.sessionId, caller, file });
}

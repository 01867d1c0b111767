/** The calls of a History, each with its beginning, its end and what its labels stood for. */
import type { ModelRequest, RequestedAsset } from '../../model/request.js';
import type { Result } from '../../model/result.js';
import { viaOf, type Operation } from '../../model/schedule.js';
import type { History, HistoryEvent } from './history.js';
import { Labels } from './labels.js';

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
  /** In bytes, in force when it ended: what a session that it began is cut by. Undefined where nobody asks. */
  readonly chunkSize: number | undefined;
}

const OPEN = {
  delivered: undefined,
  ended: undefined,
  outcome: 'open',
  result: undefined,
  chunkSize: undefined,
} as const;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The calls in the order of their `invoke` events.
 * @param chunkSize in bytes, that callers cut by at first; without it every request is taken to be cut as its session is
 */
export function callsOf(history: History, chunkSize?: number): readonly CallRecord[] {
  const labels = new Labels(chunkSize);
  const calls = new Map<number, Mutable<CallRecord>>();
  for (const event of history.events) {
    if (event.type === 'upgraded' && event.failure === undefined && chunkSize !== undefined) {
      labels.chunkSize = event.limits?.chunkSize ?? labels.chunkSize;
    }
    if (event.type === 'invoke') {
      const { call, operation, index: invoked } = event;
      const request = requestOf(operation, labels);
      calls.set(call, { call, operation, request, invoked, ...OPEN });
      continue;
    }
    const record = isOperationEvent(event) ? calls.get(event.call) : undefined;
    if (record === undefined) continue;
    if (event.type === 'delivered') record.delivered = event.index;
    else if (isEnd(event)) {
      record.ended = event.index;
      record.outcome = event.type;
      record.chunkSize = labels.chunkSize;
      record.result = 'result' in event ? event.result : undefined;
      if (event.type === 'ok') labels.learn(event.operation, event.result, sessionOf(record));
    }
  }
  return [...calls.values()];
}

/** Operations that only read. */
export const QUERIES: ReadonlySet<Operation['op']> = new Set<Operation['op']>([
  ...(['status', 'read', 'readWhole', 'list', 'readMemory', 'listMemories', 'stats', 'config'] as const),
]);

/** Whether the call only reads: it leaves no trace and may have no `delivered` event of its own. */
export function isQuery({ operation: { op } }: CallRecord): boolean {
  return QUERIES.has(op);
}

/** The session that a call is about, as the canister names it; undefined for `begin`, `list`, `cleanup`. */
export function sessionOf({ request }: CallRecord): string | undefined {
  return request !== undefined && 'sessionId' in request ? request.sessionId : undefined;
}

/** `begin A`, `put A[3]`, `finish A`: how an operation is printed. */
export function operationText(operation: Operation): string {
  return `${candidText(operation)}${interfaceText(operation)}`;
}

/** ` over HTTP`, or nothing. */
export function interfaceText(operation: Operation): string {
  const via = viaOf(operation);
  if (via === undefined) return '';
  return via === 'http' ? ' over HTTP' : ' over HTTP without a token';
}

function candidText(operation: Operation): string {
  switch (operation.op) {
    case 'put':
      return `put ${operation.session}[${operation.index}]`;
    case 'cleanup':
    case 'list':
    case 'listMemories':
    case 'stats':
    case 'config':
      return `${operation.op} of caller ${operation.caller}`;
    case 'memory':
    case 'readMemory':
    case 'deleteMemory':
      return `${operation.op} ${operation.memory}`;
    default:
      return `${operation.op} ${operation.session}`;
  }
}

function requestOf(operation: Operation, labels: Labels): ModelRequest | undefined {
  const request = candidRequestOf(operation, labels);
  const via = viaOf(operation);
  if (request === undefined || via === undefined) return request;
  const by = via === 'http' ? request.by : NOBODY;
  return { ...request, via, by } as ModelRequest;
}

/** The caller of what shows no token. */
export const NOBODY = -1;

function candidRequestOf(operation: Operation, labels: Labels): ModelRequest | undefined {
  switch (operation.op) {
    case 'begin': {
      const { caller: by, capsuleOf = by, file, key, chunksOff = 0 } = operation;
      return { op: 'begin', by, capsuleOf, file, key, chunksOff, chunkSize: labels.chunkSize };
    }
    case 'cleanup':
    case 'list':
    case 'listMemories':
    case 'stats':
    case 'config':
      return { op: operation.op, by: operation.caller };
    case 'memory':
      return memoryRequest(operation, labels);
    case 'readMemory':
    case 'deleteMemory': {
      const memory = labels.memoryOf(operation.memory);
      return memory && { op: operation.op, memoryId: memory.memoryId, by: operation.by ?? memory.caller };
    }
  }
  const binding = labels.sessions.get(operation.session);
  if (binding === undefined) return undefined;
  const { sessionId, file } = binding;
  const by = operation.by ?? binding.caller;
  switch (operation.op) {
    case 'put': {
      const { index, data } = operation;
      return { op: 'put', sessionId, by, file, index, data, chunkSize: labels.chunkSizes.get(sessionId) };
    }
    case 'finish':
      return { op: 'finish', sessionId, by, file, hash: operation.hash, lengthOff: operation.lengthOff };
    default:
      return { op: operation.op, sessionId, by };
  }
}

function memoryRequest(operation: Operation & { op: 'memory' }, labels: Labels): ModelRequest | undefined {
  const { caller: by, capsuleOf = by } = operation;
  const assets: RequestedAsset[] = [];
  for (const asset of operation.assets) {
    if ('inlineBytes' in asset) {
      assets.push(asset);
      continue;
    }
    const blobId = labels.finishOf(asset.blobOf)?.blobId;
    if (blobId === undefined) return undefined;
    assets.push({ kind: asset.kind, blobId });
  }
  return { op: 'memory', by, capsuleOf, assets };
}

type EndEvent = Extract<HistoryEvent, { type: 'ok' | 'fail' | 'info' | 'skipped' }>;

function isOperationEvent(event: HistoryEvent): event is Extract<HistoryEvent, { operation: Operation }> {
  return 'operation' in event;
}

function isEnd(event: HistoryEvent): event is EndEvent {
  return event.type === 'ok' || event.type === 'fail' || event.type === 'info' || event.type === 'skipped';
}

/** The calls of a history: start, end, and request of each. */
import type { ModelRequest, RequestedAsset } from '../../model/request.js';
import type { Result } from '../../model/result.js';
import { READ_OPERATIONS, type SessionOperationName } from '../../model/operations.js';
import { viaOf, type AssetSource, type CallerIndex, type Operation } from '../../model/schedule.js';
import type { History, HistoryEvent } from './history.js';
import { Labels } from './labels.js';

export interface CallRecord {
  readonly call: number;
  readonly operation: Operation;
  /** `undefined` if a label of the operation was not bound when it was issued. */
  readonly request: ModelRequest | undefined;
  /** Index of its `invoke` event. */
  readonly invoked: number;
  /** Index of its `delivered` event; `undefined` if the replica chooses the order of messages. */
  readonly delivered: number | undefined;
  /** Index of its `ok`, `fail`, `info`, or `skipped` event; `undefined` if the history ends earlier. */
  readonly ended: number | undefined;
  readonly outcome: 'ok' | 'fail' | 'info' | 'skipped' | 'open';
  /** The result of an `ok` or `fail`. */
  readonly result: Result | undefined;
  /** In bytes: the chunk size in force when it ended, which a session that it began uses. `undefined` if the reader does not need it. */
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
 * @param chunkSize in bytes: the chunk size of callers at first; without it, every request uses the chunk size of its session
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
      const { operation } = event;
      record.chunkSize = (operation.op === 'begin' ? operation.chunkSize : undefined) ?? labels.chunkSize;
      record.result = 'result' in event ? event.result : undefined;
      if (event.type === 'ok') labels.learn(event.operation, event.result, sessionOf(record));
    }
  }
  return [...calls.values()];
}

/** Whether the call only reads. A read changes nothing and may have no `delivered` event. */
export function isQuery({ operation: { op } }: CallRecord): boolean {
  return READ_OPERATIONS.has(op);
}

/** The canister's id of the session that a call names; `undefined` for `begin`, `list`, and `cleanup`. */
export function sessionOf({ request }: CallRecord): string | undefined {
  return request !== undefined && 'sessionId' in request ? request.sessionId : undefined;
}

/** The request of an operation; `undefined` if one of its labels is not bound. */
function requestOf(operation: Operation, labels: Labels): ModelRequest | undefined {
  const request = requestByOwner(operation, labels);
  const via = viaOf(operation);
  if (request === undefined || via === undefined) return request;
  return { ...request, via, by: via === 'http' ? request.by : NOBODY };
}

/** The caller of a request without a token. */
export const NOBODY = -1;

function requestByOwner(operation: Operation, labels: Labels): ModelRequest | undefined {
  const by = labels.callerOf(operation);
  switch (operation.op) {
    case 'begin': {
      const { capsuleOf = by, file, key, chunksOff = 0, chunkSize = labels.chunkSize } = operation;
      return { op: 'begin', by, capsuleOf, file, key, chunksOff, chunkSize };
    }
    case 'memory': {
      const assets = requestedAssets(operation.assets, labels);
      return assets && { op: 'memory', by, capsuleOf: operation.capsuleOf ?? by, assets };
    }
    case 'cleanup':
    case 'list':
    case 'listMemories':
    case 'listFiles':
    case 'usage':
    case 'stats':
    case 'config':
      return { op: operation.op, by };
    case 'readMemory':
    case 'deleteMemory': {
      const memory = labels.memoryOf(operation.memory);
      return memory && { op: operation.op, memoryId: memory.memoryId, by };
    }
    case 'put':
    case 'finish':
    case 'abort':
    case 'pause':
    case 'resume':
    case 'status':
    case 'read':
    case 'readWhole':
      return sessionRequest(operation, by, labels);
  }
}

function sessionRequest(
  operation: Extract<Operation, { op: SessionOperationName }>,
  by: CallerIndex,
  labels: Labels,
): ModelRequest | undefined {
  const binding = labels.sessions.get(operation.session);
  const sessionId = labels.sessionIdOf(operation);
  if (binding === undefined || sessionId === undefined) return undefined;
  const { file } = binding;
  switch (operation.op) {
    case 'put': {
      const { index, data } = operation;
      return { op: 'put', sessionId, by, file, index, data, chunkSize: labels.chunkSizes.get(sessionId) };
    }
    case 'finish':
      return { op: 'finish', sessionId, by, file, hash: operation.hash, lengthOff: operation.lengthOff };
    case 'abort':
    case 'pause':
    case 'resume':
    case 'status':
    case 'read':
    case 'readWhole':
      return { op: operation.op, sessionId, by };
  }
}

function requestedAssets(
  assets: readonly AssetSource[],
  labels: Labels,
): readonly RequestedAsset[] | undefined {
  const requested: RequestedAsset[] = [];
  for (const asset of assets) {
    if ('inlineBytes' in asset) {
      requested.push(asset);
      continue;
    }
    const blobId = labels.finishOf(asset.blobOf)?.blobId;
    if (blobId === undefined) return undefined;
    requested.push({ kind: asset.kind, blobId });
  }
  return requested;
}

type EndEvent = Extract<HistoryEvent, { type: 'ok' | 'fail' | 'info' | 'skipped' }>;

function isOperationEvent(event: HistoryEvent): event is Extract<HistoryEvent, { operation: Operation }> {
  return 'operation' in event;
}

function isEnd(event: HistoryEvent): event is EndEvent {
  return event.type === 'ok' || event.type === 'fail' || event.type === 'info' || event.type === 'skipped';
}

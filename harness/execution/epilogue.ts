/**
 * The epilogue: after the schedule, every session with a bound label is asked for its status, and every session that can be finished is
 * finished. It follows the results of the canister; without a status, it follows what the canister has acknowledged. The checkers judge
 * these results like all others.
 */
import { chunkCount } from '../../model/content.js';
import type { Result } from '../../model/result.js';
import type { Epilogue, Operation, Schedule } from '../../model/schedule.js';
import type { Shape } from '../../targets/shape.js';
import type { Labels } from '../history/labels.js';
import { hashStepsMax } from './hash-steps.js';

/** A session to finish. */
export interface UnfinishedSession {
  readonly label: string;
  /** The lane of its `begin`. */
  readonly lane: number;
  /** Number of chunks to put. The epilogue sends no others, even if the canister reports them as missing. */
  readonly chunks: number;
  /** In bytes. */
  readonly chunkSize: number;
  /** Maximum number of self calls of its finish. */
  readonly hashSteps: number;
  /** The chunks that the canister has acknowledged. */
  readonly acknowledged: ReadonlySet<number>;
  readonly isFinished: boolean;
  readonly isAborted: boolean;
}

/** What the epilogue needs to know about the interface. */
export interface EpilogueInterface {
  /** Reads of each caller that come last: of its files, and of its quota. */
  readonly audits: readonly ('listFiles' | 'usage')[];
  readonly hasStatus: boolean;
  /** Whether a put is accepted only if all earlier bytes are there. */
  readonly inOrder: boolean;
  /** Whether a call finishes an upload. */
  readonly finishes: boolean;
}

/** A finish of more steps takes longer than a hundred schedules and shows nothing new. */
const HASH_STEPS_MAX = 1_000;

/** An operation to issue. The driver waits until nothing is in flight, and then passes in the result, if there is one. */
export interface EpilogueOperation {
  readonly lane: number;
  readonly operation: Operation;
}

/** A caller that has begun an upload. */
export interface AuditedCaller {
  readonly caller: number;
  /** The lane of its first begin. */
  readonly lane: number;
}

type Operations = Generator<EpilogueOperation, void, Result | undefined>;
type Status = Extract<Result, { kind: 'status' }>;

export function* epilogueOperations(
  sessions: readonly UnfinishedSession[],
  { chunksMax, readsFinished }: Epilogue,
  by: EpilogueInterface,
  callers: readonly AuditedCaller[] = [],
): Operations {
  for (const session of sessions) {
    const { label, lane, isFinished } = session;
    const status = by.hasStatus ? yield { lane, operation: { op: 'status', session: label } } : undefined;
    if (isFinished && readsFinished === true) {
      yield { lane, operation: { op: 'read', session: label } };
      continue;
    }
    if (by.hasStatus && status?.kind !== 'status') continue;
    const known = status?.kind === 'status' ? status : undefined;
    const missing = missingChunks(known, session, by);
    const isCheap = missing.length <= chunksMax && session.hashSteps <= HASH_STEPS_MAX;
    if (isOpen(known, session) && isCheap) yield* finish(session, known?.state === 'Paused', missing, by);
  }
  for (const { caller, lane } of callers)
    for (const op of by.audits) yield { lane, operation: { op, caller } };
}

function isOpen(status: Status | undefined, { isFinished, isAborted }: UnfinishedSession): boolean {
  if (status === undefined) return !isFinished && !isAborted;
  const { state } = status;
  return state === 'Initiated' || state === 'Uploading' || state === 'Paused';
}

function* finish(
  { label: session, lane }: UnfinishedSession,
  isPaused: boolean,
  missing: readonly number[],
  { finishes }: EpilogueInterface,
): Operations {
  if (isPaused) yield { lane, operation: { op: 'resume', session } };
  for (const index of missing)
    yield { lane, operation: { op: 'put', session, index, data: { kind: 'right' } } };
  if (!finishes) {
    yield { lane, operation: { op: 'read', session } };
    return;
  }
  const result = yield { lane, operation: { op: 'finish', session, hash: 'right', lengthOff: 0 } };
  // If wrong bytes are stored, the upload cannot be finished, but it can be aborted.
  yield { lane, operation: { op: result?.kind === 'finished' ? 'read' : 'abort', session } };
}

/** The missing indices. A faulty canister may report ranges of any length, so only indices of the file count. */
function missingChunks(
  status: Status | undefined,
  { chunks, chunkSize, acknowledged }: UnfinishedSession,
  { inOrder }: EpilogueInterface,
): readonly number[] {
  const all = Array.from({ length: chunks }, (_, index) => index);
  if (status?.missing !== undefined) {
    const { missing } = status;
    return all.filter((index) => missing.some(({ start, end }) => start <= index && index < end));
  }
  if (inOrder && status?.bytesReceived !== undefined)
    return all.slice(Math.floor(Number(status.bytesReceived) / chunkSize));
  return all.filter((index) => !acknowledged.has(index));
}

/** The callers that begin uploads, each once. */
export function callersToAudit({ steps }: Pick<Schedule, 'steps'>): readonly AuditedCaller[] {
  const lanes = new Map<number, number>();
  for (const step of steps) {
    if (step.do !== 'call' || step.operation.op !== 'begin') continue;
    if (!lanes.has(step.operation.caller)) lanes.set(step.operation.caller, step.lane);
  }
  return [...lanes].map(([caller, lane]) => ({ caller, lane }));
}

/** The sessions of a schedule, each once: with its first label, or with its latest one if sessions have keys or names. */
export function sessionsToFinish(
  labels: Labels,
  schedule: Pick<Schedule, 'steps' | 'files' | 'limits'>,
  shape: Shape,
  defaultChunkSize: number,
): readonly UnfinishedSession[] {
  const { steps, files } = schedule;
  const sessions = new Map<string, UnfinishedSession>();
  // Where no call begins or finishes an upload, an empty file is one empty chunk.
  const chunksMin = shape.begin === 'implied' || shape.finish === 'implied' ? 1 : 0;
  for (const [label, binding] of labels.sessions) {
    const { sessionId, file } = binding;
    if (shape.session === 'server' && sessions.has(sessionId)) continue;
    const begin = steps.find(
      (step) => step.do === 'call' && step.operation.op === 'begin' && step.operation.session === label,
    );
    const bytes = files[file]?.bytes ?? 0;
    const chunkSize = labels.chunkSizes.get(sessionId) ?? defaultChunkSize;
    sessions.set(sessionId, {
      label,
      lane: begin?.do === 'call' ? begin.lane : 0,
      chunks: Math.max(chunksMin, chunkCount(bytes, chunkSize)),
      chunkSize,
      hashSteps: hashStepsMax(bytes, schedule),
      acknowledged: new Set(labels.acknowledgedOf(binding).map(({ index }) => index)),
      isFinished: labels.finishes.has(sessionId),
      isAborted: labels.aborted.has(sessionId),
    });
  }
  return [...sessions.values()];
}

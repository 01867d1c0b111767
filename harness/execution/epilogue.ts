/**
 * The epilogue: after the schedule, every session with a bound label is asked for its status, and every session that can be finished is
 * finished. It follows the results of the canister. The checkers judge these results like all others.
 */
import { chunkCount } from '../../model/content.js';
import type { Result } from '../../model/result.js';
import type { Epilogue, Operation, Schedule } from '../../model/schedule.js';
import { hashStepsMax } from './hash-steps.js';
import type { Binding } from '../history/labels.js';

/** A session to finish. */
export interface UnfinishedSession {
  readonly label: string;
  /** The lane of its `begin`. */
  readonly lane: number;
  /** Number of chunks of its file. The epilogue sends no others, even if the canister reports them as missing. */
  readonly chunks: number;
  /** Maximum number of self calls of its finish. */
  readonly hashSteps: number;
}

/** A finish of more steps takes longer than a hundred schedules and shows nothing new. */
const HASH_STEPS_MAX = 1_000;

/** An operation to issue. The driver waits until nothing is in flight, and then passes in the result, if there is one. */
export interface EpilogueOperation {
  readonly lane: number;
  readonly operation: Operation;
}

type Operations = Generator<EpilogueOperation, void, Result | undefined>;

export function* epilogueOperations(
  sessions: readonly UnfinishedSession[],
  { chunksMax }: Epilogue,
): Operations {
  for (const session of sessions) {
    const { label, lane } = session;
    const status = yield { lane, operation: { op: 'status', session: label } };
    if (status?.kind !== 'status') continue;
    const { state } = status;
    const isOpen = state === 'Initiated' || state === 'Uploading' || state === 'Paused';
    const missing = missingChunks(status, session);
    const isCheap = missing.length <= chunksMax && session.hashSteps <= HASH_STEPS_MAX;
    if (isOpen && isCheap) yield* finish(session, state === 'Paused', missing);
  }
}

function* finish(
  { label: session, lane }: UnfinishedSession,
  isPaused: boolean,
  missing: readonly number[],
): Operations {
  if (isPaused) yield { lane, operation: { op: 'resume', session } };
  for (const index of missing)
    yield { lane, operation: { op: 'put', session, index, data: { kind: 'right' } } };
  const result = yield { lane, operation: { op: 'finish', session, hash: 'right', lengthOff: 0 } };
  // If wrong bytes are stored, the upload cannot be finished, but it can be aborted.
  yield { lane, operation: { op: result?.kind === 'finished' ? 'read' : 'abort', session } };
}

/** The missing indices. A faulty canister may report ranges of any length, so only indices of the file count. */
function missingChunks(
  { missing }: Extract<Result, { kind: 'status' }>,
  { chunks }: UnfinishedSession,
): readonly number[] {
  const indices: number[] = [];
  for (const { start, end } of missing ?? []) {
    for (let index = Math.max(0, start); index < Math.min(end, chunks); index++) indices.push(index);
  }
  return indices;
}

/**
 * The sessions of a schedule, each once, with its first label.
 * @param chunkSizeOf chunk size in bytes by session id
 */
export function sessionsOfLabels(
  bindings: ReadonlyMap<string, Binding>,
  schedule: Pick<Schedule, 'steps' | 'files' | 'limits'>,
  chunkSizeOf: (sessionId: string) => number,
): readonly UnfinishedSession[] {
  const { steps, files } = schedule;
  const sessions = new Map<string, UnfinishedSession>();
  for (const [label, { sessionId, file }] of bindings) {
    if (sessions.has(sessionId)) continue;
    const begin = steps.find(
      (step) => step.do === 'call' && step.operation.op === 'begin' && step.operation.session === label,
    );
    const lane = begin?.do === 'call' ? begin.lane : 0;
    const bytes = files[file]?.bytes ?? 0;
    const chunks = chunkCount(bytes, chunkSizeOf(sessionId));
    sessions.set(sessionId, { label, lane, chunks, hashSteps: hashStepsMax(bytes, schedule) });
  }
  return [...sessions.values()];
}

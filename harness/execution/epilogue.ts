/**
 * After the schedule: every session that its label still stands for is asked for its status, and what may be finished is finished.
 * It follows what the canister answers; whether these answers are right, and a session that may be finished was, is judged from
 * the History like everything else.
 */
import { chunkCount } from '../../model/content.js';
import type { Result } from '../../model/result.js';
import type { Epilogue, Operation, Schedule } from '../../model/schedule.js';
import { hashStepsMax } from './hash-steps.js';
import type { Binding } from '../history/labels.js';

/** A session to be brought to its end. */
export interface UnfinishedSession {
  readonly label: string;
  /** Of its `begin`. */
  readonly lane: number;
  /** Chunks of its file: no more are sent, whatever the canister says it lacks. */
  readonly chunks: number;
  /** Calls to itself that its finish may take. */
  readonly hashSteps: number;
}

/** A finish of more steps would take longer than a hundred schedules, and tell no more. */
const HASH_STEPS_MAX = 1_000;

/** An operation to be issued; whoever drives the epilogue waits until nothing is in flight and gives it the answer, if there was one. */
export interface EpilogueOperation {
  readonly lane: number;
  readonly operation: Operation;
}

type Calls = Generator<EpilogueOperation, void, Result | undefined>;

export function* epilogueCalls(sessions: readonly UnfinishedSession[], { chunksMax }: Epilogue): Calls {
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
): Calls {
  if (isPaused) yield { lane, operation: { op: 'resume', session } };
  for (const index of missing)
    yield { lane, operation: { op: 'put', session, index, data: { kind: 'right' } } };
  const result = yield { lane, operation: { op: 'finish', session, hash: 'right', lengthOff: 0 } };
  // Other bytes than the file's may be stored, which nothing can mend: then it can still be ended.
  yield { lane, operation: { op: result?.kind === 'finished' ? 'read' : 'abort', session } };
}

/** Ranges may be of any length, and what they name may not be there: only indices of the file are gone through. */
function missingChunks(
  { missing }: Extract<Result, { kind: 'status' }>,
  { chunks }: UnfinishedSession,
): readonly number[] {
  const indices: number[] = [];
  for (const { start, end } of missing) {
    for (let index = Math.max(0, start); index < Math.min(end, chunks); index++) indices.push(index);
  }
  return indices;
}

/** The sessions of a schedule, each once, by the first label that stands for it. `chunkSizeOf`: in bytes, by session id. */
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

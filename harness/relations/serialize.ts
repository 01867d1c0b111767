/**
 * Turns an executed schedule into a serial one: its calls one after another, in the order in which they took effect, and then the
 * completion of its uploads. Relations start from it, because its calls can be left out, repeated, and moved without changing the order
 * of the others.
 */
import { chunkCount } from '../../model/content.js';
import { requestsOf, type Operation, type OperationName } from '../../model/operations.js';
import type { Schedule, SessionLabel, Step } from '../../model/schedule.js';
import type { Target } from '../../targets/target.js';
import { effectOf, isAccepted, mayStayInFlight, type Execution } from './execution.js';
import { sessionOf } from '../history/calls.js';

/** What serialization needs to know of a target. */
export type SerialTarget = Pick<Target, 'shape' | 'promises' | 'operations' | 'defaultChunkSize'>;

/** Uploads of more chunks are not completed. */
const COMPLETED_CHUNKS_MAX = 16;
/** Larger schedules are not worth the time of their variants. */
const CALLS_MAX = 400;
const BYTES_MAX = 16_000_000;

/** `undefined` if the schedule is too large. */
export function serialForm(execution: Execution, target: SerialTarget): Schedule | undefined {
  const steps = [...serialSteps(execution), ...completion(execution, target)];
  const calls = steps.filter(({ do: kind }) => kind === 'call').length;
  if (calls > CALLS_MAX || bytesPut(steps, execution, target) > BYTES_MAX) return undefined;
  const { epilogue: _, ...schedule } = execution.schedule;
  return { ...schedule, steps };
}

/** The steps of the schedule in the order in which they took effect, without the epilogue. */
export function serialSteps({ schedule, history, calls }: Execution): readonly Step[] {
  const timed: { readonly at: number; readonly steps: readonly Step[] }[] = [];
  const epilogue = epilogueOf(history);
  for (const record of calls.values()) {
    if (record.invoked > epilogue) continue;
    const lane = laneOf(history.events[record.invoked]);
    timed.push({ at: effectOf(record), steps: alone(lane, record.operation) });
  }
  for (const event of history.events) {
    if (event.type !== 'advanced' && event.type !== 'upgraded' && event.type !== 'stopping') continue;
    const step = schedule.steps[event.step];
    if (step !== undefined) timed.push({ at: event.index, steps: [step, { do: 'drain' }] });
  }
  return timed.sort((a, b) => a.at - b.at).flatMap(({ steps }) => steps);
}

/** Index of the event that begins the epilogue. */
function epilogueOf({ events }: Execution['history']): number {
  return events.find(({ type }) => type === 'epilogue')?.index ?? Infinity;
}

/** The call, and what it takes to end it before the next one. */
export function alone(lane: number, operation: Operation): readonly Step[] {
  const step: Step = { do: 'call', lane, operation };
  return mayStayInFlight(operation) ? [step, { do: 'drain' }] : [step];
}

export function laneOf(event: Execution['history']['events'][number] | undefined): number {
  return event !== undefined && 'lane' in event ? event.lane : 0;
}

// ---- completion ----

interface OpenUpload {
  readonly label: SessionLabel;
  readonly lane: number;
  readonly sessionId: string;
  /** Number of chunks of its file. */
  readonly chunks: number;
  /** Indices of the right chunks that the canister has acknowledged. */
  readonly stored: ReadonlySet<number>;
  readonly isFinished: boolean;
  readonly isAborted: boolean;
}

/** Asks for the status of every upload, sends what it lacks, finishes it, and reads it. */
function completion(execution: Execution, target: SerialTarget): readonly Step[] {
  const has = (op: OperationName) => requestsOf(op).every((request) => target.operations.has(request));
  return uploadsOf(execution, target).flatMap(({ lane, ...upload }) =>
    completing(upload, target)
      .filter(({ op }) => has(op))
      .flatMap((operation) => alone(lane, operation)),
  );
}

function completing(
  { label: session, chunks, stored, isFinished, isAborted }: Omit<OpenUpload, 'lane'>,
  { shape, promises }: SerialTarget,
): readonly Operation[] {
  const status: Operation = { op: 'status', session };
  const read: Operation = { op: 'read', session };
  if (isAborted) return [status];
  if (isFinished || chunks > COMPLETED_CHUNKS_MAX) return [status, read];
  // The chunks that are stored already are sent again where that is allowed: they may have been lost.
  const isRepeated =
    promises.repeatedPut === 'accepted' && promises.chunkOrder !== 'ascending' && shape.address !== 'append';
  const indices = Array.from({ length: chunks }, (_, index) => index);
  const puts = indices
    .filter((index) => isRepeated || !stored.has(index))
    .map((index): Operation => ({ op: 'put', session, index, data: { kind: 'right' } }));
  const finish: Operation = { op: 'finish', session, hash: 'right', lengthOff: 0 };
  return [status, { op: 'resume', session }, ...puts, ...(shape.finish === 'implied' ? [] : [finish]), read];
}

/** The uploads that have begun, each once, with its first label that is still bound to it. */
function uploadsOf(
  { schedule, history, calls }: Execution,
  { defaultChunkSize }: SerialTarget,
): readonly OpenUpload[] {
  const bound = new Map<SessionLabel, Pick<OpenUpload, 'lane' | 'sessionId' | 'chunks'>>();
  const stored = new Map<string, Set<number>>();
  const [finished, aborted] = [new Set<string>(), new Set<string>()];
  const epilogue = epilogueOf(history);
  for (const record of calls.values()) {
    if (!isAccepted(record) || record.invoked > epilogue) continue;
    const { operation, result, chunkSize = defaultChunkSize } = record;
    if (operation.op === 'begin' && result?.kind === 'begun') {
      const bytes = schedule.files[operation.file]?.bytes ?? 0;
      const { sessionId } = result;
      const lane = laneOf(history.events[record.invoked]);
      bound.set(operation.session, { lane, sessionId, chunks: chunkCount(bytes, chunkSize) });
      continue;
    }
    const sessionId = sessionOf(record);
    if (sessionId === undefined) continue;
    if (operation.op === 'abort') aborted.add(sessionId);
    if (result?.kind === 'finished') finished.add(sessionId);
    if (operation.op === 'put' && operation.data.kind === 'right')
      stored.set(sessionId, (stored.get(sessionId) ?? new Set()).add(operation.index));
  }
  const uploads = new Map<string, OpenUpload>();
  for (const [label, upload] of bound) {
    const { sessionId } = upload;
    if (uploads.has(sessionId)) continue;
    uploads.set(sessionId, {
      label,
      ...upload,
      stored: stored.get(sessionId) ?? new Set(),
      isFinished: finished.has(sessionId),
      isAborted: aborted.has(sessionId),
    });
  }
  return [...uploads.values()];
}

/** The most bytes that the puts of the steps send. */
function bytesPut(
  steps: readonly Step[],
  { schedule }: Execution,
  { defaultChunkSize }: SerialTarget,
): number {
  const largest = Math.max(0, ...schedule.files.map(({ bytes }) => bytes));
  const perPut = Math.min(largest, schedule.limits.chunkSize ?? defaultChunkSize);
  return steps.filter((step) => step.do === 'call' && step.operation.op === 'put').length * perPut;
}

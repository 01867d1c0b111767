/**
 * Runs a schedule on the reference canister and records the history. It behaves either like a replica that delivers chosen messages one by
 * one (with `delivered` events), or like a replica that executes messages in rounds, in an order of its own that it does not report.
 */
import { RELEASING_OPERATIONS } from '../../model/operations.js';
import { createHash } from 'node:crypto';
import {
  chunkBytes,
  contentOf,
  expectedChunksArgument,
  hashArgumentBytes,
  totalLengthArgument,
} from '../../model/content.js';
import { fileAt } from '../../model/oracle.js';
import type { Result } from '../../model/result.js';
import type { Operation, Schedule } from '../../model/schedule.js';
import { uploadTarget, type UploadRequest } from '../../targets/upload.js';
import { epilogueOperations, sessionsToFinish } from '../execution/epilogue.js';
import { CUT_SHORT } from '../execution/in-flight.js';
import type { History, HistoryEvent } from '../history/history.js';
import { Labels } from '../history/labels.js';
import type { ReferenceBug } from './reference-bugs.js';
import { type Reply, ReferenceCanister } from './reference-canister.js';

export interface RunReferenceOptions {
  readonly bug?: ReferenceBug | undefined;
  /** Whether the history has the order of messages. */
  readonly isOrdered: boolean;
  /** If true, every fifth answer is lost, so that the outcome of its call is unknown. */
  readonly isLossy?: boolean;
}

interface Flight {
  readonly call: number;
  readonly lane: number;
  readonly operation: Operation;
  readonly request: UploadRequest;
  readonly caller: string;
  ticket: number | undefined;
  isInterrupted: boolean;
  reply: Result | undefined;
}

type Body<T> = T extends HistoryEvent ? Omit<T, 'index' | 'step' | 'timeNs'> : never;

export const CHUNK_SIZE_DEFAULT = 100;
/** In bytes: roughly the envelope around the data of a message, and the size limit of a message. */
const AROUND_DATA_BYTES = 50;
const MESSAGE_BYTES_MAX = 2 * 1024 * 1024;
const TOO_LARGE: Result = {
  kind: 'rejected',
  code: 1,
  errorCode: '',
  text: `BadIngressMessage("Message byte size is larger than the max allowed ${MESSAGE_BYTES_MAX}.")`,
};
const STOPPING: Result = { kind: 'rejected', code: 5, errorCode: 'IC0509', text: 'Canister is stopping' };
const FIRST_TIME_NS = 1_620_328_630_000_000_000n;
const callerName = (index: number): string => `caller-${index}`;

export function runReference(schedule: Schedule, options: RunReferenceOptions): History {
  return new Run(schedule, options).all();
}

class Run {
  readonly #canister: ReferenceCanister;
  readonly #events: HistoryEvent[] = [];
  readonly #labels: Labels;
  readonly #blobs = new Map<string, string>();
  #flights: Flight[] = [];
  #step = -1;
  #now = FIRST_TIME_NS;
  #calls = 0;

  readonly #schedule: Schedule;
  readonly #options: RunReferenceOptions;

  constructor(schedule: Schedule, options: RunReferenceOptions) {
    this.#schedule = schedule;
    this.#options = options;

    const { limits } = schedule;
    const { bug } = options;
    this.#labels = new Labels(limits.chunkSize ?? CHUNK_SIZE_DEFAULT);
    this.#canister = new ReferenceCanister({
      limits,
      defaultChunkSize: CHUNK_SIZE_DEFAULT,
      ...(bug && { bug }),
    });
    for (let caller = 0; caller < schedule.callers; caller++) this.#canister.capsuleOf(callerName(caller));
  }

  all(): History {
    this.#record({ type: 'metrics', at: 'start', ...this.#canister.metrics() });
    this.#schedule.steps.forEach((step, index) => {
      this.#step = index;
      if (step.do === 'call') this.#call(step.lane, step.operation, step.hold === true);
      else if (step.do === 'deliver') this.#deliver(step.pick);
      else if (step.do === 'drain') this.#drain();
      else if (step.do === 'advance') this.#advance(step.seconds);
      else if (step.do === 'restart') this.#restart();
      else this.#upgrade();
    });
    this.#step = this.#schedule.steps.length;
    this.#drain();
    this.#epilogue();
    this.#record({ type: 'metrics', at: 'end', ...this.#canister.metrics() });
    return { target: 'reference', replica: 'reference', events: this.#events, traceHash: '' };
  }

  #epilogue(): void {
    const { epilogue } = this.#schedule;
    if (epilogue === undefined) return;
    this.#record({ type: 'epilogue' });
    const sessions = sessionsToFinish(this.#labels, this.#schedule, uploadTarget.shape, CHUNK_SIZE_DEFAULT);
    const calls = epilogueOperations(sessions, epilogue, {
      hasStatus: true,
      inOrder: false,
      finishes: true,
      audits: [],
    });
    for (let next = calls.next(); next.done !== true;) {
      const from = this.#events.length;
      this.#call(next.value.lane, next.value.operation, false);
      this.#drain();
      const end = this.#events.slice(from).find(({ type }) => type === 'ok' || type === 'fail');
      next = calls.next(end !== undefined && 'result' in end ? end.result : undefined);
    }
  }

  #call(lane: number, operation: Operation, hold: boolean): void {
    const call = this.#calls++;
    const request = this.#requestOf(operation);
    if (request === undefined) {
      this.#record({ type: 'skipped', call, lane, operation, reason: 'its session was never begun' });
      return;
    }
    const argBytes = AROUND_DATA_BYTES + ('data' in request ? request.data.length : 0);
    this.#record({ type: 'invoke', call, lane, operation, argBytes });
    const caller = callerName(this.#callerOf(operation));
    const base = { call, lane, operation, request, caller };
    if (operation.op === 'read') {
      this.#end(base, this.#read(caller, request));
      return;
    }
    if (argBytes > MESSAGE_BYTES_MAX && this.#options.bug !== 'takes-oversize-messages') {
      this.#end(base, TOO_LARGE);
      return;
    }
    if (operation.op === 'status' || operation.op === 'list' || operation.op === 'readWhole') {
      this.#end(base, asResult(this.#canister.receive(caller, request, this.#now)));
      return;
    }
    this.#flights.push({ ...base, ticket: undefined, isInterrupted: false, reply: undefined });
    if (!hold) this.#execute(this.#flights.length - 1);
  }

  #deliver(pick: number): void {
    if (this.#flights.length > 0) this.#execute(pick % this.#flights.length);
  }

  #drain(): void {
    while (this.#flights.length > 0) this.#execute(0);
  }

  /** Delivers the message at `position`. If the order is not reported, executes a round that starts with it and answers at its end. */
  #execute(position: number): void {
    if (this.#options.isOrdered) {
      const flight = this.#flights[position];
      if (flight !== undefined) this.#message(flight);
      this.#collect();
      return;
    }
    this.#now += 1n;
    const rotated = [...this.#flights.slice(position), ...this.#flights.slice(0, position).reverse()];
    for (const flight of rotated) this.#message(flight);
    this.#collect();
  }

  #message(flight: Flight): void {
    const { call, lane, operation, request, caller, ticket } = flight;
    const reply =
      ticket === undefined
        ? this.#canister.receive(caller, request, this.#now)
        : this.#canister.step(ticket, this.#now);
    if (this.#options.isOrdered) {
      const failure = ticket !== undefined && reply.kind === 'rejected' ? reply.text : undefined;
      this.#record(
        ticket === undefined
          ? { type: 'delivered', call, lane, operation, instructions: 1 }
          : { type: 'message', kind: 'response', method: 'step', call, instructions: 1, failure },
      );
    }
    if (reply.kind === 'pending') flight.ticket = reply.ticket;
    else flight.reply = asResult(reply);
  }

  #collect(): void {
    const answered = this.#flights.filter(({ reply }) => reply !== undefined);
    this.#flights = this.#flights.filter(({ reply }) => reply === undefined);
    for (const flight of answered)
      if (flight.reply !== undefined) this.#end(flight, flight.reply, flight.isInterrupted);
  }

  #advance(seconds: number): void {
    this.#now += BigInt(Math.round(seconds * 1e9));
    this.#record({ type: 'advanced', seconds });
  }

  #upgrade(): void {
    this.#canister.upgrade();
    for (const flight of this.#flights) if (flight.ticket !== undefined) flight.isInterrupted = true;
    this.#record({ type: 'upgraded', failure: undefined });
  }

  /** Interrupts calls that have begun and refuses the others. */
  #restart(): void {
    this.#record({ type: 'stopping' });
    for (const flight of this.#flights) {
      if (flight.ticket !== undefined) flight.reply = this.#canister.interrupt(flight.ticket);
      else flight.reply = STOPPING;
    }
    this.#collect();
    this.#record({ type: 'restarted', failure: undefined });
  }

  #end(
    { call, lane, operation, request }: Pick<Flight, 'call' | 'lane' | 'operation' | 'request'>,
    result: Result,
    isInterrupted = false,
  ): void {
    if (isInterrupted && result.kind === 'rejected') {
      this.#record({ type: 'info', call, lane, operation, reason: CUT_SHORT });
      return;
    }
    if (this.#options.isLossy === true && call % 5 === 4) {
      this.#record({ type: 'info', call, lane, operation, reason: 'the connection was lost' });
      return;
    }
    const isFailure = result.kind === 'error' || result.kind === 'rejected' || result.kind === 'undecodable';
    const data = operation.op === 'readWhole' && result.kind === 'blob' ? Number(result.size) : 0;
    const replyBytes = AROUND_DATA_BYTES + data;
    this.#record({ type: isFailure ? 'fail' : 'ok', call, lane, operation, result, replyBytes });
    if (result.kind === 'finished' || (result.kind === 'done' && RELEASING_OPERATIONS.has(operation.op)))
      this.#record({ type: 'metrics', at: `after ${operation.op}`, ...this.#canister.metrics() });
    if (!isFailure)
      this.#labels.learn(operation, result, 'sessionId' in request ? request.sessionId : undefined);
    if (request.op === 'finish' && result.kind === 'finished')
      this.#blobs.set(request.sessionId, result.blobId);
  }

  #read(caller: string, request: UploadRequest): Result {
    const meta = this.#canister.receive(caller, request, this.#now);
    if (meta.kind !== 'meta' || request.op !== 'readMeta') return asResult(meta);
    const hash = createHash('sha256');
    for (let index = 0; index < meta.chunkCount; index++) {
      const chunk = this.#canister.receive(
        caller,
        { op: 'readChunk', blobId: request.blobId, index },
        this.#now,
      );
      if (chunk.kind !== 'chunk') return asResult(chunk);
      hash.update(chunk.data);
    }
    return { kind: 'blob', size: String(meta.size), sha256: hash.digest('hex') };
  }

  #callerOf(operation: Operation): number {
    if ('caller' in operation) return operation.caller;
    const session = 'session' in operation ? operation.session : '';
    return operation.by ?? this.#labels.sessions.get(session)?.caller ?? 0;
  }

  #requestOf(operation: Operation): UploadRequest | undefined {
    const { files, limits } = this.#schedule;
    const chunkSize = limits.chunkSize ?? CHUNK_SIZE_DEFAULT;
    if (operation.op === 'cleanup' || operation.op === 'list') return { op: operation.op };
    if (operation.op === 'begin') {
      const { capsuleOf = operation.caller, chunksOff, key } = operation;
      const recipe = fileAt(files, operation.file);
      const { name, bytes } = recipe;
      return {
        op: 'begin',
        capsuleId: this.#canister.capsuleOf(callerName(capsuleOf)),
        name,
        mimeType: 'application/octet-stream',
        bytes,
        sha256: contentOf(recipe).sha256(),
        expectedChunks: expectedChunksArgument(bytes, chunkSize, chunksOff),
        key,
      };
    }
    // The reference canister has neither memories nor statistics, so such operations are skipped.
    const bound = 'session' in operation ? this.#labels.sessions.get(operation.session) : undefined;
    if (bound === undefined || !('session' in operation)) return undefined;
    const { sessionId, file } = bound;
    const recipe = fileAt(files, file);
    switch (operation.op) {
      case 'read':
      case 'readWhole': {
        const blobId = this.#blobs.get(sessionId);
        const op = operation.op === 'read' ? 'readMeta' : 'readWhole';
        return blobId === undefined ? undefined : { op, blobId };
      }
      case 'put': {
        const { index, data } = operation;
        return { op: 'put', sessionId, index, data: chunkBytes(contentOf(recipe), chunkSize, index, data) };
      }
      case 'finish': {
        const totalLength = totalLengthArgument(recipe.bytes, operation.lengthOff);
        return {
          op: 'finish',
          sessionId,
          sha256: hashArgumentBytes(files, file, operation.hash),
          totalLength,
        };
      }
      default:
        return { op: operation.op, sessionId };
    }
  }

  #record(body: Body<HistoryEvent>): void {
    const base = { index: this.#events.length, step: this.#step, timeNs: this.#now.toString() };
    this.#events.push({ ...base, ...body });
  }
}

function asResult(reply: Reply): Result {
  const isResult = !['pending', 'meta', 'chunk', 'part'].includes(reply.kind);
  if (isResult) return reply as Result;
  throw new Error(`the reference canister returned ${reply.kind} instead of a result`);
}

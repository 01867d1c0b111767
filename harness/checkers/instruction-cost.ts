/**
 * A put costs at most 1.2 times as much with many chunks stored as with none (CANISTER specification, rule 13), no call costs more with
 * many sessions present (`cost-over-sessions.ts`), and no message costs out of proportion to the bytes that it is given.
 *
 * Single messages have outliers: the first after an upgrade meets a cold heap, some make stable memory grow, some set the timer. So
 * the cheapest of eight consecutive puts is held against the dearest of the session's first eight, of the same length both. A put
 * may catch up with the hash of earlier chunks; what that can cost at most is allowed on top.
 */
import { isWrite, operationText, type OperationName, type WriteName } from '../../model/operations.js';
import { chunkLengthSent } from '../../model/content.js';
import { fileAt } from '../../model/oracle.js';
import { viaOf, type Via } from '../../model/schedule.js';
import { type CallRecord } from '../history/calls.js';
import type { Checker, Evidence, SessionCalls } from '../judgement/evidence.js';
import type { Violation } from '../judgement/verdict.js';
import { growingOverSessions } from './cost-over-sessions.js';

const GROWTH_MAX = 1.2;
const WINDOW_PUTS = 8;
/** Chunks stored from which on there are many of them. */
const MANY_CHUNKS = 64;

/**
 * Instructions. Measured on the embedded engine (canister/README.md, "Cost"): 2.4 to 5.4 a byte sent, 75 to 79 a byte hashed.
 */
const PER_BYTE_SENT_MAX = 12;
const PER_BYTE_HASHED_MAX = 100;
const PER_CATCH_UP_MAX = 30_000;

/**
 * Instructions of a call without what its bytes cost; at least twice the most that was seen in thousands of schedules and with 500
 * sessions (beside it, in thousands). No closer: a call may take another way through the maps, and that tells nothing of a defect. What goes over all sessions may cost so much more for each: `begin` rebuilds their table
 * when half of it is taken (13), a cleanup frees what has expired.
 */
const PER_CALL_MAX: Readonly<Record<WriteName, number>> = {
  begin: 2_000_000, // 813
  put: 1_000_000, // 132
  finish: 2_000_000, // 634
  abort: 1_000_000, // 262
  pause: 500_000, // 113
  resume: 500_000, // 118
  cleanup: 1_500_000, // 557
  memory: 2_000_000, // 852
  deleteMemory: 1_000_000, // 242
};
const PER_SESSION_MAX: Readonly<Partial<Record<OperationName, number>>> = {
  begin: 30_000,
  cleanup: 300_000,
};
/** What a call over HTTP may cost besides: its headers, its token, its JSON (at most 60 for what is refused at once, 138 for a status). */
const OVER_HTTP_MAX = 300_000;
/** Of a message that is no call: a step of a finish (356), or the timer (1,280). */
const PER_MESSAGE_MAX = 1_000_000;
const PER_TIMER_MAX = 3_000_000;
const PER_TIMER_SESSION_MAX = 300_000;

const COST_RULE = 'no message costs out of proportion to its bytes';

interface Put {
  readonly call: CallRecord;
  readonly event: number;
  readonly instructions: number;
}

export const instructionCost: Checker = {
  name: 'instruction-cost',
  check(evidence) {
    const found = [...evidence.sessions.values()].flatMap((session) =>
      INTERFACES.flatMap((via) => growing(evidence, session, via) ?? []),
    );
    found.push(...[tooDear, tooDearMessage, growingOverSessions].flatMap((judge) => judge(evidence) ?? []));
    return found.sort((a, b) => (a.event ?? 0) - (b.event ?? 0))[0];
  },
};

/** Compared by themselves: a put costs another sum by each. */
const INTERFACES: readonly (Via | undefined)[] = [undefined, 'http'];

/** Puts of a session that got dearer with the chunks that it holds. */
function growing(evidence: Evidence, session: SessionCalls, via?: Via): Violation | undefined {
  const puts = storingPuts(evidence, session).filter(({ call }) => viaOf(call.operation) === via);
  if (puts.length < MANY_CHUNKS + WINDOW_PUTS) return undefined;
  const first = Math.max(...costsOf(puts, 0));
  const hashedMax = hashedBytesMax(evidence, session.file);
  const limit = Math.ceil(first * GROWTH_MAX) + hashedMax * PER_BYTE_HASHED_MAX + PER_CATCH_UP_MAX;
  for (let at = MANY_CHUNKS; at + WINDOW_PUTS <= puts.length; at++) {
    const least = Math.min(...costsOf(puts, at));
    const put = puts[at];
    if (least <= limit || put === undefined) continue;
    const operation = operationText(put.call.operation);
    return {
      checker: 'instruction-cost',
      rule: 'a put costs as much with many chunks stored as with none',
      event: put.event,
      expected: `${operation}: at most ${limit} instructions, for the first ${WINDOW_PUTS} puts of the session took up to ${first}`,
      seen: `${operation}: ${least} or more, with ${at} chunks stored, and so the ${WINDOW_PUTS - 1} puts after it`,
    };
  }
  return undefined;
}

/** Puts that stored a chunk of full length, in the order in which they were executed. */
function storingPuts({ history, oracle }: Evidence, session: SessionCalls): readonly Put[] {
  const stored = new Set<number>();
  const { chunkSize } = session;
  const { bytes } = fileAt(oracle.files, session.file);
  const delivered = session.calls
    .filter(({ request, outcome }) => request?.op === 'put' && outcome === 'ok')
    .sort((a, b) => (a.delivered ?? 0) - (b.delivered ?? 0));
  return delivered.flatMap((call) => {
    const event = call.delivered === undefined ? undefined : history.events[call.delivered];
    if (event?.type !== 'delivered' || call.request?.op !== 'put') return [];
    const { index, data } = call.request;
    if (stored.has(index) || chunkLengthSent(bytes, chunkSize, index, data) !== chunkSize) return [];
    stored.add(index);
    return [{ call, event: event.index, instructions: event.instructions }];
  });
}

function costsOf(puts: readonly Put[], at: number): readonly number[] {
  return puts.slice(at, at + WINDOW_PUTS).map(({ instructions }) => instructions);
}

/** Bytes that one message may hash of a file. */
function hashedBytesMax({ oracle, hashBytesPerCall }: Evidence, file: number): number {
  return Math.min(hashBytesPerCall, fileAt(oracle.files, file).bytes);
}

function tooDear(evidence: Evidence): Violation | undefined {
  for (const call of evidence.calls) {
    const event = call.delivered === undefined ? undefined : evidence.history.events[call.delivered];
    if (event?.type !== 'delivered' || call.request === undefined) continue;
    const { op } = call.operation;
    const ofCall = isWrite(op) ? PER_CALL_MAX[op] : undefined;
    // What only reads is no update call in the upload canister; elsewhere it may be, and nothing is known of its cost.
    if (ofCall === undefined && viaOf(call.operation) === undefined) continue;
    const limit =
      (ofCall ?? 0) +
      (viaOf(call.operation) === undefined ? 0 : OVER_HTTP_MAX) +
      (PER_SESSION_MAX[op] ?? 0) * evidence.sessions.size +
      bytesSent(evidence, call) * PER_BYTE_SENT_MAX +
      hashing(evidence, call);
    if (event.instructions <= limit) continue;
    const operation = operationText(call.operation);
    return {
      checker: 'instruction-cost',
      rule: COST_RULE,
      event: event.index,
      expected: `${operation}: at most ${limit} instructions`,
      seen: `${operation}: ${event.instructions}`,
    };
  }
  return undefined;
}

/** Steps of a finish hash as much as a call may; the timer goes through the sessions. */
function tooDearMessage({ history, sessions, hashBytesPerCall }: Evidence): Violation | undefined {
  for (const event of history.events) {
    if (event.type !== 'message') continue;
    const limit =
      event.kind === 'timer'
        ? PER_TIMER_MAX + PER_TIMER_SESSION_MAX * sessions.size
        : PER_MESSAGE_MAX + hashBytesPerCall * PER_BYTE_HASHED_MAX;
    if (event.instructions <= limit) continue;
    const message = `${event.kind} ${event.method}`.trim();
    return {
      checker: 'instruction-cost',
      rule: COST_RULE,
      event: event.index,
      expected: `${message}: at most ${limit} instructions`,
      seen: `${message}: ${event.instructions}`,
    };
  }
  return undefined;
}

function bytesSent({ oracle, limits }: Evidence, { request }: CallRecord): number {
  if (request?.op === 'memory')
    return request.assets.reduce((sum, one) => sum + ('inlineBytes' in one ? one.inlineBytes : 0), 0);
  if (request?.op !== 'put') return 0;
  const { file, index, data, chunkSize = limits.chunkSize } = request;
  return chunkLengthSent(fileAt(oracle.files, file).bytes, chunkSize, index, data);
}

function hashing(evidence: Evidence, { request }: CallRecord): number {
  if (request?.op !== 'put' && request?.op !== 'finish') return 0;
  return hashedBytesMax(evidence, request.file) * PER_BYTE_HASHED_MAX;
}

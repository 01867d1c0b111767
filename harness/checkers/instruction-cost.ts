/**
 * A put costs at most 1.2 times as much with many stored chunks as with none (CANISTER specification, rule 13), no call costs more when
 * there are many sessions (`cost-over-sessions.ts`), and the cost of every message is bounded by the bytes that it carries.
 *
 * Single messages have outliers: the first message after an upgrade meets a cold heap, some messages make stable memory grow, and some
 * set the timer. Therefore the cheapest of eight consecutive puts is compared with the most expensive of the first eight puts of the
 * session, all of the same length. A put may hash earlier chunks as well; the most that this can cost is added to the limit.
 */
import { chunkLengthSent } from '../../model/content.js';
import { fileAt } from '../../model/oracle.js';
import { isWrite, type OperationName, type WriteName } from '../../model/operations.js';
import { viaOf, type Via } from '../../model/schedule.js';
import type { CallRecord } from '../history/calls.js';
import type { Checker, Evidence, SessionCalls } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import type { Violation } from '../evidence/verdict.js';
import { callViolation, earliest, ruleViolation } from '../evidence/violations.js';
import { costGrowthOverSessions } from './cost-over-sessions.js';
import { storingPuts, type StoringPut } from './storing-puts.js';

const GROWTH_MAX = 1.2;
const WINDOW_PUTS = 8;
/** Number of stored chunks that counts as many. */
const MANY_CHUNKS = 64;

/** Instructions. Measured on the embedded engine (canister/README.md, "Cost"): 2.4 to 5.4 per byte sent, 75 to 79 per byte hashed. */
const PER_BYTE_SENT_MAX = 12;
const PER_BYTE_HASHED_MAX = 100;
const PER_CATCH_UP_MAX = 30_000;

/**
 * Instructions of a call, without those for its bytes. Each limit is at least twice the maximum seen in thousands of schedules and with
 * 500 sessions; the comments give that maximum in thousands. The limits are no tighter, because a call may take a longer path through
 * the maps without any defect.
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
  usage: 1_000_000, // not part of the specification
};
/** Instructions per session for calls that go over all sessions: `begin` rebuilds their table when it is half full, `cleanup` frees what has expired. */
const PER_SESSION_MAX: Readonly<Partial<Record<OperationName, number>>> = {
  begin: 30_000,
  cleanup: 300_000,
};
/** Additional instructions of a call over HTTP, for headers, token, and JSON. Maximum seen, in thousands: 60 for an immediate refusal, 138 for a status. */
const OVER_HTTP_MAX = 300_000;
/** Instructions of a message that is not a call: a step of a finish (356), or the timer (1,280). */
const PER_MESSAGE_MAX = 1_000_000;
const PER_TIMER_MAX = 3_000_000;
const PER_TIMER_SESSION_MAX = 300_000;

export const instructionCost: Checker = {
  name: 'instruction-cost',
  check(evidence) {
    const found = [...evidence.sessions.values()].flatMap((session) =>
      INTERFACES.flatMap((via) => growingPut(evidence, session, via) ?? []),
    );
    found.push(
      ...[expensiveCall, expensiveMessage, costGrowthOverSessions].flatMap((check) => check(evidence) ?? []),
    );
    return earliest(found);
  },
};

/** Puts are compared per interface, because they cost a different amount through each. */
const INTERFACES: readonly (Via | undefined)[] = [undefined, 'http'];

/** The first put of a session whose cost has grown with the number of stored chunks. */
function growingPut(evidence: Evidence, session: SessionCalls, via?: Via): Violation | undefined {
  const puts = storingPuts(evidence, session).filter(({ call }) => viaOf(call.operation) === via);
  if (puts.length < MANY_CHUNKS + WINDOW_PUTS) return undefined;
  const first = Math.max(...costsOf(puts, 0));
  const hashedMax = hashedBytesMax(evidence, session.file);
  const limit = Math.ceil(first * GROWTH_MAX) + hashedMax * PER_BYTE_HASHED_MAX + PER_CATCH_UP_MAX;
  for (let stored = MANY_CHUNKS; stored + WINDOW_PUTS <= puts.length; stored++) {
    const least = Math.min(...costsOf(puts, stored));
    const put = puts[stored];
    if (least <= limit || put === undefined) continue;
    return callViolation(RULES.putCost, put.call, {
      expected: `at most ${limit} instructions, because the first ${WINDOW_PUTS} puts of the session took up to ${first}`,
      seen: `at least ${least} for this put and the ${WINDOW_PUTS - 1} puts after it, with ${stored} stored chunks`,
      expectedKind: 'a constant cost',
      seenKind: 'growth with the chunks',
      event: put.event,
    });
  }
  return undefined;
}

function costsOf(puts: readonly StoringPut[], first: number): readonly number[] {
  return puts.slice(first, first + WINDOW_PUTS).map(({ instructions }) => instructions);
}

/** Bytes of a file that one message may hash. */
function hashedBytesMax({ oracle, hashBytesPerCall }: Evidence, file: number): number {
  return Math.min(hashBytesPerCall, fileAt(oracle.files, file).bytes);
}

function expensiveCall(evidence: Evidence): Violation | undefined {
  for (const call of evidence.calls) {
    const event = call.delivered === undefined ? undefined : evidence.history.events[call.delivered];
    if (event?.type !== 'delivered' || call.request === undefined) continue;
    const { op } = call.operation;
    const callMax = isWrite(op) ? PER_CALL_MAX[op] : undefined;
    // Reads are queries in the upload canister. Other canisters may have update calls for them, whose cost is unknown.
    if (callMax === undefined && viaOf(call.operation) === undefined) continue;
    const limit =
      (callMax ?? 0) +
      (viaOf(call.operation) === undefined ? 0 : OVER_HTTP_MAX) +
      (PER_SESSION_MAX[op] ?? 0) * evidence.sessions.size +
      bytesSent(evidence, call) * PER_BYTE_SENT_MAX +
      hashingMax(evidence, call);
    if (event.instructions <= limit) continue;
    return callViolation(RULES.messageCost, call, {
      expected: `at most ${limit} instructions`,
      expectedKind: 'a bounded cost',
      seen: `${event.instructions}`,
      seenKind: 'a higher cost',
      event: event.index,
    });
  }
  return undefined;
}

/** A step of a finish hashes as much as a call may; the timer goes over all sessions. */
function expensiveMessage({ history, sessions, hashBytesPerCall }: Evidence): Violation | undefined {
  for (const event of history.events) {
    if (event.type !== 'message') continue;
    const limit =
      event.kind === 'timer'
        ? PER_TIMER_MAX + PER_TIMER_SESSION_MAX * sessions.size
        : PER_MESSAGE_MAX + hashBytesPerCall * PER_BYTE_HASHED_MAX;
    if (event.instructions <= limit) continue;
    const message = `${event.kind} ${event.method}`.trim();
    return ruleViolation(RULES.messageCost, {
      operation: event.kind,
      expectedKind: 'a bounded cost',
      seenKind: 'a higher cost',
      event: event.index,
      expected: `${message}: at most ${limit} instructions`,
      seen: `${message}: ${event.instructions}`,
    });
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

/** The most instructions that a call may spend on hashing. */
function hashingMax(evidence: Evidence, { request }: CallRecord): number {
  if (request?.op !== 'put' && request?.op !== 'finish') return 0;
  return hashedBytesMax(evidence, request.file) * PER_BYTE_HASHED_MAX;
}

/**
 * A put costs at most 1.2 times as much with many chunks stored as with none (CANISTER specification, rule 13), and no call costs
 * out of proportion to the bytes that it is given.
 *
 * Single messages have outliers: the first after an upgrade meets a cold heap, some make stable memory grow, some set the timer. So
 * the cheapest of eight consecutive puts is held against the dearest of the session's first eight, of the same length both. A put
 * may catch up with the hash of earlier chunks; what that can cost at most is allowed on top.
 */
import { chunkLengthSent } from '../../model/content.js';
import { fileAt } from '../../model/oracle.js';
import { type CallRecord, operationText } from '../calls.js';
import type { Checker, Evidence, SessionCalls } from '../evidence.js';
import type { Violation } from '../verdict.js';

const GROWTH_MAX = 1.2;
const WINDOW_PUTS = 8;
/** Chunks stored from which on there are many of them. */
const MANY_CHUNKS = 64;

/**
 * Instructions. Measured on the embedded engine (canister/README.md, "Cost"): 2.4 to 5.4 a byte sent, 75 to 79 a byte hashed, and for
 * anything else under 1.1 million a call, most of it for `begin`, and for finding the last chunk to hash.
 */
const PER_BYTE_SENT_MAX = 12;
const PER_BYTE_HASHED_MAX = 100;
const PER_CALL_MAX = 3_000_000;
const PER_CATCH_UP_MAX = 30_000;

interface Put {
  readonly call: CallRecord;
  readonly event: number;
  readonly instructions: number;
}

export const instructionCost: Checker = {
  name: 'instruction-cost',
  check(evidence) {
    const found = [...evidence.sessions.values()].flatMap((session) => growing(evidence, session) ?? []);
    const dear = tooDear(evidence);
    if (dear !== undefined) found.push(dear);
    return found.sort((a, b) => (a.event ?? 0) - (b.event ?? 0))[0];
  },
};

/** Puts of a session that got dearer with the chunks that it holds. */
function growing(evidence: Evidence, session: SessionCalls): Violation | undefined {
  const puts = storingPuts(evidence, session);
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
function storingPuts({ history, oracle, limits }: Evidence, session: SessionCalls): readonly Put[] {
  const stored = new Set<number>();
  const chunkSize = session.chunkSize ?? limits.chunkSize;
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

const costsOf = (puts: readonly Put[], at: number): readonly number[] =>
  puts.slice(at, at + WINDOW_PUTS).map(({ instructions }) => instructions);

/** Bytes that one message may hash of a file. */
function hashedBytesMax({ oracle, hashBytesPerCall }: Evidence, file: number): number {
  return Math.min(hashBytesPerCall, fileAt(oracle.files, file).bytes);
}

function tooDear(evidence: Evidence): Violation | undefined {
  for (const call of evidence.calls) {
    const event = call.delivered === undefined ? undefined : evidence.history.events[call.delivered];
    if (event?.type !== 'delivered' || call.request === undefined) continue;
    const limit = PER_CALL_MAX + bytesSent(evidence, call) * PER_BYTE_SENT_MAX + hashing(evidence, call);
    if (event.instructions <= limit) continue;
    const operation = operationText(call.operation);
    return {
      checker: 'instruction-cost',
      rule: 'no call costs out of proportion to its bytes',
      event: event.index,
      expected: `${operation}: at most ${limit} instructions`,
      seen: `${operation}: ${event.instructions}`,
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

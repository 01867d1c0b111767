/**
 * The History: the calls to the canister and their results, in the order of observation. Checkers read nothing else. Plain JSON without
 * bytes: contents appear as length and SHA-256. Each schema here is the only source of its type.
 */
import { z } from 'zod';
import { count, sha256Hex, type DataOf } from '../../model/data.js';
import { operationSchema } from '../../model/operations.js';
import { resultSchema } from '../../model/result.js';
import { limitsSchema, OUTAGES } from '../../model/schedule.js';

const base = {
  /** Position in the history, from 0. */
  index: count.describe('Position in the history'),
  /** −1 during set-up; the number of steps for the final drain and the epilogue. */
  step: z.int().min(-1).describe('Index of the step of the schedule that caused the event; -1 during set-up'),
  timeNs: z.string().describe('Replica time in nanoseconds since 1970, decimal'),
};

const ofOperation = {
  ...base,
  /** Unique in the history. Connects an `invoke` with its `delivered` and its end. */
  call: count.describe('Number of the call'),
  lane: count,
  operation: operationSchema,
};

const result = {
  result: resultSchema,
  /** Of a `read`: length of its longest reply. Absent for rejects, and in histories without lengths. */
  replyBytes: count.describe('Length of the encoded reply in bytes').exactOptional(),
};

const failure = z.string().optional();

const ofCanister = {
  canister: z.string().describe('Role and number; absent: the canister under test').exactOptional(),
};

export type HistoryEvent = DataOf<typeof historyEventSchema>;
export const historyEventSchema = z.discriminatedUnion('type', [
  /** The call was submitted to the replica. */
  z.strictObject({
    ...ofOperation,
    type: z.literal('invoke'),
    /** Absent in histories without lengths. */
    argBytes: count.describe('Length of the encoded argument in bytes').exactOptional(),
  }),
  /** The first message of the call was executed; later messages may follow. Absent if the replica chooses the order of messages. */
  z.strictObject({ ...ofOperation, type: z.literal('delivered'), instructions: z.number() }),
  /** The call returned a success of the target's interface. */
  z.strictObject({ ...ofOperation, type: z.literal('ok'), ...result }),
  /** The call returned an error of the target's interface, or the replica rejected it; see `result.kind`. */
  z.strictObject({ ...ofOperation, type: z.literal('fail'), ...result }),
  /** The outcome of the call is unknown: the connection was lost, or an upgrade removed its callbacks. */
  z.strictObject({ ...ofOperation, type: z.literal('info'), reason: z.string() }),
  /** The operation could not be issued: its session was never begun, or there is no blob to read. */
  z.strictObject({ ...ofOperation, type: z.literal('skipped'), reason: z.string() }),
  z.strictObject({ ...base, type: z.literal('advanced'), seconds: z.number() }),
  z.strictObject({
    ...base,
    type: z.literal('upgraded'),
    failure,
    /** Absent if the upgrade set no limits. */
    limits: limitsSchema.exactOptional(),
    ...ofCanister,
  }),
  /**
   * The canister was asked to stop. It accepts no calls until `restarted`, and it stops once the calls that it has begun have returned.
   */
  z.strictObject({ ...base, type: z.literal('stopping'), ...ofCanister }),
  z.strictObject({ ...base, type: z.literal('restarted'), failure, ...ofCanister }),
  /** A message of a call between canisters was lost, and the caller gets SYS_UNKNOWN. */
  z.strictObject({
    ...base,
    type: z.literal('lost'),
    kind: z.enum(['request', 'response']),
    method: z.string(),
    call: count.optional(),
  }),
  /** From now on, the canister executes no calls. */
  z.strictObject({ ...base, type: z.literal('outage'), condition: z.enum(OUTAGES), ...ofCanister }),
  z.strictObject({ ...base, type: z.literal('recovered'), failure, ...ofCanister }),
  /** A message other than the first message of an operation was executed: a self call, a callback, or a timer. */
  z.strictObject({
    ...base,
    type: z.literal('message'),
    kind: z.string(),
    method: z.string(),
    call: count.optional(),
    instructions: z.number(),
    failure,
  }),
  /** Of several canisters: their sum. */
  z.strictObject({
    ...base,
    type: z.literal('metrics'),
    at: z.string(),
    heapBytes: z.number(),
    stableBytes: z.number(),
  }),
  z.strictObject({ ...base, type: z.literal('log'), text: z.string() }),
  /** The schedule has ended and nothing is in flight. The operations of the epilogue follow. */
  z.strictObject({ ...base, type: z.literal('epilogue') }),
]);

export type History = DataOf<typeof historySchema>;
export const historySchema = z
  .strictObject({
    target: z.string(),
    replica: z.string(),
    events: z.array(historyEventSchema),
    /** SHA-256 of the canonical JSON of the events. Equal for every run of the same schedule on the embedded engine. */
    traceHash: sha256Hex.describe('SHA-256 of the events'),
  })
  .describe('The calls of one schedule and their results');

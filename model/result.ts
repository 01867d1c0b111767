/** The result of an operation. The model predicts results, targets decode replies into them, and the history records them. */
import { z } from 'zod';
import { count, type DataOf } from './data.js';
import { assetKind } from './operation-fields.js';

/** The kinds of error in the specification. A target maps its own errors to them; an error that fits none is `other`. */
export const ERROR_KINDS = [
  'NotFound',
  /** Over HTTP: no valid token. It is checked before everything else. */
  'Unauthenticated',
  'Unauthorized',
  'InvalidState',
  'InvalidArgument',
  'ResourceExhausted',
  'Conflict',
  'ChecksumMismatch',
  'Internal',
  /** Another canister rejected a call, and nothing has changed. */
  'Unavailable',
  /** The answer of another canister was lost: the call may have had its effect, and may be repeated. */
  'OutcomeUnknown',
  'NotImplemented',
  'other',
] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

export const SESSION_STATES = [
  'Initiated',
  'Uploading',
  'Paused',
  'Finishing',
  'Completed',
  'Failed',
  'Cancelled',
] as const;
export type SessionState = (typeof SESSION_STATES)[number];

/** Half-open range of chunk indices. */
export type IndexRange = DataOf<typeof indexRange>;
const indexRange = z.strictObject({ start: count, end: count });

/** An asset of a memory as the canister returns it. */
export type AssetResult = DataOf<typeof assetResult>;
const assetResult = z.strictObject({
  kind: assetKind,
  blobId: z.string().optional(),
  size: z.string().describe('Length in bytes, decimal'),
  /** SHA-256 of the inline bytes, if the canister returned them. */
  inlineSha256: z.string().optional(),
});

/** The counters of `stats` that the model predicts: sessions by state, bytes by location. */
export const STATS_COUNTERS = [
  'initiated',
  'uploading',
  'paused',
  'finishing',
  'completed',
  'failed',
  'cancelled',
  'blobs',
  'memories',
  'bytesStored',
  'bytesPending',
  'bytesInline',
  'httpTokens',
] as const;
export type StatsCounter = (typeof STATS_COUNTERS)[number];

/** Limits that `config` returns; lengths are in bytes. */
export const CONFIG_LIMITS = [
  'chunkSize',
  'chunksMax',
  'bytesMax',
  'inlineBytesMax',
  'activeSessionsMax',
] as const;
export type ConfigLimit = (typeof CONFIG_LIMITS)[number];

/** Numbers that may exceed 2^53 are decimal strings; hashes are lower-case hex. */
export type Result = DataOf<typeof resultSchema>;
export const resultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('begun'),
    sessionId: z.string(),
    implied: z.literal(true).describe('No call was made: the first put begins the upload').exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('done'),
    receipt: z.string().describe('The id that a put returned, if the interface has receipts').exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('finished'),
    blobId: z.string(),
    memoryId: z.string().optional(),
    size: z
      .string()
      .describe('Length in bytes, decimal; absent if the interface does not return it')
      .optional(),
    sha256: z.string().optional(),
  }),
  /** What an interface does not return is absent. */
  z.strictObject({
    kind: z.literal('status'),
    state: z.enum(SESSION_STATES),
    bytesReceived: z.string().optional(),
    chunksReceived: z.number().optional(),
    missing: z.array(indexRange).optional(),
    /** In bytes. */
    chunkSize: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('blob'),
    size: z.string().describe('Number of bytes read, decimal'),
    sha256: z.string().describe('SHA-256 of the bytes read'),
    statedSize: z
      .string()
      .describe('Length that the metadata states, decimal; absent if it is the number of bytes read')
      .exactOptional(),
    metaRefused: z
      .literal(true)
      .describe('The metadata was refused to a stranger, and the bytes were not')
      .exactOptional(),
  }),
  z.strictObject({ kind: z.literal('sessions'), sessionIds: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('files'), blobIds: z.array(z.string()) }),
  z.strictObject({
    kind: z.literal('usage'),
    openUploads: z
      .number()
      .describe('Uploads in progress; absent if the interface does not return it')
      .exactOptional(),
    bytes: z
      .number()
      .describe('Bytes of files and of uploads in progress; absent if it is not returned')
      .exactOptional(),
  }),
  /** A memory that was created or read. */
  z.strictObject({ kind: z.literal('memory'), memoryId: z.string(), assets: z.array(assetResult) }),
  z.strictObject({ kind: z.literal('memories'), memoryIds: z.array(z.string()) }),
  z.strictObject({
    kind: z.literal('stats'),
    counters: z.record(z.enum(STATS_COUNTERS), z.number()),
    /** Blocks of stable memory in use and free, and the size of a block in bytes. */
    blocks: z.strictObject({ used: z.number(), free: z.number(), bytes: z.number() }),
  }),
  z.strictObject({
    kind: z.literal('config'),
    limits: z.record(z.enum(CONFIG_LIMITS), z.number()),
    /** Lifetime of a session without updates in nanoseconds, decimal. */
    sessionTtlNs: z.string(),
  }),
  z.strictObject({
    kind: z.literal('error'),
    error: z.enum(ERROR_KINDS),
    /** Absent if the interface has no error texts. */
    text: z.string().exactOptional(),
  }),
  /** The replica rejected the call: the canister trapped or is stopped, or a message was too large. */
  z.strictObject({
    kind: z.literal('rejected'),
    code: z.number(),
    errorCode: z.string(),
    text: z.string(),
  }),
  /** The target could not decode the reply. */
  z.strictObject({ kind: z.literal('undecodable'), text: z.string() }),
]);

/**
 * The promises of an upload interface: what its author guarantees. Plain data. What is not promised is neither judged nor expected. A
 * promise either states behaviour that a correct client may rely on, or an error that a wrong call gets.
 */
import { z } from 'zod';
import { count, positiveCount, type DataOf } from '../model/data.js';

/** Who may call: the caller who began the upload, or any caller. */
const access = z.enum(['owner', 'anyone']);

/** A limit: a fixed number, or `init` if the init argument sets it and the suite may choose it. */
const limit = z.union([count, z.literal('init')]);

const limits = z.strictObject({
  /** Length of every chunk but the last, in bytes. `client`: the client chooses it, and any size up to the message limit is accepted. */
  chunkSize: z.union([positiveCount, z.literal('init'), z.literal('client')]),
  /** Chunks of one upload. */
  chunksMax: limit.exactOptional(),
  /** Bytes of one upload. */
  bytesMax: limit.exactOptional(),
  /** Bytes of one inline asset. */
  inlineBytesMax: limit.exactOptional(),
  /** Uploads of one caller that have not ended. */
  activeSessionsMax: limit.exactOptional(),
  /** Bytes that one message may hash. */
  hashBytesPerCall: limit.exactOptional(),
  /** Bytes of one upload that is begun over HTTP. */
  httpBytesMax: limit.exactOptional(),
  /** Uploads that an owner may begin over HTTP within an hour. */
  httpUploadsPerHour: limit.exactOptional(),
  /** Lifetime of a token for the HTTP interface in seconds. */
  httpTokenTtlSeconds: z.union([z.number().positive(), z.literal('init')]).exactOptional(),
});

export const promisesSchema = z.strictObject({
  /** The limits of the canister. */
  limits,
  /**
   * Order in which the puts of an upload are accepted. `ascending`: a put out of order is rejected. Reordered chunks then are wrong
   * calls, not alternatives.
   */
  chunkOrder: z.enum(['any', 'ascending']).exactOptional(),
  /** A put of bytes that are already stored at that place: accepted without effect, or rejected without effect. */
  repeatedPut: z.enum(['accepted', 'rejected']).exactOptional(),
  /** A put of other bytes at a place that is already stored. */
  otherPut: z.enum(['rejected', 'replaces']).exactOptional(),
  /** A put that is too short or too long for its place, or beyond the end of the file. */
  wrongPut: z.literal('rejected').exactOptional(),
  /** A finish while bytes are missing. */
  incompleteFinish: z.literal('rejected').exactOptional(),
  /** A finish whose hash is not that of the stored bytes. `rejected` means that a finish verifies the hash. */
  wrongHash: z.literal('rejected').exactOptional(),
  /** A finish of an upload that is finished. `same`: it returns the same result again. */
  repeatedFinish: z.enum(['same', 'rejected']).exactOptional(),
  /** A begin with the key of an upload that has not failed, with equal arguments. `same`: it returns the same session. */
  repeatedBegin: z.enum(['same', 'new', 'rejected']).exactOptional(),
  /**
   * An upload under a key or name that a finished upload has. `replaces`: the new file takes its place once it is finished, and the old
   * one stays readable until then. `separate`: both exist.
   */
  overwriting: z.enum(['replaces', 'separate', 'rejected']).exactOptional(),
  /** An upload that its owner aborts ends: later puts and finishes are rejected. */
  abort: z.literal('ends').exactOptional(),
  /** An upload that its owner pauses accepts no puts until it is resumed. */
  pause: z.literal('stops').exactOptional(),
  /** Who may put, finish, abort, ask for the status of an upload, and read its file. A call of anyone else is rejected without effect. */
  access: z
    .strictObject({
      put: access.exactOptional(),
      finish: access.exactOptional(),
      abort: access.exactOptional(),
      status: access.exactOptional(),
      read: access.exactOptional(),
    })
    .exactOptional(),
  /** What an upgrade and a restart keep. `nothing`: neither. */
  upgrade: z.enum(['everything', 'files', 'nothing']).exactOptional(),
  /** Seconds after which an upload without activity expires, or `never`; `init`: the init argument sets it (`sessionTtlSeconds`). */
  expiry: z.union([z.number().positive(), z.literal('never'), z.literal('init')]).exactOptional(),
  /** Uploads do not affect each other, except by the limits. */
  uploads: z.literal('independent').exactOptional(),
  /** Concurrent calls have the effect of some order of the same calls, one after another. */
  calls: z.literal('atomic').exactOptional(),
  /** How the canister reports errors. `traps`: a rejected call may be a trap. Default: `replies`, and a trap is a defect. */
  errors: z.enum(['replies', 'traps']).exactOptional(),
  /** What an ended upload leaves behind. `reclaimed`: storage of uploads that were aborted, expired, or deleted is used again. */
  storage: z.literal('reclaimed').exactOptional(),
  /** The most that the canister may use. What is absent is measured as a slope over the campaign, or not judged. */
  budgets: z
    .strictObject({
      /** Heap in bytes at any time. */
      heapBytes: positiveCount.exactOptional(),
      /** Stable memory in bytes per byte that is stored or being uploaded, beyond a fixed part. */
      stableBytesPerByte: z.number().positive().exactOptional(),
      /** Instructions of a put: a fixed part, and instructions per byte. */
      putInstructions: z
        .strictObject({ fixed: positiveCount, perByte: z.number().positive() })
        .exactOptional(),
    })
    .exactOptional(),
  /**
   * The canister implements the interface of canister/upload.did, and every answer is the one that the model of that interface
   * predicts.
   */
  specification: z.literal('upload.did').exactOptional(),
});

/** What the author of an interface guarantees. */
export type Promises = DataOf<typeof promisesSchema>;
/** The names of the limits that a target can promise. */
export type LimitName = keyof Promises['limits'];

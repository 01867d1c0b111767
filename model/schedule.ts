/**
 * The Schedule: which operations are issued, with which data, and in which order messages are delivered. Plain JSON. It runs without
 * a generator, and removing any step leaves a schedule that still runs: operations on a session that was never begun are skipped and
 * recorded as skipped. Each schema here is the only source of its type.
 */
import { z } from 'zod';
import { count, positiveCount, sha256Hex, type DataOf } from './data.js';
import { operationSchema, type Operation } from './operations.js';

export type {
  AssetKind,
  AssetSource,
  CallerIndex,
  ChunkData,
  HashArgument,
  MemoryLabel,
  SessionLabel,
  Via,
} from './operation-fields.js';
export { HTTP_OPERATIONS, viaOf, type Operation } from './operations.js';

export const SCHEDULE_FORMAT_VERSION = 1;

/** A recipe for bytes. A schedule never holds the bytes themselves. */
export type FileRecipe = DataOf<typeof fileRecipe>;
const fileRecipe = z.strictObject({
  /** Asset name as sent to the canister. Two files may share a name. */
  name: z.string(),
  /** Length in bytes. */
  bytes: count.describe('Length in bytes'),
  /**
   * `random`: bytes of a seeded generator. `zero`: zeros. `path`: a file of the user; its SHA-256 tells a replay whether it still is
   * the same file.
   */
  content: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('random'), seed: z.int() }),
    z.strictObject({ kind: z.literal('zero') }),
    z.strictObject({ kind: z.literal('path'), path: z.string(), sha256: sha256Hex }),
  ]),
});

/** Limits that the canister receives in its init argument. An absent field keeps the canister's default. */
export type Limits = DataOf<typeof limitsSchema>;
export const limitsSchema = z.strictObject({
  /** In bytes. */
  chunkSize: positiveCount.exactOptional(),
  /** Chunks of one upload. */
  chunksMax: positiveCount.exactOptional(),
  /** Bytes of one upload. */
  bytesMax: count.exactOptional(),
  /** Bytes of one inline asset. */
  inlineBytesMax: count.exactOptional(),
  /** Sessions of one caller that have not ended. */
  activeSessionsMax: count.exactOptional(),
  /** Bytes that one put or one step of a finish may hash. Small values make `finish` take several messages. */
  hashBytesPerCall: positiveCount.exactOptional(),
  /** Lifetime of a session without updates. */
  sessionTtlSeconds: z.number().positive().exactOptional(),
  /** Bytes of one upload that is begun over HTTP. */
  httpBytesMax: count.exactOptional(),
  /** Uploads that an owner may begin over HTTP within an hour; absent: more than any schedule begins. */
  httpUploadsPerHour: count.exactOptional(),
  /** Lifetime of the callers' tokens; absent: longer than any schedule takes. */
  httpTokenTtlSeconds: z.number().positive().exactOptional(),
});

/** One of several canisters; absent: the canister under test. */
const canisterName = z
  .string()
  .min(1)
  .describe('Role and number of the canister, such as bucket/0; absent: the canister under test');

/** Conditions in which a canister executes no calls. */
export const OUTAGES = ['stopped', 'frozen', 'out of cycles'] as const;
export type Outage = (typeof OUTAGES)[number];

export type Step = DataOf<typeof stepSchema>;
export const stepSchema = z.discriminatedUnion('do', [
  /**
   * Issue an operation from a lane. Its first message is delivered at once, unless `hold` is set: then it stays in flight until a
   * `deliver` step or the end. Messages that it causes (calls of the canister to itself) stay in flight either way.
   */
  z.strictObject({
    do: z.literal('call'),
    lane: count,
    operation: operationSchema,
    hold: z.literal(true).describe('Stays in flight until a `deliver` step or the end').exactOptional(),
  }),
  /** Deliver the `pick`-th of the deliverable messages, modulo their number; nothing if there are none. */
  z.strictObject({
    do: z.literal('deliver'),
    pick: count.describe('Which of the deliverable messages, modulo their number'),
  }),
  /** Deliver the oldest message first until nothing is in flight. */
  z.strictObject({ do: z.literal('drain') }),
  /** Advance the replica's time. Timers that are due become deliverable. */
  z.strictObject({ do: z.literal('advance'), seconds: z.number().positive() }),
  /** Stop the canister and start it again. Stopping delivers what has begun; everything else in flight is rejected. */
  z.strictObject({
    do: z.literal('restart').describe('Stop the canister and start it again'),
    canister: canisterName.exactOptional(),
  }),
  /**
   * Lose the `pick`-th of the messages that may be lost, modulo their number: requests and responses of calls between canisters that
   * wait for a bounded time. Their callers get SYS_UNKNOWN. Nothing if there are none.
   */
  z.strictObject({
    do: z
      .literal('lose')
      .describe('Lose a message of a call between canisters that waits for a bounded time'),
    pick: count.describe('Which of the messages that may be lost, modulo their number'),
  }),
  /** A condition of a canister begins. It lasts until a `recover` of this canister, at most until the last step. */
  z.strictObject({
    do: z.literal('outage').describe('A canister is stopped, frozen, or out of cycles from now on'),
    condition: z.enum(OUTAGES),
    canister: canisterName.exactOptional(),
  }),
  /** The outage of the canister ends. */
  z.strictObject({
    do: z.literal('recover').describe('The outage of the canister ends'),
    canister: canisterName.exactOptional(),
  }),
  /** Upgrade the canister to the module under test while messages are in flight. */
  z.strictObject({
    do: z.literal('upgrade'),
    /** In force after the upgrade; limits that are absent stay as they are. */
    limits: limitsSchema.describe('In force after the upgrade').exactOptional(),
    canister: canisterName.exactOptional(),
  }),
]);

/**
 * What follows the steps once nothing is in flight. Every session is asked for its status. A session that can be finished is resumed,
 * gets its missing chunks, is finished, and is read. A session whose finish fails is aborted.
 */
export type Epilogue = DataOf<typeof epilogueSchema>;
const epilogueSchema = z.strictObject({
  /** Sessions that lack more chunks, or whose hash takes more than a thousand messages, are only asked for their status. */
  chunksMax: count.describe('Sessions that lack more chunks are only asked for their status'),
  /** Files that were finished before are read again. */
  readsFinished: z.literal(true).describe('Files that were finished before are read again').exactOptional(),
});

/** Callers are prepared one by one before the first step. */
const CALLERS_MAX = 100;

export type Schedule = DataOf<typeof scheduleSchema>;
export const scheduleSchema = z
  .strictObject({
    version: z.literal(SCHEDULE_FORMAT_VERSION),
    /** Start on an earlier version of the canister with its layout of stable memory. */
    from: z
      .literal('older layout')
      .describe('Start on the earlier version of the canister; `upgrade` installs the module under test')
      .exactOptional(),
    /** Each further canister is on a subnet of its own, so that calls between canisters go through streams. */
    subnets: z
      .literal('apart')
      .describe('Each further canister is on a subnet of its own; absent: all are on one subnet')
      .exactOptional(),
    limits: limitsSchema,
    /** Number of distinct authenticated callers. Caller i is a fixed principal. */
    callers: positiveCount.max(CALLERS_MAX),
    files: z.array(fileRecipe),
    steps: z.array(stepSchema),
    epilogue: epilogueSchema
      .describe('After the steps, every session that can be finished is finished and read')
      .exactOptional(),
  })
  .superRefine((schedule, context) => {
    schedule.steps.forEach((step, place) => {
      if (step.do !== 'call') return;
      for (const message of danglingIndices(step.operation, schedule)) {
        context.addIssue({ code: 'custom', path: ['steps', place, 'operation'], message });
      }
    });
  });

function danglingIndices(
  operation: Operation,
  { files, callers }: { readonly files: readonly unknown[]; readonly callers: number },
): string[] {
  const problems: string[] = [];
  const fields = operation as Readonly<Record<string, unknown>>;
  for (const name of ['caller', 'by', 'capsuleOf']) {
    const index = fields[name];
    if (typeof index === 'number' && index >= callers)
      problems.push(`${name} is ${index}, but the schedule has ${callers} callers`);
  }
  if ('file' in operation && operation.file >= files.length) {
    problems.push(`file is ${operation.file}, but the schedule has ${files.length} files`);
  }
  return problems;
}

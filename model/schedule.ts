/**
 * The Schedule: which operations are issued, with which data, in which order messages are delivered. Plain JSON; it needs no
 * generator to be run, and removing any step leaves a schedule that still runs (operations on a session that was never begun
 * are skipped and recorded as skipped).
 */

export const SCHEDULE_FORMAT_VERSION = 1;

/** A recipe for bytes, so that a schedule never holds the bytes themselves. */
export interface FileRecipe {
  /** Asset name, as the canister gets it. Two files may share a name. */
  readonly name: string;
  /** Length in bytes. */
  readonly bytes: number;
  /**
   * `random`: bytes of a seeded generator; `zero`: all zero; `path`: a file of the user's, whose SHA-256 is given so that a
   * replay can tell whether it still is the same file.
   */
  readonly content:
    | { readonly kind: 'random'; readonly seed: number }
    | { readonly kind: 'zero' }
    | { readonly kind: 'path'; readonly path: string; readonly sha256: string };
}

/** Index into `Schedule.callers`. */
export type CallerIndex = number;
/** A lane's name for a session, `A`, `B`, …; bound to a canister's session id by `begin`. */
export type SessionLabel = string;

/** A lane's name for a memory, `M`, `M2`, …. The memory that the finish of a session makes goes by the session's label. */
export type MemoryLabel = string;

export type AssetKind = 'Original' | 'Display' | 'Thumb' | 'Placeholder';

/** An asset of a memory: the blob that the finish of a session made, or so many bytes sent along. */
export type AssetSource =
  | { readonly kind: AssetKind; readonly blobOf: SessionLabel }
  | { readonly kind: AssetKind; readonly inlineBytes: number };

/**
 * What a put sends: the right bytes; other bytes of the right length (one flipped); one byte too few or too many; or the right
 * bytes of another index.
 */
export type ChunkData =
  | { readonly kind: 'right' }
  | { readonly kind: 'flipped'; readonly at: number }
  | { readonly kind: 'short' }
  | { readonly kind: 'long' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'of-index'; readonly index: number };

export type HashArgument = 'right' | 'flipped' | 'other-file' | 'short' | 'empty';

/**
 * By which interface an operation is issued; absent: by the canister's Candid methods. `http-no-token`: over HTTP by somebody who shows
 * no token.
 */
export type Via = 'http' | 'http-no-token';

/** Operations as a lane issues them. `by` overrides the session's own caller (an intruder). */
export type Operation =
  | {
      readonly op: 'begin';
      readonly session: SessionLabel;
      /** Index into `Schedule.files`. */
      readonly file: number;
      readonly caller: CallerIndex;
      /** Idempotency key; sessions may share one on purpose. */
      readonly key: string;
      /** Added to the right number of chunks. */
      readonly chunksOff?: number;
      /** Use the capsule of this caller instead of the own one. */
      readonly capsuleOf?: CallerIndex;
      readonly via?: Via;
    }
  | {
      readonly op: 'put';
      readonly session: SessionLabel;
      readonly index: number;
      readonly data: ChunkData;
      readonly by?: CallerIndex;
      readonly via?: Via;
    }
  | {
      readonly op: 'finish';
      readonly session: SessionLabel;
      readonly hash: HashArgument;
      /** Added to the right length. */
      readonly lengthOff: number;
      readonly by?: CallerIndex;
      readonly via?: Via;
    }
  | {
      readonly op: 'abort' | 'pause' | 'resume' | 'status';
      readonly session: SessionLabel;
      readonly by?: CallerIndex;
      readonly via?: Via;
    }
  /** Read meta and all chunks of what `finish` of this session returned, and hash them; over HTTP those of the memory that it made. */
  | { readonly op: 'read'; readonly session: SessionLabel; readonly by?: CallerIndex; readonly via?: Via }
  /** The same in one reply, and its hash. */
  | { readonly op: 'readWhole'; readonly session: SessionLabel; readonly by?: CallerIndex }
  | { readonly op: 'cleanup'; readonly caller: CallerIndex }
  | { readonly op: 'list'; readonly caller: CallerIndex }
  | {
      readonly op: 'memory';
      readonly memory: MemoryLabel;
      readonly caller: CallerIndex;
      readonly assets: readonly AssetSource[];
      /** Use the capsule of this caller instead of the own one. */
      readonly capsuleOf?: CallerIndex;
    }
  | { readonly op: 'readMemory'; readonly memory: MemoryLabel; readonly by?: CallerIndex }
  | {
      readonly op: 'deleteMemory';
      readonly memory: MemoryLabel;
      readonly by?: CallerIndex;
      readonly via?: Via;
    }
  | { readonly op: 'listMemories' | 'stats' | 'config'; readonly caller: CallerIndex };

/** Which of them the HTTP interface has too. */
export const HTTP_OPERATIONS: ReadonlySet<Operation['op']> = new Set<Operation['op']>([
  ...(['begin', 'put', 'finish', 'abort', 'pause', 'resume', 'status', 'read', 'deleteMemory'] as const),
]);

export function viaOf(operation: Operation): Via | undefined {
  return 'via' in operation ? operation.via : undefined;
}

export type Step =
  /**
   * Issue an operation from a lane. Its first message is delivered at once, unless `hold`: then it stays in flight until a
   * `deliver` step or the end. What the message causes (calls of the canister to itself) stays in flight either way.
   */
  | { readonly do: 'call'; readonly lane: number; readonly operation: Operation; readonly hold?: true }
  /** Deliver the `pick`-th (modulo their number) of the deliverable messages; nothing if there is none. */
  | { readonly do: 'deliver'; readonly pick: number }
  /** Deliver oldest-first until nothing is in flight. */
  | { readonly do: 'drain' }
  /** Let replica time pass. Due timers become deliverable. */
  | { readonly do: 'advance'; readonly seconds: number }
  /**
   * Upgrade the canister to the module under test in the middle of whatever is going on. `limits` are in force from then on;
   * those that it does not name stay as they are.
   */
  | { readonly do: 'upgrade'; readonly limits?: Limits }
  /** Stop the canister, which delivers what it has begun and refuses the rest of what is in flight, and start it again. */
  | { readonly do: 'restart' };

/** Limits given to the canister by init argument; absent fields take the canister's defaults. */
export interface Limits {
  readonly chunkSize?: number;
  readonly chunksMax?: number;
  readonly bytesMax?: number;
  readonly inlineBytesMax?: number;
  readonly activeSessionsMax?: number;
  /** Bytes that one put and one finish step may hash; small values make `finish` take several messages. */
  readonly hashBytesPerCall?: number;
  readonly sessionTtlSeconds?: number;
  /** Bytes of one upload that is begun over HTTP. */
  readonly httpBytesMax?: number;
  /** Uploads that an owner may begin over HTTP within an hour; absent: more than any schedule does. */
  readonly httpUploadsPerHour?: number;
  /** Of the callers' tokens; absent: longer than any schedule takes. */
  readonly httpTokenTtlSeconds?: number;
}

/**
 * What comes after the steps, once nothing is in flight: every session is asked for its status, and those that may be finished are:
 * resumed, given the chunks that they say they lack, finished, read. One that refuses is aborted.
 */
export interface Epilogue {
  /** Sessions that lack more chunks, or whose hash takes more than a thousand messages, are only asked for their status. */
  readonly chunksMax: number;
}

export interface Schedule {
  readonly version: typeof SCHEDULE_FORMAT_VERSION;
  /** Begin on an earlier version of the canister, with its layout of stable memory; `upgrade` brings the module under test. */
  readonly from?: 'older layout';
  readonly limits: Limits;
  /** Number of distinct authenticated callers; caller i is a fixed principal. */
  readonly callers: number;
  readonly files: readonly FileRecipe[];
  readonly steps: readonly Step[];
  readonly epilogue?: Epilogue;
}

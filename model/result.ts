/**
 * What a canister may answer, in the words of the specification. Shared by the model (which predicts results), the targets
 * (which decode replies into them) and the History (which records them).
 */
import type { AssetKind } from './operation-fields.js';

/** Error kinds that the model speaks of. A target maps its own onto them; what fits none is `other`. */
export type ErrorKind =
  | 'NotFound'
  /** Over HTTP: no token, or none that is valid. Nothing else was looked at. */
  | 'Unauthenticated'
  | 'Unauthorized'
  | 'InvalidState'
  | 'InvalidArgument'
  | 'ResourceExhausted'
  | 'Conflict'
  | 'ChecksumMismatch'
  | 'Internal'
  | 'NotImplemented'
  | 'other';

export type SessionState =
  'Initiated' | 'Uploading' | 'Paused' | 'Finishing' | 'Completed' | 'Failed' | 'Cancelled';

/** Half-open range of chunk indices. */
export interface IndexRange {
  readonly start: number;
  readonly end: number;
}

/** An asset of a memory as the canister tells it. */
export interface AssetAnswer {
  readonly kind: AssetKind;
  readonly blobId: string | undefined;
  readonly size: string;
  /** Of the inline bytes, where they are answered. */
  readonly inlineSha256: string | undefined;
}

/** What the model knows how to count. Sessions by their state, bytes by where they are. */
export const STATS_COUNTERS = [
  ...(['initiated', 'uploading', 'paused', 'finishing', 'completed', 'failed', 'cancelled'] as const),
  ...(['blobs', 'memories', 'bytesStored', 'bytesPending', 'bytesInline', 'httpTokens'] as const),
] as const;
export type StatsCounter = (typeof STATS_COUNTERS)[number];

/** Limits that `config` tells, lengths in bytes. */
export const CONFIG_LIMITS = [
  ...(['chunkSize', 'chunksMax', 'bytesMax', 'inlineBytesMax', 'activeSessionsMax'] as const),
] as const;
export type ConfigLimit = (typeof CONFIG_LIMITS)[number];

/** What an operation answered, in the model's terms. Numbers that may pass 2^53 are decimal strings; hashes are lower-case hex. */
export type Result =
  | { readonly kind: 'begun'; readonly sessionId: string }
  | { readonly kind: 'done' }
  | {
      readonly kind: 'finished';
      readonly blobId: string;
      readonly memoryId: string | undefined;
      readonly size: string;
      readonly sha256: string | undefined;
    }
  | {
      readonly kind: 'status';
      readonly state: SessionState;
      readonly bytesReceived: string;
      readonly chunksReceived: number;
      readonly missing: readonly IndexRange[];
      readonly chunkSize: string;
    }
  | { readonly kind: 'blob'; readonly size: string; readonly sha256: string }
  | { readonly kind: 'sessions'; readonly sessionIds: readonly string[] }
  /** A memory that was made or read. */
  | { readonly kind: 'memory'; readonly memoryId: string; readonly assets: readonly AssetAnswer[] }
  | { readonly kind: 'memories'; readonly memoryIds: readonly string[] }
  | {
      readonly kind: 'stats';
      readonly counters: Readonly<Record<StatsCounter, number>>;
      /** Blocks of stable memory in use and freed, and the size of one in bytes. */
      readonly blocks: { readonly used: number; readonly free: number; readonly bytes: number };
    }
  | {
      readonly kind: 'config';
      readonly limits: Readonly<Record<ConfigLimit, number>>;
      /** In nanoseconds, decimal. */
      readonly sessionTtlNs: string;
    }
  /** `text`: what it says; absent where the interface has no texts, and then it need not name what is wrong. */
  | { readonly kind: 'error'; readonly error: ErrorKind; readonly text?: string }
  /** The replica rejected the call: a trap, a stopped canister, a size limit. */
  | { readonly kind: 'rejected'; readonly code: number; readonly errorCode: string; readonly text: string }
  /** The reply could not be decoded by the target's interface. */
  | { readonly kind: 'undecodable'; readonly text: string };

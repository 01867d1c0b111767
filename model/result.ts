/** The result of an operation. The model predicts results, targets decode replies into them, and the history records them. */
import type { AssetKind } from './operation-fields.js';

/** The kinds of error in the specification. A target maps its own errors to them; an error that fits none is `other`. */
export type ErrorKind =
  | 'NotFound'
  /** Over HTTP: no valid token. It is checked before everything else. */
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

/** An asset of a memory as the canister returns it. */
export interface AssetResult {
  readonly kind: AssetKind;
  readonly blobId: string | undefined;
  /** In bytes, decimal. */
  readonly size: string;
  /** SHA-256 of the inline bytes, if the canister returned them. */
  readonly inlineSha256: string | undefined;
}

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

/** The result of an operation. Numbers that may exceed 2^53 are decimal strings; hashes are lower-case hex. */
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
  /** A memory that was created or read. */
  | { readonly kind: 'memory'; readonly memoryId: string; readonly assets: readonly AssetResult[] }
  | { readonly kind: 'memories'; readonly memoryIds: readonly string[] }
  | {
      readonly kind: 'stats';
      readonly counters: Readonly<Record<StatsCounter, number>>;
      /** Blocks of stable memory in use and free, and the size of a block in bytes. */
      readonly blocks: { readonly used: number; readonly free: number; readonly bytes: number };
    }
  | {
      readonly kind: 'config';
      readonly limits: Readonly<Record<ConfigLimit, number>>;
      /** Lifetime of a session without updates in nanoseconds, decimal. */
      readonly sessionTtlNs: string;
    }
  /** `text` is absent if the interface has no error texts. */
  | { readonly kind: 'error'; readonly error: ErrorKind; readonly text?: string }
  /** The replica rejected the call: the canister trapped or is stopped, or a message was too large. */
  | { readonly kind: 'rejected'; readonly code: number; readonly errorCode: string; readonly text: string }
  /** The target could not decode the reply. */
  | { readonly kind: 'undecodable'; readonly text: string };

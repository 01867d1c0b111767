/**
 * What a canister may answer, in the words of the specification. Shared by the model (which predicts results), the targets
 * (which decode replies into them) and the History (which records them).
 */

/** Error kinds that the model speaks of. A target maps its own onto them; what fits none is `other`. */
export type ErrorKind =
  | 'NotFound'
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
  | { readonly kind: 'error'; readonly error: ErrorKind; readonly text: string }
  /** The replica rejected the call: a trap, a stopped canister, a size limit. */
  | { readonly kind: 'rejected'; readonly code: number; readonly errorCode: string; readonly text: string }
  /** The reply could not be decoded by the target's interface. */
  | { readonly kind: 'undecodable'; readonly text: string };

/** What the specification allows a canister to answer, why, and what its state is then. */
import type { CountSpan } from './spans.js';
import type { ConfigLimit, ErrorKind, IndexRange, SessionState, StatsCounter } from './result.js';
import type { ModelState, StoredAsset } from './state.js';

/** A pattern for a `Result`. Sessions are positions in `ModelState.sessions`, for ids are the canister's to choose. */
export type ExpectedResult =
  | { readonly kind: 'begun'; readonly session: number; readonly isNew: boolean }
  | { readonly kind: 'done' }
  | {
      readonly kind: 'finished';
      readonly session: number;
      readonly isRepeat: boolean;
      readonly bytes: number;
      /** The file whose SHA-256 the blob has. */
      readonly file: number;
    }
  | { readonly kind: 'blob'; readonly bytes: number; readonly file: number }
  | { readonly kind: 'status'; readonly status: ExpectedStatus }
  | {
      readonly kind: 'sessions';
      /** Ids that must be listed. */
      readonly must: readonly string[];
      /** Ids that may be listed besides: their record may be gone. */
      readonly may: readonly string[];
      /** Sessions of the caller whose id was never seen. */
      readonly unnamed: number;
    }
  /** Memories are positions in `ModelState.memories`. Only what is read has its inline bytes with it. */
  | {
      readonly kind: 'memory';
      readonly memory: number;
      readonly isNew: boolean;
      readonly assets: readonly StoredAsset[];
    }
  | { readonly kind: 'memories'; readonly ids: readonly string[]; readonly unnamed: number }
  | { readonly kind: 'stats'; readonly counters: Readonly<Record<StatsCounter, CountSpan>> }
  | {
      readonly kind: 'config';
      readonly limits: Readonly<Record<ConfigLimit, number>>;
      readonly sessionTtlNs: bigint;
    }
  | {
      readonly kind: 'error';
      readonly errors: readonly ErrorKind[];
      /** The text of the error must hold a number of one of these ranges; undefined if it need name nothing. */
      readonly names: readonly IndexRange[] | undefined;
    };

export interface ExpectedStatus {
  readonly state: SessionState;
  readonly chunkSize: number;
  readonly chunksReceived: number;
  readonly bytesReceived: number;
  /** Undefined where the specification leaves open what is reported: chunks of Failed and Cancelled sessions. */
  readonly missing: readonly IndexRange[] | undefined;
}

/** Why an answer is the right one; `explain` puts it in words. */
export type Reason =
  | {
      readonly code:
        'new-session' | 'stores' | 'same-bytes' | 'cancels' | 'already-cancelled' | 'pauses' | 'resumes';
    }
  | { readonly code: 'reports' | 'lists' | 'cleans' | 'no-session' | 'record-gone' | 'no-blob' | 'reads' }
  | { readonly code: 'new-memory' | 'no-memory' | 'deletes' | 'counts' | 'configured' | 'blob-freed' }
  | { readonly code: 'no-token' | 'token-expired' | 'memory-deleted' }
  | { readonly code: 'hour-full'; readonly max: number }
  | { readonly code: 'asset-count'; readonly given: number; readonly max: number }
  | { readonly code: 'kind-twice'; readonly kind: string }
  | { readonly code: 'not-owner'; readonly owner: number; readonly by: number }
  | { readonly code: 'same-key' | 'key-in-use'; readonly key: string; readonly id: string | undefined }
  | { readonly code: 'text-empty'; readonly what: 'name' | 'key' }
  | { readonly code: 'wrong-chunk-count'; readonly right: number; readonly given: number }
  | { readonly code: 'over-limit'; readonly what: string; readonly max: number; readonly given: number }
  | { readonly code: 'active-limit'; readonly active: number; readonly max: number }
  | { readonly code: 'state'; readonly state: SessionState }
  | { readonly code: 'index-past-end'; readonly index: number; readonly count: number }
  | { readonly code: 'wrong-length'; readonly index: number; readonly right: number; readonly given: number }
  | { readonly code: 'other-bytes'; readonly index: number }
  | { readonly code: 'hash-size'; readonly bytes: number }
  | { readonly code: 'wrong-total'; readonly right: number; readonly given: number }
  | { readonly code: 'missing'; readonly ranges: readonly IndexRange[] }
  | { readonly code: 'hash-right' | 'hash-wrong'; readonly count: number }
  | { readonly code: 'finished-same' | 'finished-other' | 'cut-short' };

export interface Alternative {
  readonly answer: ExpectedResult;
  readonly because: Reason;
  readonly next: ModelState;
  /**
   * For a finish that reaches the hash: the state while the hash goes on, if one message is not enough. How many it takes
   * depends on what puts have hashed already, which is the canister's own business; the caller sees it in the History.
   */
  readonly meanwhile?: ModelState;
}

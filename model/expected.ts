/** The results that the specification allows, the reason for each, and the state that follows. */
import type { CountSpan } from './spans.js';
import type { ConfigLimit, ErrorKind, IndexRange, SessionState, StatsCounter } from './result.js';
import type { ModelState, StoredAsset } from './state.js';

/** A pattern for a `Result`. Sessions are positions in `ModelState.sessions`, because the canister chooses the ids. */
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
      /** Further ids that may be listed: their record may have been removed. */
      readonly may: readonly string[];
      /** Number of sessions of the caller whose id is unknown. */
      readonly unnamed: number;
    }
  /** Memories are positions in `ModelState.memories`. A read returns inline bytes, the result of a new memory does not. */
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
      /** The text of the error must contain a number in one of these ranges; `undefined`: any text is allowed. */
      readonly names: readonly IndexRange[] | undefined;
    };

export interface ExpectedStatus {
  readonly state: SessionState;
  readonly chunkSize: number;
  readonly chunksReceived: number;
  readonly bytesReceived: number;
  /** `undefined` for Failed and Cancelled sessions, where the specification does not define the chunks. */
  readonly missing: readonly IndexRange[] | undefined;
}

/** Why a result is expected. `explain` converts it to text. */
export type Reason =
  | {
      readonly code:
        'new-session' | 'stores' | 'same-bytes' | 'cancels' | 'already-cancelled' | 'pauses' | 'resumes';
    }
  | { readonly code: 'reports' | 'lists' | 'cleans' | 'no-session' | 'record-gone' | 'no-blob' | 'reads' }
  | { readonly code: 'new-memory' | 'no-memory' | 'deletes' | 'counts' | 'configured' | 'blob-freed' }
  | { readonly code: 'no-token' | 'token-expired' | 'memory-deleted' | 'not-specified' }
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

/** A result that the specification allows, and its consequence. */
export interface Alternative {
  readonly expected: ExpectedResult;
  readonly reason: Reason;
  readonly next: ModelState;
  /**
   * For a finish that reaches the hash: the state while the hash is computed over several messages. The specification does not define
   * their number, which depends on what puts have hashed already; the history shows it.
   */
  readonly meanwhile?: ModelState;
}

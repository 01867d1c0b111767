//! The table of faults: variant, name, and description. `faults.json` is generated from it, and a test compares the two.

macro_rules! faults {
    ($($variant:ident $name:literal $text:literal)*) => {
        /// A seeded defect.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Fault { $($variant),* }

        /// Every fault with its name and description.
        #[cfg(feature = "faults")]
        pub const TABLE: &[(Fault, &str, &str)] = &[$((Fault::$variant, $name, $text)),*];
    };
}

faults! {
    Canary "canary" "The first byte of every stored chunk is flipped: every campaign must find it"

    // ---- where bytes go ----
    ChunkKeyByName "chunk-key-by-name" "Chunks are keyed by asset name and index: sessions of one name share them"
    ChunkKeyByIdempotencyKey "chunk-key-by-idempotency-key" "Chunks are keyed by the idempotency key the user chose and index"
    ChunkKeyByLastSession "chunk-key-by-last-session" "Chunks go to the session that was begun last"
    ChunkKeyUnstable "chunk-key-unstable" "The storage key comes from a hash that differs between calls: some chunks are not found again"
    OffsetByConfigChunkSize "offset-by-config-chunk-size" "A chunk's offset is computed with the chunk size in force, not the session's"
    IndexTruncated "index-truncated" "The chunk index is truncated to 8 bits"
    OtherBytesOverwrite "other-bytes-overwrite" "Other bytes for a stored index replace it instead of a Conflict"
    BytesInHeap "bytes-in-heap" "Chunks are gathered in the heap as well until their session ends"
    HeapNotFreed "heap-not-freed" "The buffer of every chunk stays in the heap"

    // ---- what a put accepts ----
    SameBytesRefused "same-bytes-refused" "A chunk sent again with the same bytes is a Conflict"
    DuplicatesCounted "duplicates-counted" "A duplicate counts as one more chunk received"
    ShortMiddleChunkAccepted "short-middle-chunk-accepted" "A chunk in the middle may be shorter than the chunk size"
    OversizeLastChunkAccepted "oversize-last-chunk-accepted" "The last chunk may be longer than the rest"
    OversizeFirstChunkAccepted "oversize-first-chunk-accepted" "The first chunk may be longer than the chunk size"
    IndexEqualToCountAccepted "index-equal-to-count-accepted" "A chunk with the index expected_chunks is accepted"
    PausedTakesChunks "paused-takes-chunks" "A Paused session takes chunks"
    FinishingTakesChunks "finishing-takes-chunks" "A Finishing session takes chunks"
    OwnerNotCheckedOnPut "owner-not-checked-on-put" "Anyone may put into a session"
    PutCostGrows "put-cost-grows" "A put reads every chunk stored before"

    // ---- the hash ----
    HashNeverUpdated "hash-never-updated" "The hash is not advanced by the chunks"
    HashInArrivalOrder "hash-in-arrival-order" "The hash takes the chunks in the order they arrived"
    HashOnDuplicates "hash-on-duplicates" "A duplicate goes into the hash again"
    HashBeforeChecks "hash-before-checks" "A chunk that is refused went into the hash already"
    HashNotCompared "hash-not-compared" "finish does not compare the hash"
    HashPrefixCompared "hash-prefix-compared" "finish compares the first 16 bytes of the hash only"
    HasherRemovedBeforeComparison "hasher-removed-before-comparison" "After a mismatch the partial hash is gone and a correct finish fails"
    PartialHashLostOnUpgrade "partial-hash-lost-on-upgrade" "The partial hash starts over at an upgrade, the count of bytes hashed does not"
    TrapOnMalformedHash "trap-on-malformed-hash" "finish traps on a hash that is not 32 bytes"

    // ---- finish ----
    LengthFromChunkCount "length-from-chunk-count" "The expected length is taken as chunk count times chunk size"
    GapsByCount "gaps-by-count" "Gaps are found by the number of puts, not per index"
    OwnerNotCheckedOnFinish "owner-not-checked-on-finish" "Anyone may finish a session"
    CancelledFinishes "cancelled-finishes" "A Cancelled session can be finished"
    SessionDroppedBeforeVerification "session-dropped-before-verification" "The session is closed before the hash is compared: it cannot be mended"
    SecondFinishSecondMemory "second-finish-second-memory" "A repeated finish makes a second memory"
    IndexCommittedLater "index-committed-later" "The blob is indexed by the next update call, not by finish"
    SharedFinishSlot "shared-finish-slot" "Finishes under way share one slot for the expected hash"
    FinishStuckAfterInterruption "finish-stuck-after-interruption" "A finish that was cut short leaves the session Finishing"

    // ---- lifecycle ----
    KeySharedBetweenCallers "key-shared-between-callers" "An idempotency key is the same key for every caller"
    KeyIgnored "key-ignored" "The idempotency key is ignored: every begin makes a session"
    ChunksKeptOnAbort "chunks-kept-on-abort" "An aborted session keeps its blocks of stable memory"
    ChunksKeptOnExpiry "chunks-kept-on-expiry" "An expired session keeps its blocks of stable memory"
    CleanupTakesCallersSessions "cleanup-takes-callers-sessions" "Cleanup evicts every open session of the caller"
    CleanupTakesEveryonesSessions "cleanup-takes-everyones-sessions" "Cleanup evicts every open session of everyone"
    CleanupDoesNothing "cleanup-does-nothing" "Cleanup evicts nothing"
    ExpiryFromBegin "expiry-from-begin" "Expiry counts from begin, not from the last update"
    OwnerNotCheckedOnStatus "owner-not-checked-on-status" "Anyone may read the status of a session"
    IdsReusedAfterUpgrade "ids-reused-after-upgrade" "Ids of blobs and memories start again at 1 after an upgrade"
    SessionsLostOnUpgrade "sessions-lost-on-upgrade" "An upgrade loses every session"
    OldLayoutMisread "old-layout-misread" "The migration from layout 1 swaps two fields of a session"

    // ---- reading back ----
    ReadsCutAtDefaultChunkSize "reads-cut-at-default-chunk-size" "blob_read_chunk cuts at the default chunk size, not at the blob's"
    LocatorNotRecognised "locator-not-recognised" "The form blob_{id} is not recognised, only the bare id"
    InlineLimitOffByOne "inline-limit-off-by-one" "Inline bytes of exactly the limit are refused"
    BlobFreedWhileReferenced "blob-freed-while-referenced" "Deleting a memory frees its blobs though another memory refers to them"
    InlineBytesDropped "inline-bytes-dropped" "A memory answers its inline assets without their bytes"

    // ---- over HTTP ----
    HttpTokenNotChecked "http-token-not-checked" "A request without a valid token counts as one of the owner of what it names"
    HttpTokenExpiryIgnored "http-token-expiry-ignored" "An expired token is accepted until it is freed"
    HttpTokensShared "http-tokens-shared" "Every token stands for the caller who was given one last"
    HttpTokensLostOnUpgrade "http-tokens-lost-on-upgrade" "An upgrade loses every token and rate window"
    HttpTokensNeverFreed "http-tokens-never-freed" "Expired tokens and rate windows stay in stable memory"
    HttpOwnerNotChecked "http-owner-not-checked" "Anyone with a token may touch any session and any asset"
    HttpChunkNumberFromZero "http-chunk-number-from-zero" "The chunk number of a request is taken as an index from 0"
    HttpMissingFromZero "http-missing-from-zero" "The missing chunks of a reply are counted from 0"
    HttpProgressRoundedUp "http-progress-rounded-up" "Progress is rounded up: 100 before the last byte is there"
    HttpRateLimitShared "http-rate-limit-shared" "Uploads begun in an hour are counted over all owners"
    HttpSizeLimitIgnored "http-size-limit-ignored" "The size limit of an asset type is ignored"
    HttpHashNotCompared "http-hash-not-compared" "complete answers success whatever the hash is"
    HttpRangeStartsEarly "http-range-starts-early" "A range that does not begin at 0 begins a byte early"
}

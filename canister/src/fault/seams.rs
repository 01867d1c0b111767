//! The seams over plain values. In a production build each one returns its first argument (or calls it, if it
//! is a closure), or does nothing if it returns nothing.

use super::{is, Fault};
use crate::core::source::Source;
use crate::core::types::SessionState;
use candid::Principal;

// ---- put ----

/// Whether a put checks that the caller owns the session.
#[inline(always)]
pub fn put_checks_owner(checks: bool) -> bool {
    checks && !is(Fault::OwnerNotCheckedOnPut)
}

/// Whether a session in this state accepts chunks.
#[inline(always)]
pub fn accepts_chunks(accepts: bool, state: SessionState) -> bool {
    accepts
        || is(Fault::PausedTakesChunks) && state == SessionState::Paused
        || is(Fault::FinishingTakesChunks) && state == SessionState::Finishing
}

/// The index of a chunk.
#[inline(always)]
pub fn chunk_index(index: u32) -> u32 {
    if is(Fault::IndexTruncated) {
        index & 0xff
    } else {
        index
    }
}

/// Whether a put stores its chunk. If not, it answers Ok at once.
#[inline(always)]
pub fn stores_chunk(stores: bool, index: u32, expected_chunks: u32) -> bool {
    stores && !(is(Fault::IndexEqualToCountAccepted) && index == expected_chunks)
}

/// Whether a wrong length of the chunk at `index` is accepted.
#[inline(always)]
pub fn accepts_wrong_length(
    accepts: bool,
    bytes: &dyn Source,
    expected_len: u64,
    index: u32,
    expected_chunks: u32,
) -> bool {
    let last = index == expected_chunks - 1;
    let (short, long) = (bytes.len() < expected_len, bytes.len() > expected_len);
    accepts
        || is(Fault::ShortMiddleChunkAccepted) && short && !last && index > 0
        || is(Fault::OversizeLastChunkAccepted) && long && last
        || is(Fault::OversizeFirstChunkAccepted) && long && index == 0 && !last
}

/// Whether the hash is advanced over a stored piece.
#[inline(always)]
pub fn hash_advances(advances: bool) -> bool {
    advances && !is(Fault::HashNeverUpdated)
}

// ---- finish ----

/// Whether a finish checks that the caller owns the session.
#[inline(always)]
pub fn finish_checks_owner(checks: bool) -> bool {
    checks && !is(Fault::OwnerNotCheckedOnFinish)
}

/// Whether a session in this state can be finished.
#[inline(always)]
pub fn can_finish(can: bool, state: SessionState) -> bool {
    can || is(Fault::CancelledFinishes) && state == SessionState::Cancelled
}

/// The length that `total_len` must equal.
#[inline(always)]
pub fn expected_length(bytes: u64, expected_chunks: u32, chunk_size: u64) -> u64 {
    if is(Fault::LengthFromChunkCount) {
        u64::from(expected_chunks).saturating_mul(chunk_size)
    } else {
        bytes
    }
}

/// Whether a finish looks for missing chunks.
#[inline(always)]
pub fn looks_for_gaps(looks: bool, chunks_received: u32, expected_chunks: u32) -> bool {
    looks && !(is(Fault::GapsByCount) && chunks_received >= expected_chunks)
}

/// Runs before the length of the caller's hash is checked.
#[inline(always)]
pub fn hash_received(bytes: &[u8]) {
    if is(Fault::TrapOnMalformedHash) {
        let _: [u8; 32] = bytes.try_into().expect("a hash of 32 bytes");
    }
}

/// Whether the computed hash counts as the expected one.
#[inline(always)]
pub fn hash_matches(matches: bool, computed: &[u8; 32], expected: &[u8; 32]) -> bool {
    matches || is(Fault::HashNotCompared) || is(Fault::HashPrefixCompared) && computed[..16] == expected[..16]
}

/// Whether an interrupted finish leaves the state Finishing.
#[inline(always)]
pub fn interruption_ends_finish(ends: bool) -> bool {
    ends && !is(Fault::FinishStuckAfterInterruption)
}

// ---- lifecycle ----

/// Whether an idempotency key is specific to a caller and a capsule.
#[inline(always)]
pub fn key_has_owner(has_owner: bool) -> bool {
    has_owner && !is(Fault::KeySharedBetweenCallers)
}

/// The id of the session that holds an idempotency key.
#[inline(always)]
pub fn key_holder(session: Option<u64>) -> Option<u64> {
    if is(Fault::KeyIgnored) {
        None
    } else {
        session
    }
}

/// The time from which a session's lifetime counts.
#[inline(always)]
pub fn lifetime_start(updated_at: u64, created_at: u64) -> u64 {
    if is(Fault::ExpiryFromBegin) {
        created_at
    } else {
        updated_at
    }
}

/// Whether cleanup handles a session.
#[inline(always)]
pub fn cleanup_acts(acts: bool) -> bool {
    acts && !is(Fault::CleanupDoesNothing)
}

/// Whether a status query checks that the caller owns the session.
#[inline(always)]
pub fn status_checks_owner(checks: bool) -> bool {
    checks && !is(Fault::OwnerNotCheckedOnStatus)
}

// ---- reading back ----

/// The size of the chunks in which a blob is read.
#[inline(always)]
pub fn read_chunk_size(chunk_size: u64) -> u64 {
    if is(Fault::ReadsCutAtDefaultChunkSize) {
        1_800_000
    } else {
        chunk_size
    }
}

/// The digits in a name such as `blob_12`.
#[inline(always)]
pub fn digits_of_name<'a>(digits: impl FnOnce() -> Option<&'a str>, prefix: &str, name: &'a str) -> Option<&'a str> {
    match prefix {
        "blob_" if is(Fault::LocatorNotRecognised) => Some(name),
        _ => digits(),
    }
}

/// The size of inline bytes that is compared with the limit.
#[inline(always)]
pub fn inline_size(bytes: u64) -> u64 {
    bytes + u64::from(is(Fault::InlineLimitOffByOne))
}

/// Whether a blob is kept when one of its references is deleted.
#[inline(always)]
pub fn blob_is_kept(referenced: bool) -> bool {
    referenced && !is(Fault::BlobFreedWhileReferenced)
}

/// The inline bytes of an asset.
#[inline(always)]
pub fn inline_bytes(bytes: Vec<u8>) -> Vec<u8> {
    if is(Fault::InlineBytesDropped) {
        Vec::new()
    } else {
        bytes
    }
}

// ---- HTTP ----

/// Whether a token is still valid.
#[inline(always)]
pub fn token_is_live(live: bool) -> bool {
    live || is(Fault::HttpTokenExpiryIgnored)
}

/// Whether expired tokens and rate windows are freed.
#[inline(always)]
pub fn frees_http_records(frees: bool) -> bool {
    frees && !is(Fault::HttpTokensNeverFreed)
}

/// The index of a chunk, from its number in a request.
#[inline(always)]
pub fn index_of_number(index: u64) -> u64 {
    if is(Fault::HttpChunkNumberFromZero) {
        index + 1
    } else {
        index
    }
}

/// The number of the first chunk in a reply.
#[inline(always)]
pub fn first_missing_number(first: u32) -> u32 {
    if is(Fault::HttpMissingFromZero) {
        0
    } else {
        first
    }
}

/// Progress in tenths of a percent.
#[inline(always)]
pub fn progress_tenths(tenths: u128, exact: u128, total: u128) -> u128 {
    if is(Fault::HttpProgressRoundedUp) {
        exact.div_ceil(total)
    } else {
        tenths
    }
}

/// The owner under whom uploads are counted.
#[inline(always)]
pub fn window_owner(caller: Principal) -> Principal {
    if is(Fault::HttpRateLimitShared) {
        Principal::management_canister()
    } else {
        caller
    }
}

/// Whether an upload has the size limit of its asset type.
#[inline(always)]
pub fn has_type_limit(over_http: bool) -> bool {
    over_http && !is(Fault::HttpSizeLimitIgnored)
}

/// The first byte of a range.
#[inline(always)]
pub fn range_start(first: u64) -> u64 {
    if is(Fault::HttpRangeStartsEarly) {
        first.saturating_sub(1)
    } else {
        first
    }
}

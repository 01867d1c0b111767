//! What the index and the buckets share: Candid types, records in stable memory, and calls between canisters.

mod storable;

use candid::{utils::ArgumentEncoder, CandidType, Principal};
use ic_cdk::api::canister_self;
use ic_cdk::call::{Call, CallFailed, RejectCode};
use serde::Deserialize;
use serde_bytes::ByteBuf;
use seeded_faults::has;
use std::cell::Cell;

/// The seeded faults of both canisters. Each canister accepts all names.
pub const FAULTS: &[&str] = &[
    "begin-before-open",
    "cancel-before-owner-check",
    "cancel-ignores-lock",
    "commit-after-first-batch",
    "commit-not-repeatable",
    "ended-forgotten-too-early",
    "file-id-on-heap",
    "file-ids-reused-after-upgrade",
    "finish-not-locked",
    "listed-before-complete",
    "lock-kept-after-trap",
    "put-by-anyone",
    "quota-kept-after-cancel",
    "quota-kept-after-expiry",
    "quota-kept-after-reject",
    "quota-written-after-await",
    "reject-as-success",
    "reject-settles-unknown",
    "release-not-remembered",
    "reply-before-commit",
    "retry-commits-twice",
    "stop-ends-finish",
    "sweep-ignores-activity",
    "trap-after-commit",
    "two-buckets-for-one-upload",
    "unknown-as-failure",
    "unknown-as-success",
];

#[derive(CandidType, Deserialize, Debug, PartialEq)]
pub enum Error {
    NotFound,
    Forbidden,
    InvalidChunk,
    Incomplete { missing: Vec<u32> },
    WrongHash,
    Finished,
    Busy,
    TooLarge { max: u64 },
    QuotaExceeded,
    /// Another canister rejected a call, so nothing has changed.
    Unavailable(String),
    /// The answer of another canister was lost, so its effect is unknown. The call may be repeated.
    Unknown(String),
}

/// The argument of a bucket's `open`.
#[derive(CandidType, Deserialize)]
pub struct Opening {
    pub upload: u64,
    pub owner: Principal,
    pub length: u64,
    pub chunk_bytes: u32,
}

/// The argument of the index's `commit`.
#[derive(CandidType, Deserialize, Clone)]
pub struct Commit {
    pub upload: u64,
    pub file: u64,
    pub sha256: ByteBuf,
}

thread_local! {
    /// Number of calls to other canisters that have not returned.
    static UNDER_WAY: Cell<u32> = const { Cell::new(0) };
}

/// Counts a call while it is under way, also if its callback traps.
struct UnderWay;

impl UnderWay {
    fn begin() -> Self {
        UNDER_WAY.set(UNDER_WAY.get() + 1);
        Self
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        UNDER_WAY.set(UNDER_WAY.get() - 1);
    }
}

/// Refuses an upgrade while calls are under way: their callbacks would run on the memory of the new module. A canister that is
/// stopped first has none.
pub fn check_upgrade() {
    if UNDER_WAY.get() > 0 && !has("file-id-on-heap") {
        ic_cdk::trap("upgrade refused: calls to other canisters are under way; stop the canister first");
    }
}

/// Calls another canister and decodes its reply. The call waits for a bounded time, so that it can always be stopped.
///
/// # Errors
/// `Unknown` if the answer was lost: the other canister may have executed the call. `Unavailable` if it certainly has not, or its
/// reply does not decode.
pub async fn call<A, R>(canister: Principal, method: &str, args: A) -> Result<R, Error>
where
    A: ArgumentEncoder,
    R: CandidType + for<'de> Deserialize<'de>,
{
    let _under_way = UnderWay::begin();
    let response = Call::bounded_wait(canister, method).with_args(&args).await;
    let response = response.map_err(|error| match &error {
        CallFailed::CallRejected(reject) if reject.reject_code() == Ok(RejectCode::SysUnknown) => {
            Error::Unknown(error.to_string())
        }
        _ => Error::Unavailable(error.to_string()),
    })?;
    response.candid().map_err(|error| Error::Unavailable(error.to_string()))
}

/// Calls the canister itself. Such a call is never lost, so it waits without a bound.
///
/// # Errors
/// `Unavailable` if the canister is stopping.
pub async fn call_self(method: &str) -> Result<(), Error> {
    let _under_way = UnderWay::begin();
    let response = Call::unbounded_wait(canister_self(), method).with_args(&()).await;
    response.map(|_| ()).map_err(|error| Error::Unavailable(error.to_string()))
}

/// Number of chunks of a file.
pub fn chunk_count(length: u64, chunk_bytes: u32) -> u32 {
    length.div_ceil(u64::from(chunk_bytes)) as u32
}

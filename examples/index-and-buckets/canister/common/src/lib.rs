//! What the index and the buckets share: Candid types, records in stable memory, and calls between canisters.

mod storable;

use candid::{utils::ArgumentEncoder, CandidType, Principal};
use ic_cdk::call::Call;
use serde::Deserialize;
use serde_bytes::ByteBuf;
use std::cell::Cell;

/// The seeded faults of both canisters. Each canister accepts all names.
pub const FAULTS: &[&str] = &[
    "cancel-before-owner-check",
    "commit-after-first-batch",
    "file-ids-reused-after-upgrade",
    "finish-not-locked",
    "listed-before-complete",
    "lock-kept-after-trap",
    "put-by-anyone",
    "quota-kept-after-cancel",
    "quota-kept-after-expiry",
    "sweep-ignores-activity",
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
    Unavailable(String),
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
#[derive(CandidType, Deserialize)]
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
    if UNDER_WAY.get() > 0 {
        ic_cdk::trap("upgrade refused: calls to other canisters are under way; stop the canister first");
    }
}

/// Calls another canister and decodes its reply.
///
/// # Errors
/// `Unavailable` if the call was rejected or the reply does not decode.
pub async fn call<A, R>(canister: Principal, method: &str, args: A) -> Result<R, Error>
where
    A: ArgumentEncoder,
    R: CandidType + for<'de> Deserialize<'de>,
{
    let _under_way = UnderWay::begin();
    let response = Call::unbounded_wait(canister, method).with_args(&args).await;
    let response = response.map_err(|error| Error::Unavailable(error.to_string()))?;
    response.candid().map_err(|error| Error::Unavailable(error.to_string()))
}

/// Number of chunks of a file.
pub fn chunk_count(length: u64, chunk_bytes: u32) -> u32 {
    length.div_ceil(u64::from(chunk_bytes)) as u32
}

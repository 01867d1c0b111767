//! The Candid types of `rust-tus.did`, and the records in stable memory.

use candid::{CandidType, Principal};
use ic_stable_structures::storable::{Bound, Storable};
use serde::Deserialize;
use serde_bytes::ByteBuf;
use std::borrow::Cow;

#[derive(CandidType, Deserialize, Default)]
pub struct InitArg {
    pub max_chunk_bytes: Option<u32>,
    pub max_upload_bytes: Option<u64>,
    pub max_open_uploads: Option<u32>,
    pub block_bytes: Option<u32>,
    pub expiry_seconds: Option<u64>,
    pub faults: Option<Vec<String>>,
}

#[derive(CandidType, Deserialize)]
pub struct CreateArg {
    pub name: String,
    pub length: u64,
    pub sha256: Option<ByteBuf>,
    pub key: Option<String>,
}

#[derive(CandidType)]
pub struct Created {
    pub id: u64,
    pub offset: u64,
    pub max_chunk_bytes: u32,
}

#[derive(CandidType)]
pub struct Head {
    pub name: String,
    pub offset: u64,
    pub length: u64,
    pub sha256: Option<ByteBuf>,
    pub expires_at_ns: Option<u64>,
}

#[derive(CandidType)]
pub struct Appended {
    pub offset: u64,
    pub sha256: Option<ByteBuf>,
}

#[derive(CandidType)]
pub struct Entry {
    pub id: u64,
    pub name: String,
    pub offset: u64,
    pub length: u64,
}

#[derive(CandidType, Debug, PartialEq)]
pub enum Error {
    NotFound,
    Forbidden,
    WrongOffset { expected: u64 },
    TooLarge { max: u64 },
    ChecksumMismatch,
    KeyConflict,
    TooManyUploads,
    Incomplete,
    /// The interface does not declare it. Only a seeded fault returns it.
    #[cfg(feature = "faults")]
    Gone,
}

/// The limits of this installation. An upgrade sets those that its argument names.
#[derive(CandidType, Deserialize, Clone)]
pub struct Config {
    pub max_chunk_bytes: u32,
    pub max_upload_bytes: u64,
    pub max_open_uploads: u32,
    pub block_bytes: u32,
    pub expiry_ns: Option<u64>,
    pub next_id: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_chunk_bytes: 1 << 20,
            max_upload_bytes: 256 << 20,
            max_open_uploads: 16,
            block_bytes: 64 << 10,
            expiry_ns: None,
            next_id: 1,
        }
    }
}

#[derive(CandidType, Deserialize, Clone)]
pub struct Upload {
    pub owner: Principal,
    pub name: String,
    pub length: u64,
    pub key: Option<String>,
    /// SHA-256 that the client announced.
    pub announced: Option<ByteBuf>,
    /// Number of bytes in storage.
    pub received: u64,
    /// SHA-256 of the complete file. Set exactly if the upload is complete.
    pub sha256: Option<ByteBuf>,
    /// `None`: it never expires.
    pub expires_at_ns: Option<u64>,
}

impl Upload {
    pub fn is_complete(&self) -> bool {
        self.sha256.is_some()
    }

    pub fn is_expired(&self, now: u64) -> bool {
        !self.is_complete() && self.expires_at_ns.is_some_and(|at| now >= at)
    }
}

/// Stores a Candid type in stable memory.
macro_rules! storable {
    ($type:ty) => {
        impl Storable for $type {
            const BOUND: Bound = Bound::Unbounded;

            fn to_bytes(&self) -> Cow<'_, [u8]> {
                Cow::Owned(candid::encode_one(self).expect("the record encodes"))
            }

            fn into_bytes(self) -> Vec<u8> {
                self.to_bytes().into_owned()
            }

            fn from_bytes(bytes: Cow<[u8]>) -> Self {
                candid::decode_one(&bytes).expect("stable memory holds what this canister wrote")
            }
        }
    };
}
storable!(Config);
storable!(Upload);

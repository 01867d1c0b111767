//! A session: its record, its state at an instant, and which state may follow which.

use super::file::File;
use super::hash::{HASH_BLOCK, INITIAL};
use crate::fault::{self, Fault};
use candid::Principal;

/// Bytes of one chunk length in a session's list of stored chunks.
const CHUNK_ENTRY_BYTES: u64 = 4;

/// Where a session stands.
pub use super::types::SessionState as State;

/// The states in the order of their numbers in stable memory, from 1.
const STATES: [State; 7] = [
    State::Initiated,
    State::Uploading,
    State::Paused,
    State::Finishing,
    State::Completed,
    State::Failed,
    State::Cancelled,
];

impl State {
    /// The number in stable memory.
    pub fn code(self) -> u8 {
        STATES.iter().position(|state| *state == self).map_or(0, |at| at as u8 + 1)
    }

    /// The state with this number in stable memory.
    pub fn from_code(code: u8) -> Option<State> {
        STATES.get(usize::from(code).checked_sub(1)?).copied()
    }

    /// Whether a session in this state counts against the caller's limit.
    pub fn is_active(self) -> bool {
        matches!(self, State::Initiated | State::Uploading | State::Paused | State::Finishing)
    }

    /// Whether a session in this state keeps its idempotency key in use.
    pub fn holds_key(self) -> bool {
        self.is_active() || self == State::Completed
    }
}

/// What is kept of a session in its slot. Times are nanoseconds, lengths are bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: u64,
    /// The state as last written; `state_at` says what it means by now.
    pub stored_state: State,
    pub owner: Principal,
    pub capsule: u64,
    pub chunk_size: u64,
    pub bytes: u64,
    pub expected_chunks: u32,
    pub chunks_received: u32,
    pub bytes_received: u64,
    /// Chunks present from index 0 on without a gap.
    pub prefix_chunks: u32,
    /// Bytes of the prefix that are in `hash`: a multiple of 64.
    pub hashed: u64,
    pub hash: [u32; 8],
    /// The caller's hash while Finishing, the hash of the blob once Completed.
    pub digest: [u8; 32],
    pub created_at: u64,
    pub updated_at: u64,
    pub ended_at: u64,
    pub session_ttl: u64,
    pub record_ttl: u64,
    /// First block of the bytes, and of the list of chunk lengths.
    pub data_root: u32,
    pub chunks_root: u32,
    /// Which finish is under way, and in which life of the code it began.
    pub ticket: u32,
    pub epoch: u32,
    pub blob: u64,
    pub memory: u64,
}

impl Session {
    /// The state at `now` in the `epoch` of the code; `None` when the record is gone.
    pub fn state_at(&self, now: u64, epoch: u32) -> Option<State> {
        let mut state = self.stored_state;
        let stuck = fault::is(Fault::FinishStuckAfterInterruption);
        if state == State::Finishing && self.epoch != epoch && !stuck {
            state = State::Uploading;
        }
        let expires = matches!(state, State::Initiated | State::Uploading | State::Paused);
        if expires && now >= self.expiry() {
            state = State::Failed;
        }
        if !state.is_active() && now >= self.end_at(state).saturating_add(self.record_ttl) {
            return None;
        }
        Some(state)
    }

    /// When it fails without another update.
    pub fn expiry(&self) -> u64 {
        let from = if fault::is(Fault::ExpiryFromBegin) { self.created_at } else { self.updated_at };
        from.saturating_add(self.session_ttl)
    }

    /// When it ended, given that `state` is not an active one.
    fn end_at(&self, state: State) -> u64 {
        if state == State::Failed {
            self.expiry()
        } else {
            self.ended_at
        }
    }

    /// When the next thing happens to it by time alone: it fails, or its record goes.
    pub fn expires_at(&self, state: State) -> u64 {
        if state.is_active() {
            self.expiry()
        } else {
            self.end_at(state).saturating_add(self.record_ttl)
        }
    }

    /// The exact length of the chunk at `index`, which is below `expected_chunks`.
    pub fn chunk_len(&self, index: u32) -> u64 {
        let start = self.chunk_start(index);
        self.chunk_size.min(self.bytes - start)
    }

    /// Where the chunk at `index` begins in the file.
    pub fn chunk_start(&self, index: u32) -> u64 {
        u64::from(index) * self.chunk_size
    }

    /// Bytes of the contiguous prefix.
    pub fn prefix_bytes(&self) -> u64 {
        u64::from(self.prefix_chunks).saturating_mul(self.chunk_size).min(self.bytes)
    }

    /// Bytes that go through the hash in whole steps; what is left is shorter than 64.
    pub fn bytes_to_hash(&self) -> u64 {
        self.bytes - self.bytes % HASH_BLOCK
    }

    /// The uploaded bytes.
    pub fn data_file(&self) -> File {
        File { root: self.data_root, len: self.bytes }
    }

    /// The list of chunk lengths: `length + 1` as 4 bytes for each index, 0 for a chunk that is missing.
    pub fn chunks_file(&self) -> File {
        File { root: self.chunks_root, len: u64::from(self.expected_chunks) * CHUNK_ENTRY_BYTES }
    }

    /// A session that has just begun.
    pub fn begin(id: u64, owner: Principal, capsule: u64, plan: &Plan, now: u64) -> Session {
        Session {
            id,
            stored_state: State::Initiated,
            owner,
            capsule,
            chunk_size: plan.chunk_size,
            bytes: plan.bytes,
            expected_chunks: plan.expected_chunks,
            chunks_received: 0,
            bytes_received: 0,
            prefix_chunks: 0,
            hashed: 0,
            hash: INITIAL,
            digest: [0; 32],
            created_at: now,
            updated_at: now,
            ended_at: 0,
            session_ttl: plan.session_ttl,
            record_ttl: plan.record_ttl,
            data_root: 0,
            chunks_root: 0,
            ticket: 0,
            epoch: 0,
            blob: 0,
            memory: 0,
        }
    }
}

/// What a session keeps from the moment it begins.
pub struct Plan {
    pub chunk_size: u64,
    pub bytes: u64,
    pub expected_chunks: u32,
    pub session_ttl: u64,
    pub record_ttl: u64,
}

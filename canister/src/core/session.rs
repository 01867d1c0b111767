//! A session: its record, and its state at a given time.

use super::file::File;
use super::hash::{HASH_BLOCK, INITIAL};
use crate::fault::seams;
use candid::Principal;

/// Size of an entry in the list of chunk lengths, in bytes.
const CHUNK_ENTRY_BYTES: u64 = 4;

/// The state of a session.
pub use super::types::SessionState as State;

/// The states in the order of their numbers in stable memory, which start at 1.
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
    /// Returns the number of the state in stable memory.
    pub fn code(self) -> u8 {
        STATES.iter().position(|state| *state == self).map_or(0, |at| at as u8 + 1)
    }

    /// Returns the state with this number in stable memory.
    pub fn from_code(code: u8) -> Option<State> {
        STATES.get(usize::from(code).checked_sub(1)?).copied()
    }

    /// Returns whether a session in this state counts towards the caller's limit.
    pub fn is_active(self) -> bool {
        matches!(self, State::Initiated | State::Uploading | State::Paused | State::Finishing)
    }

    /// Returns whether a session in this state holds its idempotency key.
    pub fn holds_key(self) -> bool {
        self.is_active() || self == State::Completed
    }
}

/// The record of a session in its slot. Times are in nanoseconds, lengths in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: u64,
    /// The state when the session was last written. `state_at` returns the current one.
    pub stored_state: State,
    pub owner: Principal,
    pub capsule: u64,
    pub chunk_size: u64,
    pub bytes: u64,
    pub expected_chunks: u32,
    pub chunks_received: u32,
    pub bytes_received: u64,
    /// Number of stored chunks from index 0 on without a gap.
    pub prefix_chunks: u32,
    /// Number of bytes of the prefix that `hash` covers: a multiple of 64.
    pub hashed: u64,
    pub hash: [u32; 8],
    /// The expected hash while Finishing. The hash of the blob when Completed.
    pub digest: [u8; 32],
    pub created_at: u64,
    pub updated_at: u64,
    pub ended_at: u64,
    pub session_ttl: u64,
    pub record_ttl: u64,
    /// Root blocks of the bytes, and of the list of chunk lengths.
    pub data_root: u32,
    pub chunks_root: u32,
    /// The ticket of the running finish, and the header's epoch when it began.
    pub ticket: u32,
    pub epoch: u32,
    pub blob: u64,
    pub memory: u64,
}

impl Session {
    /// Returns the state at `now` in the header's `epoch`, or `None` if the lifetime of the record is over.
    pub fn state_at(&self, now: u64, epoch: u32) -> Option<State> {
        let mut state = self.stored_state;
        if state == State::Finishing && seams::interruption_ends_finish(self.epoch != epoch) {
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

    /// The time at which the session fails if no update comes.
    pub fn expiry(&self) -> u64 {
        seams::lifetime_start(self.updated_at, self.created_at).saturating_add(self.session_ttl)
    }

    /// The time at which the session ended. `state` must not be active.
    fn end_at(&self, state: State) -> u64 {
        if state == State::Failed {
            self.expiry()
        } else {
            self.ended_at
        }
    }

    /// The time of the next change that time alone causes: an active session fails, an ended one is removed.
    pub fn expires_at(&self, state: State) -> u64 {
        if state.is_active() {
            self.expiry()
        } else {
            self.end_at(state).saturating_add(self.record_ttl)
        }
    }

    /// The exact length of the chunk at `index`, which must be below `expected_chunks`.
    pub fn chunk_len(&self, index: u32) -> u64 {
        let start = self.chunk_start(index);
        self.chunk_size.min(self.bytes - start)
    }

    /// The offset of the chunk at `index`.
    pub fn chunk_start(&self, index: u32) -> u64 {
        u64::from(index) * self.chunk_size
    }

    /// The length of the contiguous prefix in bytes.
    pub fn prefix_bytes(&self) -> u64 {
        u64::from(self.prefix_chunks).saturating_mul(self.chunk_size).min(self.bytes)
    }

    /// Number of bytes that are hashed in whole steps. Fewer than 64 bytes remain.
    pub fn bytes_to_hash(&self) -> u64 {
        self.bytes - self.bytes % HASH_BLOCK
    }

    /// The file of uploaded bytes.
    pub fn data_file(&self) -> File {
        File { root: self.data_root, len: self.bytes }
    }

    /// The list of chunk lengths: 4 bytes per index, `length + 1` for a stored chunk and 0 for a missing one.
    pub fn chunks_file(&self) -> File {
        File { root: self.chunks_root, len: u64::from(self.expected_chunks) * CHUNK_ENTRY_BYTES }
    }

    /// Creates a session.
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

/// The fields of a session that are fixed when it begins.
pub struct Plan {
    pub chunk_size: u64,
    pub bytes: u64,
    pub expected_chunks: u32,
    pub session_ttl: u64,
    pub record_ttl: u64,
}

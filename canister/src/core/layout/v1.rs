//! Layout 1: slots of 224 bytes. Lifetimes are in whole seconds, `updated_at` precedes `created_at`, `bytes` precedes
//! `chunk_size`, and the states have other numbers.

use super::v2;
use crate::core::codec::Reader;
#[cfg(test)]
use crate::core::codec::Writer;
use crate::core::session::{Session, State};

pub const VERSION: u32 = 1;
/// Size of a slot in bytes. The record has 219 bytes.
pub const SLOT_BYTES: usize = 224;
const SECOND_NS: u64 = 1_000_000_000;

/// The states in the order of their numbers in this layout, which start at 0.
const STATES: [State; 7] = [
    State::Initiated,
    State::Uploading,
    State::Finishing,
    State::Completed,
    State::Cancelled,
    State::Failed,
    State::Paused,
];

/// Encodes a session, padded to a slot. Only tests of the migration use it.
#[cfg(test)]
pub fn encode(session: &Session) -> [u8; SLOT_BYTES] {
    let code = STATES.iter().position(|state| *state == session.stored_state).unwrap_or(0);
    let mut w = Writer(Vec::with_capacity(SLOT_BYTES));
    w.u64(session.id).principal(&session.owner).u8(code as u8);
    w.u64(session.updated_at).u64(session.created_at).u64(session.ended_at);
    w.u64(session.capsule).u64(session.bytes).u64(session.chunk_size);
    w.u32(session.expected_chunks).u32(session.chunks_received).u64(session.bytes_received);
    w.u32(session.prefix_chunks).u64(session.hashed);
    for word in session.hash {
        w.u32(word);
    }
    w.raw(&session.digest);
    w.u32(seconds(session.session_ttl)).u32(seconds(session.record_ttl));
    w.u32(session.data_root).u32(session.chunks_root).u32(session.ticket).u32(session.epoch);
    w.u64(session.blob).u64(session.memory);
    let mut slot = [0; SLOT_BYTES];
    slot[..w.0.len()].copy_from_slice(&w.0);
    slot
}

#[cfg(test)]
fn seconds(ns: u64) -> u32 {
    u32::try_from(ns / SECOND_NS).unwrap_or(u32::MAX)
}

/// Decodes the session in a slot.
pub fn decode(slot: &[u8]) -> Session {
    let mut r = Reader(slot);
    let (id, owner, code) = (r.u64(), r.principal(), r.u8());
    let (updated_at, created_at, ended_at) = (r.u64(), r.u64(), r.u64());
    let (capsule, bytes, chunk_size) = (r.u64(), r.u64(), r.u64());
    Session {
        id,
        stored_state: *STATES.get(usize::from(code)).expect("unknown session state in stable memory"),
        owner,
        capsule,
        chunk_size,
        bytes,
        expected_chunks: r.u32(),
        chunks_received: r.u32(),
        bytes_received: r.u64(),
        prefix_chunks: r.u32(),
        hashed: r.u64(),
        hash: std::array::from_fn(|_| r.u32()),
        digest: r.array(),
        created_at,
        updated_at,
        ended_at,
        session_ttl: u64::from(r.u32()) * SECOND_NS,
        record_ttl: u64::from(r.u32()) * SECOND_NS,
        data_root: r.u32(),
        chunks_root: r.u32(),
        ticket: r.u32(),
        epoch: r.u32(),
        blob: r.u64(),
        memory: r.u64(),
    }
}

/// Converts a slot of layout 1 to a session.
pub fn migrate(slot: &[u8]) -> Session {
    let mut session = decode(slot);
    session.seam_migrated();
    session
}

const _: () = assert!(SLOT_BYTES != v2::SLOT_BYTES);

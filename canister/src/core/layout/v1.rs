//! Layout 1: a slot of 224 B. Lifetimes are whole seconds, `updated_at` stands before `created_at`, `bytes` before
//! `chunk_size`, and the states have other numbers.

use super::v2;
use crate::core::codec::Reader;
#[cfg(test)]
use crate::core::codec::Writer;
use crate::core::session::{Session, State};
use crate::fault::{self, Fault};

pub const VERSION: u32 = 1;
/// Bytes of a slot; the record takes 219 of them.
pub const SLOT_BYTES: usize = 224;
const SECOND_NS: u64 = 1_000_000_000;

/// The states in the order of their numbers here, from 0.
const STATES: [State; 7] = [
    State::Initiated,
    State::Uploading,
    State::Finishing,
    State::Completed,
    State::Cancelled,
    State::Failed,
    State::Paused,
];

/// The record, padded to a slot: for tests of the migration.
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

/// Reads a slot that holds a session.
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

/// A slot of layout 1 as a session of today.
pub fn migrate(slot: &[u8]) -> Session {
    let mut session = decode(slot);
    if fault::is(Fault::OldLayoutMisread) {
        (session.chunks_received, session.prefix_chunks) = (session.prefix_chunks, session.chunks_received);
        session.hash = crate::core::hash::INITIAL;
    }
    session
}

const _: () = assert!(SLOT_BYTES != v2::SLOT_BYTES);

//! Layout 2: slots of 256 bytes. A session stores its lifetimes, and the ticket and epoch of its finish.

use crate::core::codec::{Reader, Writer};
use crate::core::session::{Session, State};

pub const VERSION: u32 = 2;
/// Size of a slot in bytes. The record has 227 bytes.
pub const SLOT_BYTES: usize = 256;

/// Encodes a session, padded to a slot.
pub fn encode(session: &Session) -> [u8; SLOT_BYTES] {
    let mut w = Writer(Vec::with_capacity(SLOT_BYTES));
    w.u64(session.id).u8(session.stored_state.code()).principal(&session.owner);
    w.u64(session.capsule).u64(session.chunk_size).u64(session.bytes);
    w.u32(session.expected_chunks).u32(session.chunks_received).u64(session.bytes_received);
    w.u32(session.prefix_chunks).u64(session.hashed);
    for word in session.hash {
        w.u32(word);
    }
    w.raw(&session.digest);
    w.u64(session.created_at).u64(session.updated_at).u64(session.ended_at);
    w.u64(session.session_ttl).u64(session.record_ttl);
    w.u32(session.data_root).u32(session.chunks_root).u32(session.ticket).u32(session.epoch);
    w.u64(session.blob).u64(session.memory);
    let mut slot = [0; SLOT_BYTES];
    slot[..w.0.len()].copy_from_slice(&w.0);
    slot
}

/// Decodes the session in a slot.
pub fn decode(slot: &[u8]) -> Session {
    let mut r = Reader(slot);
    Session {
        id: r.u64(),
        stored_state: State::from_code(r.u8()).expect("unknown session state in stable memory"),
        owner: r.principal(),
        capsule: r.u64(),
        chunk_size: r.u64(),
        bytes: r.u64(),
        expected_chunks: r.u32(),
        chunks_received: r.u32(),
        bytes_received: r.u64(),
        prefix_chunks: r.u32(),
        hashed: r.u64(),
        hash: std::array::from_fn(|_| r.u32()),
        digest: r.array(),
        created_at: r.u64(),
        updated_at: r.u64(),
        ended_at: r.u64(),
        session_ttl: r.u64(),
        record_ttl: r.u64(),
        data_root: r.u32(),
        chunks_root: r.u32(),
        ticket: r.u32(),
        epoch: r.u32(),
        blob: r.u64(),
        memory: r.u64(),
    }
}

//! A chunk: its checks, its place in stable memory, the hash that follows the contiguous prefix.

use super::blocks::{Full, SCRATCH_BYTES};
use super::hash::absorb;
use super::session::{Session, State};
use super::store::Store;
use super::types::Error;
use super::uploads::wrong_state;
use super::Call;
use ic_stable_structures::Memory;

/// Bytes of an entry in the list of chunk lengths.
const ENTRY_BYTES: u64 = 4;

impl<M: Memory> Store<M> {
    /// Stores a chunk. `bytes` may be a text that says why there are none: that is an `InvalidArgument` in its place
    /// in the order. `NotFound`, `Unauthorized`, `InvalidState`, `InvalidArgument`, `ResourceExhausted`, `Conflict`, `Internal`.
    pub fn put_chunk(
        &mut self,
        call: &Call<'_>,
        id: u64,
        index: u32,
        bytes: Result<&[u8], String>,
    ) -> Result<(), Error> {
        let (slot, mut session, state) = self.own_session(call, id)?;
        if !matches!(state, State::Initiated | State::Uploading) {
            return Err(wrong_state("put", state));
        }
        let bytes = bytes.map_err(Error::InvalidArgument)?;
        check_chunk(&session, index, bytes)?;
        if self.stored_len(&session, index).is_some() {
            return self.check_same(call, &session, index, bytes);
        }
        self.store_chunk(call, slot, &mut session, index, bytes)?;
        session.stored_state = State::Uploading;
        session.updated_at = call.now();
        session.chunks_received += 1;
        session.bytes_received += bytes.len() as u64;
        self.header.bytes_pending += bytes.len() as u64;
        self.extend_prefix(&mut session);
        self.advance_hash(&mut session);
        self.put_session(slot, &session);
        self.save();
        call.log(&format!("PUT_OK sid={id} idx={index} len={}", bytes.len()));
        Ok(())
    }

    /// Ok when the stored chunk has these bytes, else `Conflict`.
    fn check_same(&mut self, call: &Call<'_>, session: &Session, index: u32, bytes: &[u8]) -> Result<(), Error> {
        let mut left = bytes;
        let start = session.chunk_start(index);
        let same = self.blocks.read_pieces(&session.data_file(), start, bytes.len() as u64, |piece| {
            let (head, rest) = left.split_at(piece.len());
            left = rest;
            head == piece
        });
        if !same {
            return Err(Error::Conflict(format!("chunk {index} is stored with other bytes")));
        }
        call.log(&format!("PUT_AGAIN sid={} idx={index}", session.id));
        Ok(())
    }

    /// Writes the bytes and the length, and reads the length back. A difference is logged, and the chunk counts as missing.
    fn store_chunk(
        &mut self,
        call: &Call<'_>,
        slot: u32,
        session: &mut Session,
        index: u32,
        bytes: &[u8],
    ) -> Result<(), Error> {
        self.write_chunk(session, index, bytes).map_err(|_| Error::ResourceExhausted)?;
        let stored = self.stored_len(session, index);
        if stored != Some(bytes.len() as u64) {
            call.log(&format!("PUT_READBACK_BAD sid={} idx={index} stored={stored:?}", session.id));
            let mut chunks = session.chunks_file();
            let cleared = self.blocks.write(&mut chunks, u64::from(index) * ENTRY_BYTES, &[0; 4]);
            cleared.expect("the list of chunks is always backed by blocks");
            self.put_session(slot, session);
            return Err(Error::Internal(format!("chunk {index} was not stored as written")));
        }
        Ok(())
    }

    /// Errs with the session unchanged.
    fn write_chunk(&mut self, session: &mut Session, index: u32, bytes: &[u8]) -> Result<(), Full> {
        let (mut data, mut chunks) = (session.data_file(), session.chunks_file());
        let at = session.chunk_start(index);
        self.blocks.reserve(data.blocks_for(at, bytes.len() as u64) + chunks.blocks_for(0, chunks.len))?;
        if chunks.root == 0 {
            self.blocks.fill_zero(&mut chunks)?;
            session.chunks_root = chunks.root;
        }
        self.blocks.write(&mut data, at, bytes)?;
        session.data_root = data.root;
        let entry = bytes.len() as u32 + 1;
        self.blocks.write(&mut chunks, u64::from(index) * ENTRY_BYTES, &entry.to_le_bytes())
    }

    /// Length of the stored chunk at `index`.
    pub fn stored_len(&self, session: &Session, index: u32) -> Option<u64> {
        let mut entry = [0; ENTRY_BYTES as usize];
        self.blocks.read(&session.chunks_file(), u64::from(index) * ENTRY_BYTES, &mut entry);
        u32::from_le_bytes(entry).checked_sub(1).map(u64::from)
    }

    /// Calls `each(index, stored)` for the indices from `from` on, until it says false.
    pub fn for_each_chunk(&mut self, session: &Session, from: u32, mut each: impl FnMut(u32, bool) -> bool) {
        let mut index = from;
        let mut buffer = [0; 256];
        while index < session.expected_chunks {
            let count = (session.expected_chunks - index).min(64) as usize;
            let entries = &mut buffer[..count * ENTRY_BYTES as usize];
            self.blocks.read(&session.chunks_file(), u64::from(index) * ENTRY_BYTES, entries);
            for entry in entries.chunks_exact(ENTRY_BYTES as usize) {
                if !each(index, entry != [0; 4]) {
                    return;
                }
                index += 1;
            }
        }
    }

    /// Moves the end of the contiguous prefix over every chunk that is there.
    fn extend_prefix(&mut self, session: &mut Session) {
        let mut prefix = session.prefix_chunks;
        self.for_each_chunk(session, prefix, |_, stored| {
            prefix += u32::from(stored);
            stored
        });
        session.prefix_chunks = prefix;
    }

    /// Hashes on over the prefix, at most `hash_bytes_per_call`, and only whole steps of 64 B.
    pub fn advance_hash(&mut self, session: &mut Session) {
        let ready = session.prefix_bytes() & !63;
        let end = ready.min(session.hashed.saturating_add(self.header.limits.hash_bytes_per_call));
        if end <= session.hashed {
            return;
        }
        let (start, file) = (session.hashed, session.data_file());
        let mut hash = session.hash;
        const _: () = assert!(SCRATCH_BYTES % 64 == 0);
        self.blocks.read_pieces(&file, start, end - start, |piece| {
            absorb(&mut hash, piece);
            true
        });
        session.hash = hash;
        session.hashed = end;
    }
}

/// `InvalidArgument` for an index that is not there, or a length that is not the one of this index.
fn check_chunk(session: &Session, index: u32, bytes: &[u8]) -> Result<(), Error> {
    if index >= session.expected_chunks {
        return Err(Error::InvalidArgument(format!(
            "chunk {index} of an upload of {} chunks",
            session.expected_chunks
        )));
    }
    let expected = session.chunk_len(index);
    if bytes.len() as u64 != expected {
        return Err(Error::InvalidArgument(format!("chunk {index} has {} bytes, not {expected}", bytes.len())));
    }
    Ok(())
}

//! Put: checks a chunk, stores it, and advances the hash over the contiguous prefix.

use super::blocks::{Full, SCRATCH_BYTES};
use super::hash::absorb;
use super::session::{Session, State};
use super::source::{Prefix, Source};
use super::store::Store;
use super::types::Error;
use super::uploads::wrong_state;
use super::Call;
use crate::fault::seams;
use ic_stable_structures::Memory;

/// Size of an entry in the list of chunk lengths, in bytes.
const ENTRY_BYTES: u64 = 4;

impl<M: Memory> Store<M> {
    /// Stores a chunk. An `Err` in place of the bytes holds the text of an `InvalidArgument`. Errors: `NotFound`,
    /// `Unauthorized`, `InvalidState`, `InvalidArgument`, `ResourceExhausted`, `Conflict`, `Internal`.
    pub fn put_chunk(
        &mut self,
        call: &Call<'_>,
        id: u64,
        index: u32,
        bytes: Result<&dyn Source, String>,
    ) -> Result<(), Error> {
        self.seam_update_starts();
        let (slot, mut session, state) = self.session_for(call, id, seams::put_checks_owner(true))?;
        if !takes_chunks(state) {
            return Err(wrong_state("put", state));
        }
        let bytes = bytes.map_err(Error::InvalidArgument)?;
        let index = seams::chunk_index(index);
        if !seams::stores_chunk(true, index, session.expected_chunks) {
            return Ok(());
        }
        let check = check_chunk(&session, index, bytes);
        self.seam_chunk_checked(slot, &session, bytes, &check);
        check?;
        let bytes = &Prefix { source: bytes, len: bytes.len().min(session.chunk_len(index)) };
        if self.stored_len(&session, index).is_some() {
            return self.put_again(call, slot, session, index, bytes);
        }
        self.store_chunk(call, slot, &mut session, index, bytes)?;
        if state != State::Finishing {
            session.stored_state = State::Uploading;
        }
        session.updated_at = call.now();
        session.chunks_received += 1;
        session.bytes_received += bytes.len();
        self.header.bytes_pending += bytes.len();
        self.extend_prefix(&mut session);
        self.advance_hash(&mut session);
        self.seam_chunk_stored(&session, index, bytes);
        self.put_session(slot, &session);
        self.save();
        call.log(&format!("PUT_OK sid={id} idx={index} len={}", bytes.len()));
        Ok(())
    }

    /// Answers a put for an index that is already stored. Changes nothing. Errors: `Conflict` for other bytes.
    fn put_again(
        &mut self,
        call: &Call<'_>,
        slot: u32,
        mut session: Session,
        index: u32,
        bytes: &dyn Source,
    ) -> Result<(), Error> {
        if let Some(result) = self.seam_put_again(slot, &mut session, index, bytes) {
            return result;
        }
        let check = self.check_same(call, &session, index, bytes);
        self.seam_chunk_checked(slot, &session, bytes, &check);
        check
    }

    /// Returns `Conflict` if the stored chunk has other bytes.
    fn check_same(&mut self, call: &Call<'_>, session: &Session, index: u32, bytes: &dyn Source) -> Result<(), Error> {
        if !self.blocks.equals(&session.data_file(), session.chunk_start(index), bytes) {
            return Err(Error::Conflict(format!("chunk {index} is stored with other bytes")));
        }
        call.log(&format!("PUT_AGAIN sid={} idx={index}", session.id));
        Ok(())
    }

    /// Writes the bytes and the length, and reads the length back. If it differs, the difference is logged and the chunk
    /// counts as missing.
    fn store_chunk(
        &mut self,
        call: &Call<'_>,
        slot: u32,
        session: &mut Session,
        index: u32,
        bytes: &dyn Source,
    ) -> Result<(), Error> {
        self.write_chunk(session, index, bytes).map_err(|_| Error::ResourceExhausted)?;
        let stored = self.stored_len(session, index);
        if stored != Some(bytes.len()) {
            call.log(&format!("PUT_READBACK_BAD sid={} idx={index} stored={stored:?}", session.id));
            let mut chunks = session.chunks_file();
            let cleared = self.blocks.write(&mut chunks, u64::from(index) * ENTRY_BYTES, &[0; 4]);
            cleared.expect("the list of chunks is always backed by blocks");
            self.put_session(slot, session);
            return Err(Error::Internal(format!("chunk {index} was not stored as written")));
        }
        Ok(())
    }

    /// Writes the bytes and the length of a chunk. An error leaves the session unchanged.
    pub fn write_chunk(&mut self, session: &mut Session, index: u32, bytes: &dyn Source) -> Result<(), Full> {
        let (mut data, mut chunks) = (session.data_file(), session.chunks_file());
        let at = self.seam_chunk_offset(session.chunk_start(index), session, index, bytes);
        self.blocks.reserve(data.blocks_for(at, bytes.len()) + chunks.blocks_for(0, chunks.len))?;
        if chunks.root == 0 {
            self.blocks.fill_zero(&mut chunks)?;
            session.chunks_root = chunks.root;
        }
        if self.seam_writes_chunk(true, session, index, bytes) {
            self.blocks.write_from(&mut data, at, bytes)?;
        }
        self.seam_chunk_written(&mut data, at, bytes);
        session.data_root = data.root;
        let entry = bytes.len() as u32 + 1;
        self.blocks.write(&mut chunks, u64::from(index) * ENTRY_BYTES, &entry.to_le_bytes())
    }

    /// Returns the length of the stored chunk at `index` in bytes.
    pub fn stored_len(&self, session: &Session, index: u32) -> Option<u64> {
        let mut entry = [0; ENTRY_BYTES as usize];
        self.blocks.read(&session.chunks_file(), u64::from(index) * ENTRY_BYTES, &mut entry);
        u32::from_le_bytes(entry).checked_sub(1).map(u64::from)
    }

    /// Calls `each(index, stored)` for every index from `from` on, until it returns false.
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

    /// Extends the contiguous prefix over the stored chunks that follow it.
    fn extend_prefix(&mut self, session: &mut Session) {
        let mut prefix = session.prefix_chunks;
        self.for_each_chunk(session, prefix, |_, stored| {
            prefix += u32::from(stored);
            stored
        });
        session.prefix_chunks = prefix;
    }

    /// Advances the hash over the contiguous prefix: at most `hash_bytes_per_call` bytes, in whole steps of 64 bytes.
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
            if seams::hash_advances(true) {
                absorb(&mut hash, piece);
            }
            true
        });
        session.hash = hash;
        session.hashed = end;
    }
}

/// Returns whether a session in this state accepts chunks.
fn takes_chunks(state: State) -> bool {
    seams::accepts_chunks(matches!(state, State::Initiated | State::Uploading), state)
}

/// Returns `InvalidArgument` for an index that does not exist, or a length that is wrong for its index.
fn check_chunk(session: &Session, index: u32, bytes: &dyn Source) -> Result<(), Error> {
    if index >= session.expected_chunks {
        return Err(Error::InvalidArgument(format!(
            "chunk {index} of an upload of {} chunks",
            session.expected_chunks
        )));
    }
    let expected = session.chunk_len(index);
    let accepted = seams::accepts_wrong_length(false, bytes, expected, index, session.expected_chunks);
    if bytes.len() != expected && !accepted {
        return Err(Error::InvalidArgument(format!("chunk {index} has {} bytes, not {expected}", bytes.len())));
    }
    Ok(())
}

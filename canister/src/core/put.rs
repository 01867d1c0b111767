//! A chunk: its checks, its place in stable memory, the hash that follows the contiguous prefix.

use super::blocks::{Full, SCRATCH_BYTES};
use super::faulty::buffer_in_heap;
use super::hash::absorb;
use super::session::{Session, State};
use super::source::{Prefix, Source};
use super::store::Store;
use super::types::Error;
use super::uploads::wrong_state;
use super::Call;
use crate::fault::{self, Fault};
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
        bytes: Result<&dyn Source, String>,
    ) -> Result<(), Error> {
        self.commit_late_blob();
        let (slot, mut session, state) = self.session_for(call, id, fault::is(Fault::OwnerNotCheckedOnPut))?;
        if !takes_chunks(state) {
            return Err(wrong_state("put", state));
        }
        let bytes = bytes.map_err(Error::InvalidArgument)?;
        let index = if fault::is(Fault::IndexTruncated) { index & 0xff } else { index };
        if fault::is(Fault::IndexEqualToCountAccepted) && index == session.expected_chunks {
            return Ok(());
        }
        let checked = check_chunk(&session, index, bytes);
        if fault::is(Fault::HashBeforeChecks) && checked.is_err() {
            self.hash_refused(slot, &session, &bytes.to_vec());
        }
        checked?;
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
        self.seeded_after_put(&session, index, bytes);
        self.put_session(slot, &session);
        self.save();
        call.log(&format!("PUT_OK sid={id} idx={index} len={}", bytes.len()));
        Ok(())
    }

    /// A chunk for an index that is stored: Ok with the same bytes, and nothing changes; else `Conflict`.
    fn put_again(
        &mut self,
        call: &Call<'_>,
        slot: u32,
        mut session: Session,
        index: u32,
        bytes: &dyn Source,
    ) -> Result<(), Error> {
        if fault::is(Fault::OtherBytesOverwrite) {
            let written = self.write_chunk(&mut session, index, bytes);
            return written.map_err(|_| Error::ResourceExhausted);
        }
        if fault::is(Fault::SameBytesRefused) {
            return Err(Error::Conflict(format!("chunk {index} is stored")));
        }
        if fault::is(Fault::DuplicatesCounted) || fault::is(Fault::GapsByCount) {
            session.chunks_received += 1;
            self.put_session(slot, &session);
        }
        if fault::is(Fault::HashOnDuplicates) {
            self.note_arrival(session.id, index);
        }
        let same = self.check_same(call, &session, index, bytes);
        if fault::is(Fault::HashBeforeChecks) && same.is_err() {
            self.hash_refused(slot, &session, &bytes.to_vec());
        }
        same
    }

    /// What a seeded fault does after a chunk was stored; nothing in production.
    fn seeded_after_put(&mut self, session: &Session, index: u32, bytes: &dyn Source) {
        if fault::is(Fault::HashInArrivalOrder) || fault::is(Fault::HashOnDuplicates) {
            self.note_arrival(session.id, index);
        }
        if fault::is(Fault::ChunkKeyByName) || fault::is(Fault::ChunkKeyByIdempotencyKey) {
            self.write_to_namesakes(session, index, &bytes.to_vec());
        }
        if fault::is(Fault::BytesInHeap) {
            buffer_in_heap(session.id, bytes.to_vec());
        }
        if fault::is(Fault::HeapNotFreed) {
            std::mem::forget(bytes.to_vec());
        }
        if fault::is(Fault::PutCostGrows) {
            self.read_all_chunks(session);
        }
    }

    /// Ok when the stored chunk has these bytes, else `Conflict`.
    fn check_same(&mut self, call: &Call<'_>, session: &Session, index: u32, bytes: &dyn Source) -> Result<(), Error> {
        if !self.blocks.equals(&session.data_file(), session.chunk_start(index), bytes) {
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

    /// Errs with the session unchanged.
    fn write_chunk(&mut self, session: &mut Session, index: u32, bytes: &dyn Source) -> Result<(), Full> {
        let (mut data, mut chunks) = (session.data_file(), session.chunks_file());
        let mut at = session.chunk_start(index);
        if fault::is(Fault::OffsetByConfigChunkSize) {
            let wrong = u64::from(index).saturating_mul(self.header.limits.chunk_size);
            at = wrong.min(session.bytes - bytes.len());
        }
        self.blocks.reserve(data.blocks_for(at, bytes.len()) + chunks.blocks_for(0, chunks.len))?;
        if chunks.root == 0 {
            self.blocks.fill_zero(&mut chunks)?;
            session.chunks_root = chunks.root;
        }
        if !self.seeded_misplaced(session, index, bytes) {
            self.blocks.write_from(&mut data, at, bytes)?;
        }
        if fault::is(Fault::Canary) && !bytes.is_empty() {
            self.blocks.write(&mut data, at, &[!bytes.to_vec()[0]])?;
        }
        session.data_root = data.root;
        let entry = bytes.len() as u32 + 1;
        self.blocks.write(&mut chunks, u64::from(index) * ENTRY_BYTES, &entry.to_le_bytes())
    }

    /// Whether a seeded fault has put the chunk elsewhere; never in production.
    fn seeded_misplaced(&mut self, session: &Session, index: u32, bytes: &dyn Source) -> bool {
        if fault::is(Fault::ChunkKeyUnstable) {
            return session.id.wrapping_mul(31).wrapping_add(u64::from(index)) % 5 == 2;
        }
        fault::is(Fault::ChunkKeyByLastSession) && self.write_to_last_session(session, index, &bytes.to_vec())
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
            if !fault::is(Fault::HashNeverUpdated) {
                absorb(&mut hash, piece);
            }
            true
        });
        session.hash = hash;
        session.hashed = end;
    }
}

/// Whether a session in this state takes chunks.
fn takes_chunks(state: State) -> bool {
    matches!(state, State::Initiated | State::Uploading)
        || fault::is(Fault::PausedTakesChunks) && state == State::Paused
        || fault::is(Fault::FinishingTakesChunks) && state == State::Finishing
}

/// `InvalidArgument` for an index that is not there, or a length that is not the one of this index.
fn check_chunk(session: &Session, index: u32, bytes: &dyn Source) -> Result<(), Error> {
    if index >= session.expected_chunks {
        return Err(Error::InvalidArgument(format!(
            "chunk {index} of an upload of {} chunks",
            session.expected_chunks
        )));
    }
    let expected = session.chunk_len(index);
    let last = index == session.expected_chunks - 1;
    let (short, long) = (bytes.len() < expected, bytes.len() > expected);
    let let_through = fault::is(Fault::ShortMiddleChunkAccepted) && short && !last && index > 0
        || fault::is(Fault::OversizeLastChunkAccepted) && long && last
        || fault::is(Fault::OversizeFirstChunkAccepted) && long && index == 0 && !last;
    if bytes.len() != expected && !let_through {
        return Err(Error::InvalidArgument(format!("chunk {index} has {} bytes, not {expected}", bytes.len())));
    }
    Ok(())
}

//! The seams of put.

use super::{is, Fault};
use crate::core::file::File;
use crate::core::hash::{absorb, digest, INITIAL};
use crate::core::session::Session;
use crate::core::source::Source;
use crate::core::store::{capsule_link, Link, LinkKind, Store};
use crate::core::types::Error;
use ic_stable_structures::Memory;
use std::cell::RefCell;

thread_local! {
    static BUFFERS: RefCell<Vec<(u64, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
}

/// A link that records an arrival. The high half of its id is a sequence number, the low half the chunk's index.
fn arrival_link(session: u64, sequence: u32, index: u32) -> Link {
    capsule_link(LinkKind::Arrival, session, u64::from(sequence) << 32 | u64::from(index))
}

impl Session {
    /// Runs when a session ends.
    #[inline(always)]
    pub fn seam_ended(&self) {
        if is(Fault::BytesInHeap) {
            BUFFERS.with_borrow_mut(|buffers| buffers.retain(|(id, _)| *id != self.id));
        }
    }
}

impl<M: Memory> Store<M> {
    /// Runs when a chunk was checked, with the result of the check.
    #[inline(always)]
    pub fn seam_chunk_checked(&mut self, slot: u32, session: &Session, bytes: &dyn Source, check: &Result<(), Error>) {
        if is(Fault::HashBeforeChecks) && check.is_err() {
            self.hash_refused(slot, session, &bytes.to_vec());
        }
    }

    /// Answers a put for an index that is already stored.
    #[inline(always)]
    pub fn seam_put_again(
        &mut self,
        slot: u32,
        session: &mut Session,
        index: u32,
        bytes: &dyn Source,
    ) -> Option<Result<(), Error>> {
        if is(Fault::OtherBytesOverwrite) {
            let written = self.write_chunk(session, index, bytes);
            return Some(written.map_err(|_| Error::ResourceExhausted));
        }
        if is(Fault::SameBytesRefused) {
            return Some(Err(Error::Conflict(format!("chunk {index} is stored"))));
        }
        if is(Fault::DuplicatesCounted) || is(Fault::GapsByCount) {
            session.chunks_received += 1;
            self.put_session(slot, session);
        }
        if is(Fault::HashOnDuplicates) {
            self.note_arrival(session.id, index);
        }
        None
    }

    /// The offset at which a chunk is written.
    #[inline(always)]
    pub fn seam_chunk_offset(&self, offset: u64, session: &Session, index: u32, bytes: &dyn Source) -> u64 {
        if is(Fault::OffsetByConfigChunkSize) {
            let wrong = u64::from(index).saturating_mul(self.header.limits.chunk_size);
            return wrong.min(session.bytes - bytes.len());
        }
        offset
    }

    /// Whether a chunk is written to its own session.
    #[inline(always)]
    pub fn seam_writes_chunk(&mut self, writes: bool, session: &Session, index: u32, bytes: &dyn Source) -> bool {
        if is(Fault::ChunkKeyUnstable) {
            return session.id.wrapping_mul(31).wrapping_add(u64::from(index)) % 5 != 2;
        }
        let elsewhere = is(Fault::ChunkKeyByLastSession) && self.write_to_last_session(session, index, &bytes.to_vec());
        writes && !elsewhere
    }

    /// Runs when the bytes of a chunk were written.
    #[inline(always)]
    pub fn seam_chunk_written(&mut self, data: &mut File, offset: u64, bytes: &dyn Source) {
        if is(Fault::Canary) && !bytes.is_empty() {
            let written = self.blocks.write(data, offset, &[!bytes.to_vec()[0]]);
            written.expect("the block of a written byte is there");
        }
    }

    /// Runs when a chunk was stored.
    #[inline(always)]
    pub fn seam_chunk_stored(&mut self, session: &Session, index: u32, bytes: &dyn Source) {
        if is(Fault::HashInArrivalOrder) || is(Fault::HashOnDuplicates) {
            self.note_arrival(session.id, index);
        }
        if is(Fault::ChunkKeyByName) || is(Fault::ChunkKeyByIdempotencyKey) {
            self.write_to_namesakes(session, index, &bytes.to_vec());
        }
        if is(Fault::BytesInHeap) {
            BUFFERS.with_borrow_mut(|buffers| buffers.push((session.id, bytes.to_vec())));
        }
        if is(Fault::HeapNotFreed) {
            std::mem::forget(bytes.to_vec());
        }
        if is(Fault::PutCostGrows) {
            self.read_all_chunks(session);
        }
    }

    /// Runs when the hash of a session's bytes was computed.
    #[inline(always)]
    pub fn seam_hash_computed(&mut self, hash: &mut [u8; 32], session: &Session) {
        if is(Fault::HashInArrivalOrder) || is(Fault::HashOnDuplicates) {
            *hash = self.hash_of_arrivals(session);
        }
    }

    fn note_arrival(&mut self, session: u64, index: u32) {
        let sequence = self.linked(arrival_link(session, 0, 0)).last().map_or(0, |id| (id >> 32) as u32 + 1);
        self.add_link(arrival_link(session, sequence, index));
    }

    /// Hashes the chunks in the order in which they arrived, or by index with each duplicate after its first.
    fn hash_of_arrivals(&mut self, session: &Session) -> [u8; 32] {
        let mut order: Vec<u32> = self.linked(arrival_link(session.id, 0, 0)).map(|id| id as u32).collect();
        if is(Fault::HashOnDuplicates) {
            order.sort();
        }
        let (mut state, mut rest, mut total) = (INITIAL, Vec::new(), 0);
        for index in order {
            let (start, len) = (session.chunk_start(index), session.chunk_len(index));
            total += len;
            self.blocks.read_pieces(&session.data_file(), start, len, |piece| {
                rest.extend_from_slice(piece);
                let whole = rest.len() & !63;
                absorb(&mut state, &rest[..whole]);
                rest.drain(..whole);
                true
            });
        }
        digest(state, &rest, total)
    }

    /// Writes a chunk also to every open session that has the same key.
    fn write_to_namesakes(&mut self, session: &Session, index: u32, bytes: &[u8]) {
        let details = self.session_details(session.id);
        for slot in 0..self.header.slots.capacity {
            let Some(other) = self.header.slots.at(&self.blocks, slot) else { continue };
            if other.id == session.id || !other.stored_state.is_active() {
                continue;
            }
            let theirs = self.session_details(other.id);
            let same = match is(Fault::ChunkKeyByName) {
                true => theirs.name == details.name,
                false => theirs.key == details.key,
            };
            if same {
                self.write_into(slot, other, index, bytes);
            }
        }
    }

    /// Writes a chunk to the session that began last. Returns false if that is the chunk's own session.
    fn write_to_last_session(&mut self, session: &Session, index: u32, bytes: &[u8]) -> bool {
        let last = self.header.next_session - 1;
        match self.header.slots.find(&self.blocks, last) {
            Some((slot, other)) if last != session.id && other.stored_state.is_active() => {
                self.write_into(slot, other, index, bytes);
                true
            }
            _ => false,
        }
    }

    fn write_into(&mut self, slot: u32, mut other: Session, index: u32, bytes: &[u8]) {
        if index < other.expected_chunks && other.chunk_len(index) >= bytes.len() as u64 {
            let mut data = other.data_file();
            if self.blocks.write(&mut data, other.chunk_start(index), bytes).is_ok() {
                other.data_root = data.root;
                self.put_session(slot, &other);
            }
        }
    }

    /// Adds a refused chunk to the hash.
    fn hash_refused(&mut self, slot: u32, session: &Session, bytes: &[u8]) {
        let mut session = session.clone();
        let mut block = [0; 64];
        let len = bytes.len().min(64);
        block[..len].copy_from_slice(&bytes[..len]);
        absorb(&mut session.hash, &block);
        self.put_session(slot, &session);
    }

    /// Reads what was stored before, so that a put costs more with every chunk.
    fn read_all_chunks(&mut self, session: &Session) {
        let mut state = INITIAL;
        for index in 0..session.chunks_received {
            let at = session.chunk_start(index).min(session.bytes.saturating_sub(64));
            self.blocks.read_pieces(&session.data_file(), at, session.chunk_size.min(16_384) & !63, |piece| {
                absorb(&mut state, piece);
                true
            });
        }
        std::hint::black_box(state);
    }
}

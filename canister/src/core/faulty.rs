//! The seeded faults that take more than a line. Called only behind `fault::is(…)`: not part of a production build.

use super::blobs::BlobRecord;
use super::finish::Finish;
use super::hash::{absorb, digest, INITIAL};
use super::http::route::Route;
use super::memories::MemoryRecord;
use super::session::{Session, State};
use super::store::{capsule_link, parse_name, Link, LinkKind, Store};
use super::types::{CleanupResult, Error};
use super::Call;
use crate::fault::{self, Fault};
use candid::Principal;
use ic_stable_structures::Memory;
use std::cell::{Cell, RefCell};

thread_local! {
    static BUFFERS: RefCell<Vec<(u64, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
    static LATE_BLOB: RefCell<Option<(u64, Vec<u8>)>> = const { RefCell::new(None) };
    static SHARED_DIGEST: Cell<[u8; 32]> = const { Cell::new([0; 32]) };
}

/// A link that keeps an arrival: sequence in the high half of the id, index in the low one.
fn arrivals(session: u64, sequence: u32, index: u32) -> Link {
    capsule_link(LinkKind::Arrival, session, u64::from(sequence) << 32 | u64::from(index))
}

impl<M: Memory> Store<M> {
    /// Remembers that a chunk arrived, for a hash that follows arrivals.
    pub fn note_arrival(&mut self, session: u64, index: u32) {
        let sequence = self.linked(arrivals(session, 0, 0)).last().map_or(0, |id| (id >> 32) as u32 + 1);
        self.add_link(arrivals(session, sequence, index));
    }

    /// The digest over chunks as they arrived, or with each duplicate after its first.
    pub fn digest_of_arrivals(&mut self, session: &Session) -> [u8; 32] {
        let mut order: Vec<u32> = self.linked(arrivals(session.id, 0, 0)).map(|id| id as u32).collect();
        if fault::is(Fault::HashOnDuplicates) {
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

    /// Where a chunk goes under a key that sessions share: to every open session with the same key as well.
    pub fn write_to_namesakes(&mut self, session: &Session, index: u32, bytes: &[u8]) {
        let details = self.session_details(session.id);
        for slot in 0..self.header.slots.capacity {
            let Some(other) = self.header.slots.at(&self.blocks, slot) else { continue };
            if other.id == session.id || !other.stored_state.is_active() {
                continue;
            }
            let theirs = self.session_details(other.id);
            let same = match fault::is(Fault::ChunkKeyByName) {
                true => theirs.name == details.name,
                false => theirs.key == details.key,
            };
            if same {
                self.write_into(slot, other, index, bytes);
            }
        }
    }

    /// A chunk that goes to the session begun last, and not to its own. False when they are the same.
    pub fn write_to_last_session(&mut self, session: &Session, index: u32, bytes: &[u8]) -> bool {
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

    /// A refused chunk that is in the hash all the same.
    pub fn hash_refused(&mut self, slot: u32, session: &Session, bytes: &[u8]) {
        let mut session = session.clone();
        let mut block = [0; 64];
        let len = bytes.len().min(64);
        block[..len].copy_from_slice(&bytes[..len]);
        absorb(&mut session.hash, &block);
        self.put_session(slot, &session);
    }

    /// A put that reads what was stored before it.
    pub fn read_all_chunks(&mut self, session: &Session) {
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

    /// Everything a session holds is dropped although its hash was not right.
    pub fn drop_session(&mut self, call: &Call<'_>, slot: u32, mut session: Session) {
        self.release(&mut session);
        session.stored_state = State::Cancelled;
        session.ended_at = call.now();
        self.put_session(slot, &session);
        self.save();
    }

    /// A cleanup that evicts sessions which have not expired.
    pub fn evict_open(&mut self, call: &Call<'_>, owner: Option<Principal>, result: &mut CleanupResult) {
        for slot in 0..self.header.slots.capacity {
            let Some(mut session) = self.header.slots.at(&self.blocks, slot) else { continue };
            let theirs = owner.is_none_or(|owner| owner == session.owner);
            if theirs && session.stored_state.is_active() {
                result.sessions_expired += 1;
                result.bytes_freed += session.bytes_received;
                self.release(&mut session);
                session.stored_state = State::Failed;
                session.updated_at = call.now().saturating_sub(session.session_ttl);
                self.put_session(slot, &session);
            }
        }
    }

    /// The partial hashes as they were before the first chunk.
    pub fn reset_hashes(&mut self) {
        for slot in 0..self.header.slots.capacity {
            if let Some(mut session) = self.header.slots.at(&self.blocks, slot) {
                session.hash = INITIAL;
                self.put_session(slot, &session);
            }
        }
    }

    /// Indexes the blob of an earlier finish.
    pub fn commit_late_blob(&mut self) {
        if !fault::is(Fault::IndexCommittedLater) {
            return;
        }
        if let Some((id, record)) = LATE_BLOB.take() {
            self.blobs.insert(id, record);
        }
    }

    /// Whom an HTTP request is done for, once its token was looked up.
    pub fn seeded_http_caller(&self, owner: Option<Principal>, route: Option<&Route<'_>>) -> Option<Principal> {
        let anyone = fault::is(Fault::HttpOwnerNotChecked) && owner.is_some();
        let without = fault::is(Fault::HttpTokenNotChecked) && owner.is_none();
        if !anyone && !without {
            return owner;
        }
        let session = |id| self.header.slots.find(&self.blocks, id).map(|(_, session)| session.owner);
        let memory = |name| {
            let record = self.memories.get(&parse_name("memory_", name)?)?;
            Some(MemoryRecord::decode(&record).owner)
        };
        let named = match route? {
            Route::Begin => None,
            Route::Status { id } | Route::PutChunk { id, .. } | Route::Complete { id } => session(*id),
            Route::Cancel { id } | Route::Pause { id } | Route::Resume { id } => session(*id),
            Route::Asset { memory: name, .. } => memory(name),
            Route::Metadata { memory: name } | Route::Delete { memory: name } => memory(name),
        };
        named.or(owner)
    }

    /// A finish over HTTP, with the hash that was computed in the place of one that is wrong.
    pub fn seeded_http_finish(
        &mut self,
        call: &Call<'_>,
        id: u64,
        sha256: Result<&[u8], String>,
        total_len: u64,
    ) -> Result<Finish, Error> {
        match self.finish(call, id, sha256, total_len) {
            Err(Error::ChecksumMismatch { computed, .. }) if fault::is(Fault::HttpHashNotCompared) => {
                self.finish(call, id, Ok(&computed), total_len)
            }
            finish => finish,
        }
    }

    /// One more memory for a session that has one.
    pub fn add_second_memory(&mut self, slot: u32, session: &mut Session) -> Result<(), Error> {
        let record = self.memories.get(&session.memory).ok_or(Error::NotFound)?;
        session.memory = self.header.next_memory;
        self.header.next_memory += 1;
        self.memories.insert(session.memory, record);
        self.add_link(capsule_link(LinkKind::MemoryOfCapsule, session.capsule, session.memory));
        self.retain_blob(session.blob);
        self.put_session(slot, session);
        self.save();
        Ok(())
    }
}

/// A blob that is kept for the next call instead of being indexed.
pub fn keep_for_later(id: u64, blob: &BlobRecord) {
    LATE_BLOB.set(Some((id, blob.encode())));
}

/// The one slot for the expected hash of every finish under way.
pub fn share_digest(digest: [u8; 32]) {
    SHARED_DIGEST.set(digest);
}

/// What the last finish put into that slot.
pub fn shared_digest() -> [u8; 32] {
    SHARED_DIGEST.get()
}

/// Keeps a chunk in the heap.
pub fn buffer_in_heap(session: u64, bytes: Vec<u8>) {
    BUFFERS.with_borrow_mut(|buffers| buffers.push((session, bytes)));
}

/// Drops a session's chunks from the heap.
pub fn drop_buffers(session: u64) {
    BUFFERS.with_borrow_mut(|buffers| buffers.retain(|(id, _)| *id != session));
}

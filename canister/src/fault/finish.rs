//! The seams of finish.

use super::{is, Fault};
use crate::core::blobs::BlobRecord;
use crate::core::hash::INITIAL;
use crate::core::session::{Session, State};
use crate::core::store::{capsule_link, LinkKind, Store};
use crate::core::types::Error;
use crate::core::Call;
use ic_stable_structures::Memory;
use std::cell::{Cell, RefCell};

thread_local! {
    static LATE_BLOB: RefCell<Option<(u64, Vec<u8>)>> = const { RefCell::new(None) };
    static SHARED_HASH: Cell<[u8; 32]> = const { Cell::new([0; 32]) };
}

impl Session {
    /// Runs when no chunk of the session is missing.
    #[inline(always)]
    pub fn seam_chunks_complete(&mut self) {
        if is(Fault::GapsByCount) {
            self.prefix_chunks = self.expected_chunks;
        }
    }

    /// Runs when a finish needs more than one message, with the expected hash in `digest`.
    #[inline(always)]
    pub fn seam_finish_continues(&self) {
        if is(Fault::SharedFinishSlot) {
            SHARED_HASH.set(self.digest);
        }
    }

    /// The expected hash of a finish that needed more than one message.
    #[inline(always)]
    pub fn seam_expected_hash(&self, hash: [u8; 32]) -> [u8; 32] {
        if is(Fault::SharedFinishSlot) {
            return SHARED_HASH.get();
        }
        hash
    }
}

impl<M: Memory> Store<M> {
    /// Runs at the start of an update call.
    #[inline(always)]
    pub fn seam_update_starts(&mut self) {
        if is(Fault::IndexCommittedLater) {
            if let Some((id, record)) = LATE_BLOB.take() {
                self.blobs.insert(id, record);
            }
        }
    }

    /// Runs when a Completed session is finished again.
    #[inline(always)]
    pub fn seam_finish_again(&mut self, slot: u32, session: &mut Session, expected: &[u8; 32]) -> Result<(), Error> {
        if is(Fault::SecondFinishSecondMemory) && *expected == session.digest {
            return self.add_second_memory(slot, session);
        }
        Ok(())
    }

    /// Whether a session stays open after a hash mismatch.
    #[inline(always)]
    pub fn seam_survives_mismatch(
        &mut self,
        survives: bool,
        call: &Call<'_>,
        slot: u32,
        session: &mut Session,
    ) -> bool {
        if is(Fault::HasherRemovedBeforeComparison) {
            session.hash = INITIAL;
        }
        if is(Fault::SessionDroppedBeforeVerification) {
            self.drop_session(call, slot, session);
            return false;
        }
        survives
    }

    /// Whether finish indexes a blob.
    #[inline(always)]
    pub fn seam_indexes_blob(&self, indexes: bool, id: u64, blob: &BlobRecord) -> bool {
        if is(Fault::IndexCommittedLater) {
            LATE_BLOB.set(Some((id, blob.encode())));
            return false;
        }
        indexes
    }

    /// Closes a session and frees what it holds, although its hash was wrong.
    fn drop_session(&mut self, call: &Call<'_>, slot: u32, session: &mut Session) {
        self.release(session);
        session.stored_state = State::Cancelled;
        session.ended_at = call.now();
        self.put_session(slot, session);
        self.save();
    }

    /// Adds another memory for a session that has one.
    fn add_second_memory(&mut self, slot: u32, session: &mut Session) -> Result<(), Error> {
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

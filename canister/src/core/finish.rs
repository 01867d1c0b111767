//! Finish: every index there, the hash of the stored bytes equal to the caller's, then blob, memory and index in one message.
//!
//! What is left to hash may be too much for one message. Then the session is Finishing under a ticket, `finish_step` hashes
//! on, and `finish_next` completes or asks for another step. `finish_undo` takes it back to Uploading.

use super::blobs::{blob_name, BlobRecord};
use super::faulty;
use super::hash::{digest, INITIAL};
use super::memories::{memory_name, MemoryRecord, StoredAsset};
use super::metadata::Details;
use super::session::{Session, State};
use super::store::Store;
use super::types::{Error, UploadFinishResult};
use super::uploads::wrong_state;
use super::Call;
use crate::fault::{self, Fault};
use ic_stable_structures::Memory;
use serde_bytes::ByteBuf;

/// The largest ticket.
pub const TICKET_MAX: u32 = u32::MAX >> 1;

/// Where a finish stands at the end of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Finish {
    Done(UploadFinishResult),
    /// Call `finish_step` with this ticket, then `finish_next`.
    Hashing {
        ticket: u32,
    },
}

impl<M: Memory> Store<M> {
    /// Finishes a session, or answers again for one that is Completed. A text in place of the hash is an `InvalidArgument`.
    /// `NotFound`, `Unauthorized`, `InvalidState`, `InvalidArgument`, `Conflict`, `ChecksumMismatch`.
    pub fn finish(
        &mut self,
        call: &Call<'_>,
        id: u64,
        sha256: Result<&[u8], String>,
        total_len: u64,
    ) -> Result<Finish, Error> {
        self.commit_late_blob();
        let anyone = fault::is(Fault::OwnerNotCheckedOnFinish);
        let (slot, mut session, state) = self.session_for(call, id, anyone)?;
        let resurrected = fault::is(Fault::CancelledFinishes) && state == State::Cancelled;
        if !matches!(state, State::Initiated | State::Uploading | State::Completed) && !resurrected {
            return Err(wrong_state("finish", state));
        }
        let expected = check_hash(sha256)?;
        if state == State::Completed {
            if fault::is(Fault::SecondFinishSecondMemory) && expected == session.digest {
                self.add_second_memory(slot, &mut session)?;
            }
            return finish_again(call, &session, &expected, total_len).map(Finish::Done);
        }
        self.check_complete(&session, total_len)?;
        if fault::is(Fault::GapsByCount) {
            session.prefix_chunks = session.expected_chunks;
        }
        self.advance_hash(&mut session);
        if session.hashed == session.bytes_to_hash() {
            return self.complete(call, slot, session, &expected).map(Finish::Done);
        }
        let ticket = self.take_ticket();
        session.stored_state = State::Finishing;
        session.digest = expected;
        if fault::is(Fault::SharedFinishSlot) {
            faulty::share_digest(expected);
        }
        session.ticket = ticket;
        session.epoch = self.header.epoch;
        self.put_session(slot, &session);
        self.save();
        call.log(&format!("FINISH_START sid={id} left={}", session.bytes_to_hash() - session.hashed));
        Ok(Finish::Hashing { ticket })
    }

    /// A number that is never used twice, of 31 bits: a callback's argument has room for one more. Saved by the caller.
    pub fn take_ticket(&mut self) -> u32 {
        let ticket = self.header.next_ticket & TICKET_MAX;
        self.header.next_ticket = (ticket + 1) & TICKET_MAX;
        ticket
    }

    /// Hashes on under a ticket; answers how many bytes are left. `InvalidState` when that finish is over.
    pub fn finish_step(&mut self, call: &Call<'_>, id: u64, ticket: u32) -> Result<u64, Error> {
        let (slot, mut session) = self.finishing(id, ticket)?;
        self.advance_hash(&mut session);
        self.put_session(slot, &session);
        let left = session.bytes_to_hash() - session.hashed;
        call.log(&format!("FINISH_STEP_OK sid={id} left={left}"));
        Ok(left)
    }

    /// After a step: completes when the hash is, else asks for another. `InvalidState` when that finish is over,
    /// `ChecksumMismatch` with the session back in Uploading.
    pub fn finish_next(&mut self, call: &Call<'_>, id: u64, ticket: u32) -> Result<Finish, Error> {
        let (slot, session) = self.finishing(id, ticket)?;
        if session.hashed < session.bytes_to_hash() {
            return Ok(Finish::Hashing { ticket });
        }
        let shared = fault::is(Fault::SharedFinishSlot);
        let expected = if shared { faulty::shared_digest() } else { session.digest };
        self.complete(call, slot, session, &expected).map(Finish::Done)
    }

    /// Takes a finish that was cut short back to Uploading; nothing where it is over.
    pub fn finish_undo(&mut self, call: &Call<'_>, id: u64, ticket: u32) {
        if fault::is(Fault::FinishStuckAfterInterruption) {
            return;
        }
        if let Ok((slot, mut session)) = self.finishing(id, ticket) {
            session.stored_state = State::Uploading;
            self.put_session(slot, &session);
            call.log(&format!("FINISH_UNDONE sid={id}"));
        }
    }

    fn finishing(&self, id: u64, ticket: u32) -> Result<(u32, Session), Error> {
        let over = || Error::InvalidState("this finish is over".to_string());
        let (slot, session) = self.header.slots.find(&self.blocks, id).ok_or_else(over)?;
        let same = session.ticket == ticket && session.epoch == self.header.epoch;
        if session.stored_state != State::Finishing || !same {
            return Err(over());
        }
        Ok((slot, session))
    }

    /// `InvalidArgument` for a wrong length, or for the first index that is missing.
    fn check_complete(&mut self, session: &Session, total_len: u64) -> Result<(), Error> {
        let counted = u64::from(session.expected_chunks).saturating_mul(session.chunk_size);
        let bytes = if fault::is(Fault::LengthFromChunkCount) { counted } else { session.bytes };
        if total_len != bytes {
            let text = format!("total_len is {total_len}, the upload has {} bytes", session.bytes);
            return Err(Error::InvalidArgument(text));
        }
        if fault::is(Fault::GapsByCount) && session.chunks_received >= session.expected_chunks {
            return Ok(());
        }
        let mut gap = None;
        self.for_each_chunk(session, 0, |index, stored| {
            gap = (!stored).then_some(index);
            stored
        });
        match gap {
            Some(index) => Err(Error::InvalidArgument(format!("chunk {index} is missing"))),
            None => Ok(()),
        }
    }

    /// Compares the hash, which covers every whole step, and commits. `ChecksumMismatch`.
    fn complete(
        &mut self,
        call: &Call<'_>,
        slot: u32,
        mut session: Session,
        expected: &[u8; 32],
    ) -> Result<UploadFinishResult, Error> {
        let mut tail = [0; 64];
        let tail = &mut tail[..(session.bytes - session.hashed) as usize];
        self.blocks.read(&session.data_file(), session.hashed, tail);
        let mut computed = digest(session.hash, tail, session.bytes);
        if fault::is(Fault::HashInArrivalOrder) || fault::is(Fault::HashOnDuplicates) {
            computed = self.digest_of_arrivals(&session);
        }
        if !same_hash(&computed, expected) {
            if fault::is(Fault::HasherRemovedBeforeComparison) {
                session.hash = INITIAL;
            }
            if fault::is(Fault::SessionDroppedBeforeVerification) {
                self.drop_session(call, slot, session);
                return Err(mismatch(expected, &computed));
            }
            if session.stored_state == State::Finishing {
                session.stored_state = State::Uploading;
            }
            self.put_session(slot, &session);
            call.log(&format!("FINISH_HASH_BAD sid={}", session.id));
            return Err(mismatch(expected, &computed));
        }
        call.log(&format!("FINISH_HASH_OK sid={} len={}", session.id, session.bytes));
        self.commit(call, slot, &mut session, computed);
        Ok(finish_result(&session))
    }

    /// Blob, memory, index and state, all in this message.
    fn commit(&mut self, call: &Call<'_>, slot: u32, session: &mut Session, digest: [u8; 32]) {
        let details = self.session_details(session.id);
        session.blob = self.header.next_blob;
        session.memory = self.header.next_memory;
        self.header.next_blob += 1;
        self.header.next_memory += 1;
        let memory = memory_of(session, &details, call.now());
        let blob = blob_of(session, details, digest, call.now());
        if fault::is(Fault::IndexCommittedLater) {
            faulty::keep_for_later(session.blob, &blob);
        } else {
            self.blobs.insert(session.blob, blob.encode());
        }
        if fault::is(Fault::BytesInHeap) {
            faulty::drop_buffers(session.id);
        }
        self.add_memory(session.memory, &memory);
        self.blocks.free(&mut session.chunks_file());
        session.chunks_root = 0;
        session.data_root = 0;
        session.stored_state = State::Completed;
        session.digest = digest;
        session.updated_at = call.now();
        session.ended_at = call.now();
        self.put_session(slot, session);
        self.add_active(&session.owner, -1);
        self.header.bytes_pending = self.header.bytes_pending.saturating_sub(session.bytes);
        self.header.bytes_stored += session.bytes;
        self.save();
        call.log(&format!("FINISH_INDEX_OK sid={} blob={} memory={}", session.id, session.blob, session.memory));
    }
}

fn same_hash(computed: &[u8; 32], expected: &[u8; 32]) -> bool {
    computed == expected
        || fault::is(Fault::HashNotCompared)
        || fault::is(Fault::HashPrefixCompared) && computed[..16] == expected[..16]
}

fn mismatch(expected: &[u8; 32], computed: &[u8; 32]) -> Error {
    Error::ChecksumMismatch { expected: ByteBuf::from(*expected), computed: ByteBuf::from(*computed) }
}

fn check_hash(sha256: Result<&[u8], String>) -> Result<[u8; 32], Error> {
    let bytes = sha256.map_err(Error::InvalidArgument)?;
    if fault::is(Fault::TrapOnMalformedHash) {
        return Ok(bytes.try_into().expect("a hash of 32 bytes"));
    }
    let wrong = |_| Error::InvalidArgument(format!("the hash has {} bytes, not 32", bytes.len()));
    bytes.try_into().map_err(wrong)
}

/// The same answer for the same arguments, else `Conflict`.
fn finish_again(
    call: &Call<'_>,
    session: &Session,
    expected: &[u8; 32],
    total_len: u64,
) -> Result<UploadFinishResult, Error> {
    if *expected != session.digest || total_len != session.bytes {
        return Err(Error::Conflict("the session is Completed with another hash or length".to_string()));
    }
    call.log(&format!("FINISH_AGAIN sid={}", session.id));
    Ok(finish_result(session))
}

fn finish_result(session: &Session) -> UploadFinishResult {
    UploadFinishResult {
        blob_id: blob_name(session.blob),
        memory_id: memory_name(session.memory),
        size: session.bytes,
        checksum_sha256: Some(ByteBuf::from(session.digest)),
        storage_location: "stable_memory".to_string(),
        uploaded_at: session.ended_at,
    }
}

fn blob_of(session: &Session, details: Details, digest: [u8; 32], now: u64) -> BlobRecord {
    BlobRecord {
        owner: session.owner,
        capsule: session.capsule,
        file: session.data_file(),
        digest,
        chunk_size: session.chunk_size,
        uploaded_at: now,
        references: 1,
        name: details.name,
        mime_type: details.mime_type,
    }
}

fn memory_of(session: &Session, details: &Details, now: u64) -> MemoryRecord {
    MemoryRecord {
        owner: session.owner,
        capsule: session.capsule,
        created_at: now,
        metadata: Some(details.asset.clone()),
        assets: vec![StoredAsset {
            kind: details.kind,
            blob: Some(session.blob),
            size: session.bytes,
            inline_root: 0,
            mime_type: Some(details.mime_type.clone()),
        }],
    }
}

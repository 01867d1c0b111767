//! Finish: checks that no chunk is missing and that the hash matches, then creates the blob and the memory in one message.
//!
//! One message may not suffice to hash the remaining bytes. The session is then Finishing, and a ticket identifies this
//! finish. `finish_step` continues the hash, and `finish_next` completes or asks for another step. `finish_undo` sets the
//! session back to Uploading.

use super::blobs::{blob_name, BlobRecord};
use super::hash::digest;
use super::memories::{memory_name, MemoryRecord, StoredAsset};
use super::metadata::Details;
use super::session::{Session, State};
use super::store::Store;
use super::types::{Error, UploadFinishResult};
use super::uploads::wrong_state;
use super::Call;
use crate::fault::seams;
use ic_stable_structures::Memory;
use serde_bytes::ByteBuf;

/// The largest ticket.
pub const TICKET_MAX: u32 = u32::MAX >> 1;

/// The state of a finish at the end of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Finish {
    Done(UploadFinishResult),
    /// The caller continues with `finish_step` and this ticket, then `finish_next`.
    Hashing {
        ticket: u32,
    },
}

impl<M: Memory> Store<M> {
    /// Finishes a session, or repeats the result of one that is Completed. An `Err` in place of the hash holds the text of
    /// an `InvalidArgument`. Errors: `NotFound`, `Unauthorized`, `InvalidState`, `InvalidArgument`, `Conflict`,
    /// `ChecksumMismatch`.
    pub fn finish(
        &mut self,
        call: &Call<'_>,
        id: u64,
        sha256: Result<&[u8], String>,
        total_len: u64,
    ) -> Result<Finish, Error> {
        self.seam_update_starts();
        let (slot, mut session, state) = self.session_for(call, id, seams::finish_checks_owner(true))?;
        let can_finish = matches!(state, State::Initiated | State::Uploading | State::Completed);
        if !seams::can_finish(can_finish, state) {
            return Err(wrong_state("finish", state));
        }
        let expected = check_hash(sha256)?;
        if state == State::Completed {
            self.seam_finish_again(slot, &mut session, &expected)?;
            return finish_again(call, &session, &expected, total_len).map(Finish::Done);
        }
        self.check_complete(&session, total_len)?;
        session.seam_chunks_complete();
        self.advance_hash(&mut session);
        if session.hashed == session.bytes_to_hash() {
            return self.complete(call, slot, session, &expected).map(Finish::Done);
        }
        let ticket = self.take_ticket();
        session.stored_state = State::Finishing;
        session.digest = expected;
        session.seam_finish_continues();
        session.ticket = ticket;
        session.epoch = self.header.epoch;
        self.put_session(slot, &session);
        self.save();
        call.log(&format!("FINISH_START sid={id} left={}", session.bytes_to_hash() - session.hashed));
        Ok(Finish::Hashing { ticket })
    }

    /// Returns a number of 31 bits that was not used before. The remaining bit of a callback's argument holds the form of
    /// the reply. The caller saves the header.
    pub fn take_ticket(&mut self) -> u32 {
        let ticket = self.header.next_ticket & TICKET_MAX;
        self.header.next_ticket = (ticket + 1) & TICKET_MAX;
        ticket
    }

    /// Continues the hash. Returns the number of bytes left. Errors: `InvalidState` if the finish with this ticket is over.
    pub fn finish_step(&mut self, call: &Call<'_>, id: u64, ticket: u32) -> Result<u64, Error> {
        let (slot, mut session) = self.finishing(id, ticket)?;
        self.advance_hash(&mut session);
        self.put_session(slot, &session);
        let left = session.bytes_to_hash() - session.hashed;
        call.log(&format!("FINISH_STEP_OK sid={id} left={left}"));
        Ok(left)
    }

    /// Runs after a step. Completes the finish if all bytes are hashed, else asks for another step. Errors: `InvalidState`
    /// if the finish with this ticket is over; `ChecksumMismatch`, with the session back in Uploading.
    pub fn finish_next(&mut self, call: &Call<'_>, id: u64, ticket: u32) -> Result<Finish, Error> {
        let (slot, session) = self.finishing(id, ticket)?;
        if session.hashed < session.bytes_to_hash() {
            return Ok(Finish::Hashing { ticket });
        }
        let expected = session.seam_expected_hash(session.digest);
        self.complete(call, slot, session, &expected).map(Finish::Done)
    }

    /// Sets the session of an interrupted finish back to Uploading. Does nothing if the finish is over.
    pub fn finish_undo(&mut self, call: &Call<'_>, id: u64, ticket: u32) {
        if !seams::interruption_ends_finish(true) {
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

    /// Returns `InvalidArgument` for a wrong length, or for the first missing index.
    fn check_complete(&mut self, session: &Session, total_len: u64) -> Result<(), Error> {
        if total_len != seams::expected_length(session.bytes, session.expected_chunks, session.chunk_size) {
            let text = format!("total_len is {total_len}, the upload has {} bytes", session.bytes);
            return Err(Error::InvalidArgument(text));
        }
        if !seams::looks_for_gaps(true, session.chunks_received, session.expected_chunks) {
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

    /// Hashes the last bytes, compares the hash, and commits. Errors: `ChecksumMismatch`.
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
        self.seam_hash_computed(&mut computed, &session);
        if !seams::hash_matches(computed == *expected, &computed, expected) {
            if !self.seam_survives_mismatch(true, call, slot, &mut session) {
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

    /// Creates the blob and the memory, and completes the session.
    fn commit(&mut self, call: &Call<'_>, slot: u32, session: &mut Session, digest: [u8; 32]) {
        let details = self.session_details(session.id);
        session.blob = self.header.next_blob;
        session.memory = self.header.next_memory;
        self.header.next_blob += 1;
        self.header.next_memory += 1;
        let memory = memory_of(session, &details, call.now());
        let blob = blob_of(session, details, digest, call.now());
        if self.seam_indexes_blob(true, session.blob, &blob) {
            self.blobs.insert(session.blob, blob.encode());
        }
        session.seam_ended();
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

fn mismatch(expected: &[u8; 32], computed: &[u8; 32]) -> Error {
    Error::ChecksumMismatch { expected: ByteBuf::from(*expected), computed: ByteBuf::from(*computed) }
}

fn check_hash(sha256: Result<&[u8], String>) -> Result<[u8; 32], Error> {
    let bytes = sha256.map_err(Error::InvalidArgument)?;
    seams::hash_received(bytes);
    let wrong = |_| Error::InvalidArgument(format!("the hash has {} bytes, not 32", bytes.len()));
    bytes.try_into().map_err(wrong)
}

/// Repeats the result for the same arguments. Errors: `Conflict` for other arguments.
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

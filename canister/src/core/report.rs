//! Reports: the status of a session, the list of the caller's sessions, the limits, and statistics.

use super::blobs::{blob_name, BLOB_READ_MAX};
use super::blocks::BLOCK_BYTES;
use super::capsules::capsule_name;
use super::http::records::HttpRecord;
use super::layout::current;
use super::memories::memory_name;
use super::metadata::{KEY_MAX, METADATA_MAX, NAME_MAX};
use super::session::{Session, State};
use super::store::{owner_link, LinkKind, Store, LIST_MAX};
use super::types::{AssetKind, ChunkRange, Error, HttpMaxBytesConfig, SessionCounts};
use super::types::{UploadConfig, UploadStats, UploadStatus, UploadSummary};
use super::Call;
use crate::fault::seams;
use ic_stable_structures::Memory;

/// The largest number of ranges in a status.
const RANGES_MAX: usize = 10_000;

impl<M: Memory> Store<M> {
    /// Returns what a client needs to resume an upload. Errors: `NotFound`, `Unauthorized`.
    pub fn status(&mut self, call: &Call<'_>, id: u64) -> Result<UploadStatus, Error> {
        let (_, session, state) = self.session_for(call, id, seams::status_checks_owner(true))?;
        Ok(self.describe(&session, state))
    }

    /// Returns the status of a session in this state.
    pub fn describe(&mut self, session: &Session, state: State) -> UploadStatus {
        let details = self.session_details(session.id);
        let completed = state == State::Completed;
        UploadStatus {
            session_id: session.id,
            capsule_id: capsule_name(session.capsule),
            name: details.name,
            idempotency_key: details.key,
            state,
            chunk_size: session.chunk_size,
            expected_chunks: session.expected_chunks,
            bytes_expected: session.bytes,
            chunks_received: session.chunks_received,
            bytes_received: session.bytes_received,
            missing: if state.is_active() { self.missing(session) } else { Vec::new() },
            created_at: session.created_at,
            updated_at: session.updated_at,
            expires_at: session.expires_at(state),
            blob_id: completed.then(|| blob_name(session.blob)),
            memory_id: completed.then(|| memory_name(session.memory)),
        }
    }

    /// Returns the missing indices as half-open ranges, at most `RANGES_MAX`.
    pub fn missing(&mut self, session: &Session) -> Vec<ChunkRange> {
        let mut ranges: Vec<ChunkRange> = Vec::new();
        self.for_each_chunk(session, 0, |index, stored| {
            let count = ranges.len();
            match ranges.last_mut() {
                _ if stored => {}
                Some(last) if last.end == index => last.end += 1,
                _ if count == RANGES_MAX => return false,
                _ => ranges.push(ChunkRange { start: index, end: index + 1 }),
            }
            true
        });
        ranges
    }

    /// Lists the caller's sessions.
    pub fn list_sessions(&self, call: &Call<'_>) -> Vec<UploadSummary> {
        if self.check_caller(call).is_err() {
            return Vec::new();
        }
        let ids = self.newest_linked(owner_link(LinkKind::SessionOfCaller, &call.caller, 0));
        ids.into_iter().filter_map(|id| self.summary(call, id)).collect()
    }

    fn summary(&self, call: &Call<'_>, id: u64) -> Option<UploadSummary> {
        let (_, session) = self.header.slots.find(&self.blocks, id)?;
        let state = session.state_at(call.now(), self.header.epoch)?;
        Some(UploadSummary {
            session_id: id,
            capsule_id: capsule_name(session.capsule),
            name: self.session_details(id).name,
            state,
            bytes_expected: session.bytes,
            bytes_received: session.bytes_received,
            expected_chunks: session.expected_chunks,
            chunks_received: session.chunks_received,
            created_at: session.created_at,
            updated_at: session.updated_at,
            expires_at: session.expires_at(state),
        })
    }

    /// Returns all limits in force.
    pub fn config(&self) -> UploadConfig {
        let limits = &self.header.limits;
        UploadConfig {
            chunk_size: limits.chunk_size,
            max_chunks: limits.max_chunks,
            max_bytes: limits.max_bytes,
            inline_max: limits.inline_max,
            max_active_sessions: limits.max_active_sessions,
            session_ttl_ns: limits.session_ttl_ns,
            record_ttl_ns: limits.record_ttl_ns,
            cleanup_interval_ns: limits.cleanup_interval_ns,
            allow_anonymous: limits.allow_anonymous,
            hash_bytes_per_call: limits.hash_bytes_per_call,
            http_token_ttl_ns: limits.http_token_ttl_ns,
            http_uploads_per_hour: limits.http_uploads_per_hour,
            http_max_bytes: HttpMaxBytesConfig {
                original: limits.http_bytes_max(AssetKind::Original),
                display: limits.http_bytes_max(AssetKind::Display),
                thumb: limits.http_bytes_max(AssetKind::Thumb),
                placeholder: limits.http_bytes_max(AssetKind::Placeholder),
            },
            blob_read_max: BLOB_READ_MAX,
            name_max: NAME_MAX as u64,
            idempotency_key_max: KEY_MAX as u64,
            metadata_max: METADATA_MAX as u64,
            list_max: LIST_MAX as u32,
            layout_version: current::VERSION,
        }
    }

    /// Returns statistics. `heap_bytes` and `stable_bytes` are copied into them.
    pub fn stats(&self, call: &Call<'_>, heap_bytes: u64, stable_bytes: u64) -> UploadStats {
        UploadStats {
            heap_bytes,
            stable_bytes,
            sessions: self.session_counts(call),
            capsules: self.capsules.len(),
            blobs: self.blobs.len(),
            memories: self.memories.len(),
            bytes_stored: self.header.bytes_stored,
            bytes_pending: self.header.bytes_pending,
            bytes_inline: self.header.bytes_inline,
            block_size: BLOCK_BYTES,
            blocks_used: self.blocks.used(),
            blocks_free: self.blocks.free_blocks(),
            http_tokens: self.http.count(HttpRecord::Token),
            http_windows: self.http.count(HttpRecord::Window),
        }
    }

    fn session_counts(&self, call: &Call<'_>) -> SessionCounts {
        let mut counts = SessionCounts::default();
        let slots = self.header.slots;
        for position in 0..slots.capacity {
            let session = slots.at(&self.blocks, position);
            let state = session.and_then(|session| session.state_at(call.now(), self.header.epoch));
            match state {
                None => {}
                Some(State::Initiated) => counts.initiated += 1,
                Some(State::Uploading) => counts.uploading += 1,
                Some(State::Paused) => counts.paused += 1,
                Some(State::Finishing) => counts.finishing += 1,
                Some(State::Completed) => counts.completed += 1,
                Some(State::Failed) => counts.failed += 1,
                Some(State::Cancelled) => counts.cancelled += 1,
            }
        }
        counts
    }
}

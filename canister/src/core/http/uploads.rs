//! Begin, status, chunk, and complete over HTTP.

use super::bodies::{from_hex, kind_from_name, read, BeginBody, CompleteBody};
use super::time::to_rfc3339;
use super::tokens::to_hex;
use super::{Failure, Outcome, Request, Response};
use crate::core::finish::Finish;
use crate::core::session::{Session, State};
use crate::core::source::Source;
use crate::core::store::Store;
use crate::core::types::{AssetKind, Error, UploadFinishResult, UploadStatus};
use crate::core::uploads::Begin;
use crate::core::Call;
use crate::fault::seams;
use ic_stable_structures::Memory;
use serde::{Serialize, Serializer};

/// The largest number of ranges of missing chunks in a reply.
const RANGES_MAX: usize = 1_000;

#[derive(Serialize)]
struct BeginReply {
    session_id: String,
    status: &'static str,
    chunk_size: u64,
    total_chunks: u32,
    total_size: u64,
    expires_at: String,
}

#[derive(Serialize)]
struct StatusReply {
    session_id: String,
    status: &'static str,
    filename: String,
    capsule_id: String,
    progress: Percent,
    received_chunks: u32,
    total_chunks: u32,
    received_bytes: u64,
    total_size: u64,
    chunk_size: u64,
    missing_chunks: Vec<[u32; 2]>,
    created_at: String,
    updated_at: String,
    expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    asset_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blob_id: Option<String>,
}

#[derive(Serialize)]
struct ChunkReply {
    session_id: String,
    chunk_number: u64,
    received_chunks: u32,
    total_chunks: u32,
    received_bytes: u64,
    progress: Percent,
}

#[derive(Serialize)]
struct FinishReply<'a> {
    asset_id: &'a str,
    blob_id: &'a str,
    size: u64,
    checksum_sha256: Option<String>,
    storage_location: &'a str,
    uploaded_at: String,
    url: String,
}

/// A percentage in tenths, rounded down.
struct Percent(u64);

impl Percent {
    fn of(received: u64, total: u64) -> Percent {
        if total == 0 {
            return Percent(1_000);
        }
        let exact = u128::from(received) * 1_000;
        let total = u128::from(total);
        let tenths = seams::progress_tenths(exact / total, exact, total);
        Percent(tenths as u64)
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 % 10 {
            0 => serializer.serialize_u64(self.0 / 10),
            _ => serializer.serialize_f64(self.0 as f64 / 10.0),
        }
    }
}

fn state_name(state: State) -> &'static str {
    match state {
        State::Initiated => "initiated",
        State::Uploading => "uploading",
        State::Paused => "paused",
        State::Finishing => "finishing",
        State::Completed => "completed",
        State::Failed => "failed",
        State::Cancelled => "cancelled",
    }
}

pub fn finish_response(result: &UploadFinishResult) -> Response {
    let reply = FinishReply {
        asset_id: &result.memory_id,
        blob_id: &result.blob_id,
        size: result.size,
        checksum_sha256: result.checksum_sha256.as_ref().map(|hash| to_hex(hash)),
        storage_location: &result.storage_location,
        uploaded_at: to_rfc3339(result.uploaded_at),
        url: format!("/storage/assets/{}", result.memory_id),
    };
    Response::json(200, &reply)
}

fn status_response(status: UploadStatus) -> Response {
    let reply = StatusReply {
        session_id: status.session_id.to_string(),
        status: state_name(status.state),
        filename: status.name,
        capsule_id: status.capsule_id,
        progress: Percent::of(status.bytes_received, status.bytes_expected),
        received_chunks: status.chunks_received,
        total_chunks: status.expected_chunks,
        received_bytes: status.bytes_received,
        total_size: status.bytes_expected,
        chunk_size: status.chunk_size,
        missing_chunks: numbers(status.missing.iter().map(|range| (range.start, range.end))),
        created_at: to_rfc3339(status.created_at),
        updated_at: to_rfc3339(status.updated_at),
        expires_at: to_rfc3339(status.expires_at),
        asset_id: status.memory_id,
        blob_id: status.blob_id,
    };
    Response::json(200, &reply)
}

impl<M: Memory> Store<M> {
    pub(super) fn http_begin(&mut self, call: &Call<'_>, request: &Request<'_>) -> Result<Response, Failure> {
        let body: BeginBody = read(request.body)?;
        let kind = body.asset_type.as_deref().map_or(Some(AssetKind::Original), kind_from_name);
        let kind = kind.ok_or_else(|| Failure::invalid("asset_type is not original, display, thumb or placeholder"))?;
        // Malformed hex becomes a hash of no bytes, which is refused at the right point in the order of checks.
        let sha256 = body.checksum_sha256.as_deref().map(|text| from_hex(text).unwrap_or_default());
        let begin = Begin {
            capsule: &body.capsule_id,
            asset: &body.to_asset(kind, sha256),
            expected_chunks: None,
            key: request.headers.idempotency_key.as_deref(),
            over_http: true,
        };
        let begun = self.begin_upload(call, &begin)?;
        let session = begun.session;
        let state = session.state_at(call.now(), self.header.epoch).unwrap_or(session.stored_state);
        let reply = BeginReply {
            session_id: session.id.to_string(),
            status: state_name(state),
            chunk_size: session.chunk_size,
            total_chunks: session.expected_chunks,
            total_size: session.bytes,
            expires_at: to_rfc3339(session.expires_at(state)),
        };
        Ok(Response::json(if begun.is_new { 201 } else { 200 }, &reply))
    }

    pub(super) fn http_status(&mut self, call: &Call<'_>, id: u64) -> Result<Response, Failure> {
        Ok(status_response(self.status(call, id)?))
    }

    /// Runs cancel, pause, or resume, and responds with the new status, even if the record has just expired.
    pub(super) fn http_step(
        &mut self,
        call: &Call<'_>,
        id: u64,
        step: impl FnOnce(&mut Self, &Call<'_>, u64) -> Result<(), Error>,
    ) -> Result<Response, Failure> {
        step(self, call, id)?;
        let (_, session) = self.header.slots.find(&self.blocks, id).ok_or(Error::NotFound)?;
        let state = session.state_at(call.now(), self.header.epoch).unwrap_or(session.stored_state);
        Ok(status_response(self.describe(&session, state)))
    }

    pub(super) fn http_put_chunk(
        &mut self,
        call: &Call<'_>,
        id: u64,
        number: Result<u32, String>,
        bytes: &dyn Source,
    ) -> Result<Response, Failure> {
        let index = *number.as_ref().unwrap_or(&0);
        if let Err(error) = self.put_chunk(call, id, index, number.map(|_| bytes)) {
            return Err(self.chunk_failure(id, bytes, error));
        }
        let (_, session) = self.header.slots.find(&self.blocks, id).ok_or(Error::NotFound)?;
        let reply = ChunkReply {
            session_id: id.to_string(),
            chunk_number: u64::from(index) + 1,
            received_chunks: session.chunks_received,
            total_chunks: session.expected_chunks,
            received_bytes: session.bytes_received,
            progress: Percent::of(session.bytes_received, session.bytes),
        };
        Ok(Response::json(200, &reply))
    }

    fn chunk_failure(&self, id: u64, bytes: &dyn Source, error: Error) -> Failure {
        match error {
            Error::ResourceExhausted => Failure::full(),
            Error::Internal(text) => Failure::read_back(text),
            error => {
                let session = self.header.slots.find(&self.blocks, id);
                let too_long = session.is_some_and(|(_, session)| bytes.len() > session.chunk_size);
                Failure::from(error).about_chunk(too_long)
            }
        }
    }

    pub(super) fn http_complete(&mut self, call: &Call<'_>, id: u64, body: &dyn Source) -> Result<Outcome, Failure> {
        let body: CompleteBody = read(body)?;
        let sha256 = from_hex(&body.checksum_sha256);
        let given = sha256.as_deref().map_err(String::clone);
        let finish = self.finish(call, id, given, body.total_size);
        match self.seam_http_finish(finish, call, id, body.total_size) {
            Ok(Finish::Done(result)) => Ok(Outcome::Reply(finish_response(&result))),
            Ok(Finish::Hashing { ticket }) => Ok(Outcome::Hashing { id, ticket }),
            Err(Error::InvalidArgument(text)) => Err(self.incomplete(id, &sha256, body.total_size, text)),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the failure of a finish with an `InvalidArgument`. If only chunks are missing, it lists them.
    fn incomplete(&mut self, id: u64, sha256: &Result<Vec<u8>, String>, total_size: u64, text: String) -> Failure {
        let failure = Failure::invalid(text);
        let well_formed = sha256.as_ref().is_ok_and(|hash| hash.len() == 32);
        match self.header.slots.find(&self.blocks, id) {
            Some((_, session)) if well_formed && session.bytes == total_size => {
                failure.missing(self.missing_numbers(&session))
            }
            _ => failure,
        }
    }

    fn missing_numbers(&mut self, session: &Session) -> Vec<[u32; 2]> {
        numbers(self.missing(session).iter().map(|range| (range.start, range.end)))
    }
}

/// Converts half-open ranges of indices to inclusive ranges of chunk numbers, which start at 1.
fn numbers(ranges: impl Iterator<Item = (u32, u32)>) -> Vec<[u32; 2]> {
    let from = seams::first_missing_number(1);
    ranges.take(RANGES_MAX).map(|(start, end)| [start + from, end - 1 + from]).collect()
}

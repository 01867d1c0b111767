//! The encoding of errors as a status and a JSON body.

use super::{tokens::to_hex, Response};
use crate::core::types::Error;
use crate::core::uploads::{Exceeded, Refusal};
use serde::Serialize;

/// The largest message in bytes. Some messages quote the request.
const MESSAGE_BYTES_MAX: usize = 400;

/// The response to a refused request.
#[derive(Debug, Default)]
pub struct Failure {
    status: u16,
    kind: &'static str,
    message: String,
    details: Box<Details>,
    headers: Vec<(&'static str, String)>,
}

/// The optional fields of an error.
#[derive(Debug, Default)]
struct Details {
    missing_chunks: Option<Vec<[u32; 2]>>,
    expected: Option<String>,
    computed: Option<String>,
    reason: Option<&'static str>,
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: Inner<'a>,
}

#[derive(Serialize)]
struct Inner<'a> {
    kind: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing_chunks: &'a Option<Vec<[u32; 2]>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    computed: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl Failure {
    pub fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Failure {
        Failure { status, kind, message: message.into(), ..Failure::default() }
    }

    pub fn unauthorized() -> Failure {
        Failure::new(
            401,
            "unauthorized",
            "a valid token is needed: Authorization: Bearer TOKEN, from http_token_create",
        )
        .header("WWW-Authenticate", "Bearer".to_string())
    }

    pub fn not_found(message: impl Into<String>) -> Failure {
        Failure::new(404, "not_found", message)
    }

    pub fn invalid(message: impl Into<String>) -> Failure {
        Failure::new(400, "validation_error", message)
    }

    pub fn too_large(message: impl Into<String>) -> Failure {
        Failure::new(413, "validation_error", message)
    }

    /// Adds a response header.
    pub fn header(mut self, name: &'static str, value: String) -> Failure {
        self.headers.push((name, value));
        self
    }

    /// Adds the ranges of missing chunks.
    pub fn missing(mut self, chunks: Vec<[u32; 2]>) -> Failure {
        self.details.missing_chunks = Some(chunks);
        self
    }

    /// Marks the error as one about a chunk. If the chunk is `too_long` for the session, the status is 413.
    pub fn about_chunk(mut self, too_long: bool) -> Failure {
        if matches!(self.status, 400 | 409) && self.kind == "validation_error" {
            self.kind = "invalid_chunk";
        }
        if self.status == 400 && too_long {
            self.status = 413;
        }
        self
    }

    fn because(mut self, reason: &'static str) -> Failure {
        self.details.reason = Some(reason);
        self
    }

    /// The failure when stable memory is full.
    pub fn full() -> Failure {
        Failure::new(500, "storage_error", "stable memory is full").because("full")
    }

    /// The failure when a chunk was not stored as written.
    pub fn read_back(message: String) -> Failure {
        Failure::new(500, "storage_error", message).because("read_back")
    }

    pub fn into_response(self) -> Response {
        let mut end = self.message.len().min(MESSAGE_BYTES_MAX);
        while !self.message.is_char_boundary(end) {
            end -= 1;
        }
        let Details { missing_chunks, expected, computed, reason } = &*self.details;
        let (kind, message) = (self.kind, &self.message[..end]);
        let inner = Inner { kind, message, missing_chunks, expected, computed, reason: *reason };
        let mut response = Response::json(self.status, &Envelope { error: inner });
        response.headers.extend(self.headers);
        response
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        match error {
            Error::NotFound => Failure::not_found("there is no such session, capsule or asset"),
            Error::Unauthorized => Failure::new(403, "forbidden", "it belongs to another caller"),
            Error::InvalidState(text) => Failure::new(409, "invalid_state", text),
            Error::InvalidArgument(text) => Failure::invalid(text),
            Error::ResourceExhausted => Failure::too_large("a limit is exceeded: see upload_config"),
            Error::Conflict(text) => Failure::new(409, "validation_error", text),
            Error::ChecksumMismatch { expected, computed } => {
                let mut failure = Failure::invalid("the bytes stored have another SHA-256");
                failure.details.expected = Some(to_hex(&expected));
                failure.details.computed = Some(to_hex(&computed));
                failure
            }
            Error::Internal(text) | Error::NotImplemented(text) => Failure::new(500, "internal_error", text),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        let too_many = |text: &str| Failure::new(429, "validation_error", text);
        match refusal {
            Refusal::Error(error) => error.into(),
            Refusal::Exceeded(Exceeded::Size) => {
                Failure::too_large("the upload, its name, key or metadata is larger than upload_config allows")
            }
            Refusal::Exceeded(Exceeded::ActiveSessions) => {
                too_many("too many active sessions").because("active_sessions")
            }
            Refusal::Exceeded(Exceeded::UploadsPerHour { wait_seconds }) => {
                too_many("too many uploads begun in an hour")
                    .because("uploads_per_hour")
                    .header("Retry-After", wait_seconds.to_string())
            }
            Refusal::Exceeded(Exceeded::StableMemory) => Failure::full(),
        }
    }
}

//! The upload protocol over the HTTP gateway methods of the Internet Computer. docs/http.md specifies it.
//!
//! A request is routed and its token is looked up. It is then the same operation as over Candid, by the token's owner.

mod assets;
mod bodies;
mod failure;
mod metadata;
mod range;
pub mod records;
pub mod route;
mod time;
pub mod tokens;
mod uploads;
mod window;

pub use failure::Failure;

use super::file::File;
use super::source::Source;
use super::store::Store;
use super::types::{Error, UploadFinishResult};
use super::Call;
use ic_stable_structures::Memory;
use route::Route;

/// The largest body that is not a chunk, in bytes.
const BODY_BYTES_MAX: u64 = 65_536;

/// The headers that the canister reads. The first value of each counts. Names are case-insensitive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    pub authorization: Option<String>,
    pub idempotency_key: Option<String>,
    pub range: Option<String>,
}

impl Headers {
    /// Adds a header if the canister reads it.
    pub fn add(&mut self, name: &str, value: &str) {
        if let Some(place) = self.place(name) {
            place.get_or_insert_with(|| value.to_string());
        }
    }

    /// Returns whether the canister reads this header.
    pub fn wants(&mut self, name: &str) -> bool {
        self.place(name).is_some()
    }

    fn place(&mut self, name: &str) -> Option<&mut Option<String>> {
        match () {
            _ if name.eq_ignore_ascii_case("authorization") => Some(&mut self.authorization),
            _ if name.eq_ignore_ascii_case("idempotency-key") => Some(&mut self.idempotency_key),
            _ if name.eq_ignore_ascii_case("range") => Some(&mut self.range),
            _ => None,
        }
    }
}

/// A request from the gateway.
pub struct Request<'a> {
    pub method: &'a str,
    /// Path and query.
    pub url: &'a str,
    pub headers: Headers,
    pub body: &'a dyn Source,
}

/// The body of a response: bytes in the heap, or a range of a file in stable memory.
#[derive(Debug, PartialEq, Eq)]
pub enum Body {
    Bytes(Vec<u8>),
    Stored { file: File, start: u64, len: u64 },
}

/// A response to the gateway.
#[derive(Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
    /// Asks the gateway to send the request again as an update call.
    pub upgrade: bool,
}

impl Response {
    fn new(status: u16, content_type: &str, body: Body) -> Response {
        let headers = vec![
            ("Content-Type", content_type.to_string()),
            ("Cache-Control", "no-store".to_string()),
            ("Access-Control-Allow-Origin", "*".to_string()),
            ("Access-Control-Expose-Headers", "Accept-Ranges, Content-Range, ETag, Retry-After".to_string()),
        ];
        Response { status, headers, body, upgrade: false }
    }

    fn json(status: u16, value: &impl serde::Serialize) -> Response {
        let body = serde_json::to_vec(value).unwrap_or_default();
        Response::new(status, "application/json", Body::Bytes(body))
    }

    fn with(mut self, name: &'static str, value: String) -> Response {
        self.headers.push((name, value));
        self
    }
}

/// The state of a request at the end of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Reply(Response),
    /// The finish needs more messages: `finish_step` with this ticket, then `finish_next`. The response is `completed` or
    /// `not_completed`.
    Hashing {
        id: u64,
        ticket: u32,
    },
}

/// Answers a query. The answer does not depend on the canister's state, because the subnet does not certify a query.
pub fn answer_query(method: &str, url: &str) -> Response {
    match route::is_ours(url) {
        true if method == "OPTIONS" => preflight(),
        true => Response { upgrade: true, ..Response::new(200, "text/plain", Body::Bytes(Vec::new())) },
        false => Failure::not_found("nothing is here; the uploads are below /storage/").into_response(),
    }
}

fn preflight() -> Response {
    Response::new(200, "text/plain", Body::Bytes(Vec::new()))
        .with("Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE, OPTIONS".to_string())
        .with("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, Range".to_string())
        .with("Access-Control-Max-Age", "86400".to_string())
}

/// Returns the response to a `complete` that took several messages.
pub fn completed(result: &UploadFinishResult) -> Response {
    uploads::finish_response(result)
}

/// Returns the response to a `complete` that failed after its first message.
pub fn not_completed(error: Error) -> Response {
    Failure::from(error).into_response()
}

impl<M: Memory> Store<M> {
    /// Answers a request. It is carried out for the owner of its token, not for `call.caller`, which is the gateway.
    pub fn answer_update(&mut self, call: &Call<'_>, request: &Request<'_>) -> Outcome {
        if !route::is_ours(request.url) || request.method == "OPTIONS" {
            return Outcome::Reply(answer_query(request.method, request.url));
        }
        self.route(call, request).unwrap_or_else(|failure| Outcome::Reply(failure.into_response()))
    }

    fn route(&mut self, call: &Call<'_>, request: &Request<'_>) -> Result<Outcome, Failure> {
        let route = route::parse(request.method, request.url);
        if !matches!(route, Some(Route::PutChunk { .. })) && request.body.len() > BODY_BYTES_MAX {
            return Err(Failure::too_large(format!("the body has more than {BODY_BYTES_MAX} bytes")));
        }
        let owner = self.token_owner(call, request.headers.authorization.as_deref());
        let owner = self.seam_http_caller(owner, route.as_ref());
        let owner = owner.ok_or_else(Failure::unauthorized)?;
        let call = &Call { caller: owner, host: call.host };
        match route.ok_or_else(|| Failure::not_found("there is no such path, or not with this method"))? {
            Route::Begin => self.http_begin(call, request),
            Route::Status { id } => self.http_status(call, id),
            Route::PutChunk { id, number } => self.http_put_chunk(call, id, number, request.body),
            Route::Complete { id } => return self.http_complete(call, id, request.body),
            Route::Cancel { id } => self.http_step(call, id, Self::abort),
            Route::Pause { id } => self.http_step(call, id, Self::pause),
            Route::Resume { id } => self.http_step(call, id, Self::resume),
            Route::Asset { memory, kind, head } => {
                self.http_asset(call, memory, kind, head, request.headers.range.as_deref())
            }
            Route::Metadata { memory } => self.http_metadata(call, memory),
            Route::Delete { memory } => self.http_delete(call, memory),
        }
        .map(Outcome::Reply)
    }
}

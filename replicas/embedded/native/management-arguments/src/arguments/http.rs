//! The argument of an HTTP outcall.

use crate::bounded::{Bounded, Size};
use candid::{define_function, CandidType};
use serde::Deserialize;
use serde_bytes::ByteBuf;

const HEADERS_MAX: usize = 64;
const HEADERS_BYTES_MAX: usize = 48 * 1024;
const HEADER_BYTES_MAX: usize = 16 * 1024;

#[derive(CandidType, Deserialize)]
struct Header {
    name: String,
    value: String,
}

impl Size for Header {
    fn size(&self) -> usize {
        self.name.len() + self.value.len()
    }
}

#[derive(CandidType, Deserialize)]
struct HttpResponse {
    status: u128,
    headers: Vec<Header>,
    #[serde(with = "serde_bytes")]
    body: Vec<u8>,
}

#[derive(CandidType, Deserialize)]
struct TransformArgument {
    response: HttpResponse,
    #[serde(with = "serde_bytes")]
    context: Vec<u8>,
}

define_function!(TransformFunction : (TransformArgument) -> (HttpResponse) query);

#[derive(CandidType, Deserialize)]
struct Transform {
    function: TransformFunction,
    #[serde(with = "serde_bytes")]
    context: Vec<u8>,
}

#[derive(CandidType, Deserialize)]
enum HttpMethod {
    #[serde(rename = "get")]
    Get,
    #[serde(rename = "post")]
    Post,
    #[serde(rename = "head")]
    Head,
}

#[derive(CandidType, Deserialize)]
pub struct HttpRequestArgument {
    url: String,
    max_response_bytes: Option<u64>,
    headers: Bounded<Header, HEADERS_MAX, HEADERS_BYTES_MAX, HEADER_BYTES_MAX>,
    body: Option<ByteBuf>,
    method: HttpMethod,
    transform: Option<Transform>,
    is_replicated: Option<bool>,
}

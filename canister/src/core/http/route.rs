//! Routing of requests. Paths are compared byte by byte, without normalization or percent-decoding.

use crate::core::store::parse_name;
use crate::fault::seams;

/// A request that the canister knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    Begin,
    Status {
        id: u64,
    },
    /// `number` is the index of the chunk, or the text of an error.
    PutChunk {
        id: u64,
        number: Result<u32, String>,
    },
    Complete {
        id: u64,
    },
    Cancel {
        id: u64,
    },
    Pause {
        id: u64,
    },
    Resume {
        id: u64,
    },
    /// If `head` is true, the response has no body.
    Asset {
        memory: &'a str,
        kind: Option<&'a str>,
        head: bool,
    },
    Metadata {
        memory: &'a str,
    },
    Delete {
        memory: &'a str,
    },
}

/// Returns whether a URL belongs to the interface.
pub fn is_ours(url: &str) -> bool {
    url.starts_with("/storage/")
}

/// Returns the route of a request, or `None` if there is none.
pub fn parse<'a>(method: &str, url: &'a str) -> Option<Route<'a>> {
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let mut segments = path.strip_prefix("/storage/")?.split('/');
    let (first, second, third) = (segments.next()?, segments.next(), segments.next());
    if segments.next().is_some() {
        return None;
    }
    match first {
        "chunked-upload" => upload_route(method, second, third, query),
        "assets" => asset_route(method, second?, third, query),
        _ => None,
    }
}

fn upload_route<'a>(method: &str, id: Option<&str>, action: Option<&str>, query: &str) -> Option<Route<'a>> {
    let Some(id) = id else {
        return (method == "POST").then_some(Route::Begin);
    };
    let id = parse_name("", id)?;
    Some(match (method, action) {
        ("GET", None) => Route::Status { id },
        ("POST", Some("chunk")) => Route::PutChunk { id, number: chunk_index(query) },
        ("POST", Some("complete")) => Route::Complete { id },
        ("POST", Some("cancel")) => Route::Cancel { id },
        ("POST", Some("pause")) => Route::Pause { id },
        ("POST", Some("resume")) => Route::Resume { id },
        _ => return None,
    })
}

fn asset_route<'a>(method: &str, memory: &'a str, part: Option<&str>, query: &'a str) -> Option<Route<'a>> {
    Some(match (method, part) {
        ("GET" | "HEAD", None) => Route::Asset { memory, kind: parameter(query, "kind"), head: method == "HEAD" },
        ("GET", Some("metadata")) => Route::Metadata { memory },
        ("DELETE", None) => Route::Delete { memory },
        _ => return None,
    })
}

/// Returns the first parameter with this name. Other parameters are ignored, because gateways add their own.
fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Returns the index of a chunk. The query contains its number, which is one higher.
fn chunk_index(query: &str) -> Result<u32, String> {
    let text = parameter(query, "number").ok_or("the query has no number=N")?;
    let number = parse_name("", text).ok_or("the chunk's number is not a whole number from 1 on in plain decimal")?;
    let index = seams::index_of_number(number - 1);
    u32::try_from(index).map_err(|_| format!("chunk {number} is beyond any upload"))
}

//! The Candid encoding of gateway requests and responses. It does not copy a body into the heap.
//!
//! A chunk of 1.8 MB is one field of the request's record. The argument is read piece by piece: first the type table, then
//! the fields in its order. Only the position of the body is kept, and only the headers that the canister reads.

use crate::core::http::{Headers, Response};
use crate::core::source::Source;
use candid::{CandidType, Deserialize};
use serde_bytes::ByteBuf;

/// A request as any Candid decoder reads it.
#[derive(CandidType, Deserialize)]
pub struct GeneralRequest {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: ByteBuf,
}

/// A request whose body remains in the argument.
#[derive(Debug, PartialEq, Eq)]
pub struct PlainRequest {
    pub method: String,
    pub url: String,
    pub headers: Headers,
    pub body_at: u64,
    pub body_len: u64,
}

/// Returns the hash by which Candid identifies and orders the fields of a record.
const fn field(name: &str) -> u64 {
    let (bytes, mut hash, mut i) = (name.as_bytes(), 0u32, 0);
    while i < bytes.len() {
        hash = hash.wrapping_mul(223).wrapping_add(bytes[i] as u32);
        i += 1;
    }
    hash as u64
}

const METHOD: u64 = field("method");
const URL: u64 = field("url");
const HEADERS: u64 = field("headers");
const BODY: u64 = field("body");
const STATUS_CODE: u64 = field("status_code");
const UPGRADE: u64 = field("upgrade");

// ---- reading ----

/// Upper bounds: types in a table, fields in a record, and bytes in the name of a header that the canister reads.
const TYPES_MAX: u64 = 32;
const FIELDS_MAX: u64 = 16;
const NAME_BYTES_MAX: u64 = 32;
const WINDOW_BYTES: usize = 512;

const TEXT: i64 = -15;
const NAT8: i64 = -5;

/// A type of the type table. A negative number is a primitive type, any other an index of the table.
enum Type {
    Opt(i64),
    Vec(i64),
    Record(Vec<(u64, i64)>),
}

/// Reads the argument of a request. Returns `None` for an unusual encoding, which may still be valid.
pub fn plain_request(argument: &dyn Source) -> Option<PlainRequest> {
    let mut cursor = Cursor { source: argument, at: 0, window: [0; WINDOW_BYTES], window_at: 0, window_len: 0 };
    if cursor.bytes(4)? != b"DIDL" {
        return None;
    }
    let types = read_types(&mut cursor)?;
    let (arguments, record) = (cursor.leb()?, cursor.sleb()?);
    let Type::Record(fields) = types.get(usize::try_from(record).ok()?)? else { return None };
    if arguments != 1 {
        return None;
    }
    let (mut method, mut url, mut headers, mut body) = (None, None, None, None);
    for (name, kind) in fields {
        match *name {
            METHOD if *kind == TEXT => method = Some(cursor.text()?),
            URL if *kind == TEXT => url = Some(cursor.text()?),
            HEADERS if is_headers(&types, *kind) => headers = Some(read_headers(&mut cursor)?),
            BODY if is_vec_of(&types, *kind, NAT8) => {
                let len = cursor.leb()?;
                body = Some((cursor.at, len));
                cursor.skip(len)?;
            }
            METHOD | URL | HEADERS | BODY => return None,
            _ => skip_small(&mut cursor, &types, *kind)?,
        }
    }
    let (body_at, body_len) = body?;
    let whole = cursor.at == argument.len();
    whole.then_some(PlainRequest { method: method?, url: url?, headers: headers?, body_at, body_len })
}

fn read_types(cursor: &mut Cursor<'_>) -> Option<Vec<Type>> {
    let count = cursor.leb().filter(|count| *count <= TYPES_MAX)?;
    let mut types = Vec::new();
    for _ in 0..count {
        types.push(match cursor.sleb()? {
            -18 => Type::Opt(cursor.sleb()?),
            -19 => Type::Vec(cursor.sleb()?),
            -20 => {
                let fields = cursor.leb().filter(|count| *count <= FIELDS_MAX)?;
                Type::Record((0..fields).map(|_| Some((cursor.leb()?, cursor.sleb()?))).collect::<Option<_>>()?)
            }
            _ => return None,
        });
    }
    Some(types)
}

fn is_vec_of(types: &[Type], kind: i64, element: i64) -> bool {
    let found = usize::try_from(kind).ok().and_then(|at| types.get(at));
    matches!(found, Some(Type::Vec(inner)) if *inner == element)
}

fn is_headers(types: &[Type], kind: i64) -> bool {
    let at = |kind: i64| usize::try_from(kind).ok().and_then(|at| types.get(at));
    let Some(Type::Vec(element)) = at(kind) else { return false };
    matches!(at(*element), Some(Type::Record(fields)) if fields[..] == [(0, TEXT), (1, TEXT)])
}

fn read_headers(cursor: &mut Cursor<'_>) -> Option<Headers> {
    let mut headers = Headers::default();
    for _ in 0..cursor.leb()? {
        let len = cursor.leb()?;
        let name =
            if len <= NAME_BYTES_MAX { cursor.string(len)? } else { cursor.skip(len).map(|()| String::new())? };
        if headers.wants(&name) {
            headers.add(&name, &cursor.text()?);
        } else {
            let len = cursor.leb()?;
            cursor.skip(len)?;
        }
    }
    Some(headers)
}

/// Skips an unknown field that is a number or an optional number.
fn skip_small(cursor: &mut Cursor<'_>, types: &[Type], kind: i64) -> Option<()> {
    let bytes = match kind {
        -2 | -5 | -9 => 1,
        -6 | -10 => 2,
        -7 | -11 => 4,
        -8 | -12 => 8,
        _ => {
            let Type::Opt(inner) = types.get(usize::try_from(kind).ok()?)? else { return None };
            return match cursor.byte()? {
                0 => Some(()),
                1 if *inner < 0 => skip_small(cursor, types, *inner),
                _ => None,
            };
        }
    };
    cursor.skip(bytes)
}

/// Reads a source sequentially, one window at a time.
struct Cursor<'a> {
    source: &'a dyn Source,
    at: u64,
    window: [u8; WINDOW_BYTES],
    window_at: u64,
    window_len: usize,
}

impl Cursor<'_> {
    fn byte(&mut self) -> Option<u8> {
        if self.at < self.window_at || self.at >= self.window_at + self.window_len as u64 {
            let len = (self.source.len() - self.at).min(WINDOW_BYTES as u64) as usize;
            self.source.read(self.at, &mut self.window[..len]);
            (self.window_at, self.window_len) = (self.at, len);
        }
        let byte = *self.window[..self.window_len].get((self.at - self.window_at) as usize)?;
        self.at += 1;
        Some(byte)
    }

    fn skip(&mut self, len: u64) -> Option<()> {
        let left = self.source.len() - self.at;
        self.at += Some(len).filter(|len| *len <= left)?;
        Some(())
    }

    fn bytes(&mut self, len: u64) -> Option<Vec<u8>> {
        let from = self.at;
        self.skip(len)?;
        let mut bytes = vec![0; len as usize];
        self.source.read(from, &mut bytes);
        Some(bytes)
    }

    fn string(&mut self, len: u64) -> Option<String> {
        String::from_utf8(self.bytes(len)?).ok()
    }

    fn text(&mut self) -> Option<String> {
        let len = self.leb()?;
        self.string(len)
    }

    fn leb(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// Reads a type. Its encoding has one or two bytes.
    fn sleb(&mut self) -> Option<i64> {
        let (low, mut bits) = (self.byte()?, 7);
        let mut value = i64::from(low & 0x7f);
        if low & 0x80 != 0 {
            let high = Some(self.byte()?).filter(|high| high & 0x80 == 0)?;
            value |= i64::from(high) << 7;
            bits = 14;
        }
        Some(if value >> (bits - 1) & 1 == 1 { value - (1 << bits) } else { value })
    }
}

// ---- writing ----

fn push_leb(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    push_leb(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Encodes the part of a response before the bytes of its body: the types and the length. `body` is the first field in
/// Candid's order.
pub fn response_head(body_len: u64) -> Vec<u8> {
    const _: () = assert!(BODY < HEADERS && HEADERS < UPGRADE && UPGRADE < STATUS_CODE);
    let mut out = b"DIDL\x05\x6c\x04".to_vec();
    for (name, kind) in [(BODY, 1), (HEADERS, 2), (UPGRADE, 4), (STATUS_CODE, 0x7a)] {
        push_leb(&mut out, name);
        out.push(kind);
    }
    // Type 1: vec nat8. Type 2: vec of type 3. Type 3: record of two texts. Type 4: opt bool. One argument, of type 0.
    out.extend_from_slice(b"\x6d\x7b\x6d\x03\x6c\x02\x00\x71\x01\x71\x6e\x7e\x01\x00");
    push_leb(&mut out, body_len);
    out
}

/// Encodes the part of a response after the bytes of its body: headers, upgrade, and status.
pub fn response_tail(response: &Response) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    push_leb(&mut out, response.headers.len() as u64);
    for (name, value) in &response.headers {
        push_text(&mut out, name);
        push_text(&mut out, value);
    }
    out.extend_from_slice(if response.upgrade { b"\x01\x01" } else { b"\x00" });
    out.extend_from_slice(&response.status.to_le_bytes());
    out
}

#[cfg(test)]
mod tests;

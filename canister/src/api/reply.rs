//! Arguments and replies, without copies that cost by the byte.

use crate::core::types::Error;
use candid::utils::{ArgumentDecoder, ArgumentEncoder};
use candid::{de::IDLDeserialize, CandidType};
use serde_bytes::{ByteBuf, Bytes};

/// Decodes the arguments, or traps with the reason.
pub fn decode<T: for<'a> ArgumentDecoder<'a>>(bytes: Vec<u8>) -> T {
    candid::decode_args(&bytes).unwrap_or_else(|e| refuse(&e))
}

/// Decodes the only argument, or traps with the reason.
pub fn decode_one<T: for<'a> candid::Deserialize<'a> + CandidType>(bytes: Vec<u8>) -> T {
    candid::decode_one(&bytes).unwrap_or_else(|e| refuse(&e))
}

fn refuse(error: &dyn std::fmt::Display) -> ! {
    ic_cdk::trap(format!("the argument does not decode: {error}"))
}

/// A chunk where it lies in the message, not copied out of it.
pub struct Chunk {
    message: Vec<u8>,
    start: usize,
    len: usize,
}

impl Chunk {
    pub fn bytes(&self) -> &[u8] {
        &self.message[self.start..self.start + self.len]
    }
}

/// How every Candid library writes the types `(nat64, nat32, blob)`.
const CHUNK_TYPES: &[u8] = b"DIDL\x01\x6d\x7b\x03\x78\x79\x00";

/// Decodes `(nat64, nat32, blob)`.
pub fn decode_chunk(message: Vec<u8>) -> (u64, u32, Chunk) {
    if let Some((id, index, start)) = plain_chunk(&message) {
        let len = message.len() - start;
        return (id, index, Chunk { message, start, len });
    }
    let (id, index, start, len) = general_chunk(&message).unwrap_or_else(|e| refuse(&e));
    (id, index, Chunk { message, start, len })
}

/// The fast way, for the usual type table: id, index, and where the bytes begin, which fill the rest.
fn plain_chunk(message: &[u8]) -> Option<(u64, u32, usize)> {
    let rest = message.strip_prefix(CHUNK_TYPES)?;
    let id = u64::from_le_bytes(rest.get(..8)?.try_into().ok()?);
    let index = u32::from_le_bytes(rest.get(8..12)?.try_into().ok()?);
    let (mut len, mut at) = (0u64, 12);
    loop {
        let byte = *rest.get(at)?;
        if at - 12 == 5 {
            return None;
        }
        len |= u64::from(byte & 0x7f) << (7 * (at - 12));
        at += 1;
        if byte & 0x80 == 0 {
            break;
        }
    }
    (rest.len() as u64 - at as u64 == len).then_some((id, index, CHUNK_TYPES.len() + at))
}

fn general_chunk(message: &[u8]) -> candid::Result<(u64, u32, usize, usize)> {
    let mut values = IDLDeserialize::new(message)?;
    let id = values.get_value()?;
    let index = values.get_value()?;
    let bytes: &Bytes = values.get_value()?;
    let start = bytes.as_ptr() as usize - message.as_ptr() as usize;
    let len = bytes.len();
    values.done()?;
    Ok((id, index, start, len))
}

/// Replies with one value.
pub fn reply<T: CandidType>(value: T) {
    ic_cdk::api::msg_reply(encode((value,)));
}

/// Encodes values; only values that cannot be written in Candid trap, and there are none here.
pub fn encode<T: ArgumentEncoder>(values: T) -> Vec<u8> {
    candid::encode_args(values).unwrap_or_else(|e| ic_cdk::trap(format!("the reply does not encode: {e}")))
}

/// The frame of `variant { Ok : blob; Err : Error }` around `len` bytes that follow it.
pub fn ok_blob_head(len: u64) -> Vec<u8> {
    let mut head = encode((Ok::<ByteBuf, Error>(ByteBuf::new()),));
    head.pop();
    let mut rest = len;
    while rest >= 0x80 {
        head.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    head.push(rest as u8);
    head
}

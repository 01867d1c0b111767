//! Decoding of arguments and encoding of replies. Chunks are not copied.

use crate::core::source::Source;
use crate::core::types::Error;
use candid::utils::{ArgumentDecoder, ArgumentEncoder};
use candid::{de::IDLDeserialize, CandidType};
use serde_bytes::{ByteBuf, Bytes};
use std::cell::RefCell;

/// Decodes the arguments. Traps if they do not decode.
pub fn decode<T: for<'a> ArgumentDecoder<'a>>(bytes: Vec<u8>) -> T {
    candid::decode_args(&bytes).unwrap_or_else(|e| refuse(&e))
}

/// Decodes the only argument. Traps if it does not decode.
pub fn decode_one<T: for<'a> candid::Deserialize<'a> + CandidType>(bytes: Vec<u8>) -> T {
    candid::decode_one(&bytes).unwrap_or_else(|e| refuse(&e))
}

/// Traps because the argument does not decode.
pub fn refuse(error: &dyn std::fmt::Display) -> ! {
    ic_cdk::trap(format!("the argument does not decode: {error}"))
}

/// The usual encoding of the types `(nat64, nat32, blob)`.
const CHUNK_TYPES: &[u8] = b"DIDL\x01\x6d\x7b\x03\x78\x79\x00";
/// The largest size of the part before the bytes of a chunk: types, id, index, and length.
const CHUNK_HEAD_MAX: usize = CHUNK_TYPES.len() + 8 + 4 + 5;

/// A part of this message's argument, which is read piece by piece.
pub struct ArgumentPart {
    pub start: usize,
    pub len: usize,
}

impl Source for ArgumentPart {
    fn len(&self) -> u64 {
        self.len as u64
    }

    fn read(&self, at: u64, into: &mut [u8]) {
        ic0::msg_arg_data_copy(into, self.start + at as usize);
    }
}

/// Decodes the argument `(nat64, nat32, blob)` of this message without copying the bytes, and passes it to `use_it`.
pub fn with_chunk<R>(use_it: impl FnOnce(u64, u32, &dyn Source) -> R) -> R {
    let mut head = [0; CHUNK_HEAD_MAX];
    let head = &mut head[..CHUNK_HEAD_MAX.min(ic0::msg_arg_data_size())];
    ic0::msg_arg_data_copy(head, 0);
    if let Some((id, index, part)) = plain_chunk(head, ic0::msg_arg_data_size()) {
        return use_it(id, index, &part);
    }
    let message = ic_cdk::api::msg_arg_data();
    let (id, index, bytes) = general_chunk(&message).unwrap_or_else(|e| refuse(&e));
    use_it(id, index, &bytes)
}

/// Decodes an argument with the usual type table. The bytes of the chunk must fill the rest of the argument.
fn plain_chunk(head: &[u8], size: usize) -> Option<(u64, u32, ArgumentPart)> {
    let rest = head.strip_prefix(CHUNK_TYPES)?;
    let id = u64::from_le_bytes(rest.get(..8)?.try_into().ok()?);
    let index = u32::from_le_bytes(rest.get(8..12)?.try_into().ok()?);
    let (mut len, mut at) = (0u64, 12);
    loop {
        let byte = *rest.get(at)?;
        len |= u64::from(byte & 0x7f) << (7 * (at - 12));
        at += 1;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let start = CHUNK_TYPES.len() + at;
    (start as u64 + len == size as u64).then_some((id, index, ArgumentPart { start, len: len as usize }))
}

fn general_chunk(message: &[u8]) -> candid::Result<(u64, u32, &[u8])> {
    let mut values = IDLDeserialize::new(message)?;
    let (id, index) = (values.get_value()?, values.get_value()?);
    let bytes: &Bytes = values.get_value()?;
    values.done()?;
    Ok((id, index, bytes))
}

/// The usual encoding of the type `(nat64)`.
const ID_TYPES: &[u8] = b"DIDL\x00\x01\x78";

/// Decodes the only argument, which is a `nat64`.
pub fn decode_id(bytes: Vec<u8>) -> u64 {
    let plain = bytes.strip_prefix(ID_TYPES).and_then(|rest| rest.try_into().ok());
    plain.map_or_else(|| decode_one(bytes.clone()), u64::from_le_bytes)
}

thread_local! {
    /// The encoded reply `Ok` of `variant { Ok; Err : Error }`. Most calls return it, and encoding its types is expensive.
    static OK_REPLY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Encodes `variant { Ok; Err : Error }`.
pub fn encode_done(result: Result<(), Error>) -> Vec<u8> {
    if result.is_err() {
        return encode((result,));
    }
    OK_REPLY.with_borrow_mut(|reply| {
        if reply.is_empty() {
            *reply = encode((result,));
        }
        reply.clone()
    })
}

/// Replies with one value.
pub fn reply<T: CandidType>(value: T) {
    ic_cdk::api::msg_reply(encode((value,)));
}

/// Encodes values. Every value of this canister has a Candid encoding.
pub fn encode<T: ArgumentEncoder>(values: T) -> Vec<u8> {
    candid::encode_args(values).unwrap_or_else(|e| ic_cdk::trap(format!("the reply does not encode: {e}")))
}

/// Encodes the part of `variant { Ok : blob; Err : Error }` before the `len` bytes of the blob.
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

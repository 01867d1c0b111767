//! The id of a snapshot: 8 bytes, followed by the id of its canister.

use candid::types::{Serializer, Type};
use candid::CandidType;
use serde::de::{Deserialize, Deserializer, Error};
use serde_bytes::ByteBuf;

const NUMBER_BYTES: usize = 8;
const BYTES_MAX: usize = NUMBER_BYTES + 29;

pub struct SnapshotId(ByteBuf);

impl CandidType for SnapshotId {
    fn _ty() -> Type {
        ByteBuf::_ty()
    }

    fn idl_serialize<S: Serializer>(&self, serializer: S) -> Result<(), S::Error> {
        self.0.idl_serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SnapshotId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = ByteBuf::deserialize(deserializer)?;
        let bound = match bytes.len() {
            // The word is misspelled in the text of the network.
            0..NUMBER_BYTES => "minumum",
            NUMBER_BYTES..=BYTES_MAX => return Ok(Self(bytes)),
            _ => "maximum",
        };
        Err(Error::custom(format!(
            "Invalid length of SnapshotId: Invalid snapshot ID length: provided {}, {bound} length expected {BYTES_MAX}.",
            bytes.len()
        )))
    }
}

//! Asset metadata: its limits, and the part of it that the canister stores outside the session's slot.

use super::codec::{Reader, Writer};
use super::hash::sha256;
use super::types::{AssetBase, AssetKind, AssetMetadata, Error};
use crate::fault::seams;
use candid::Principal;

/// The largest name of an asset or a capsule in bytes.
pub const NAME_MAX: usize = 1_024;
/// The largest idempotency key in bytes.
pub const KEY_MAX: usize = 256;
/// The largest total size of the texts and blobs in an asset's metadata, in bytes.
pub const METADATA_MAX: usize = 16_384;
/// The largest number of tags of an asset.
const TAGS_MAX: usize = 256;

/// Returns the fields that all kinds of assets have.
pub fn base(asset: &AssetMetadata) -> &AssetBase {
    match asset {
        AssetMetadata::Image(image) => &image.base,
        AssetMetadata::Video(video) => &video.base,
        AssetMetadata::Audio(audio) => &audio.base,
        AssetMetadata::Document(document) => &document.base,
        AssetMetadata::Note(note) => &note.base,
    }
}

/// Returns the total size of the texts and blobs in the metadata, in bytes.
fn size(asset: &AssetMetadata) -> usize {
    let opt = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let own = match asset {
        AssetMetadata::Image(m) => opt(&m.color_space) + opt(&m.exif_data),
        AssetMetadata::Video(m) => opt(&m.codec) + opt(&m.resolution),
        AssetMetadata::Audio(m) => opt(&m.codec),
        AssetMetadata::Document(m) => opt(&m.document_type) + opt(&m.language),
        AssetMetadata::Note(m) => opt(&m.language) + opt(&m.format),
    };
    let b = base(asset);
    let texts = [
        &b.description,
        &b.url,
        &b.storage_key,
        &b.bucket,
        &b.asset_location,
        &b.processing_status,
        &b.processing_error,
    ];
    own + b.name.len()
        + b.mime_type.len()
        + b.sha256.as_ref().map_or(0, |hash| hash.len())
        + b.tags.iter().map(String::len).sum::<usize>()
        + texts.into_iter().map(opt).sum::<usize>()
}

/// Returns `InvalidArgument` for malformed metadata.
pub fn check_form(asset: &AssetMetadata, key: Option<&str>) -> Result<(), Error> {
    let base = base(asset);
    if base.name.is_empty() {
        return Err(Error::InvalidArgument("the asset has no name".to_string()));
    }
    if key == Some("") {
        return Err(Error::InvalidArgument("the idempotency key is empty".to_string()));
    }
    if let Some(hash) = base.sha256.as_ref().filter(|hash| hash.len() != 32) {
        return Err(Error::InvalidArgument(format!("base.sha256 has {} bytes, not 32", hash.len())));
    }
    Ok(())
}

/// Returns `ResourceExhausted` for metadata that is too large.
pub fn check_size(asset: &AssetMetadata, key: &str) -> Result<(), Error> {
    let base = base(asset);
    let too_large =
        base.name.len() > NAME_MAX || key.len() > KEY_MAX || base.tags.len() > TAGS_MAX || size(asset) > METADATA_MAX;
    if too_large {
        return Err(Error::ResourceExhausted);
    }
    Ok(())
}

/// The fields of a session that are stored outside its slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    pub key: String,
    pub key_hash: [u8; 32],
    pub name: String,
    pub mime_type: String,
    pub kind: AssetKind,
    /// The metadata, encoded by `asset_codec`.
    pub asset: Vec<u8>,
}

impl Details {
    /// Creates the details of a new session.
    pub fn new(asset: &AssetMetadata, encoded: Vec<u8>, key: &str, key_hash: [u8; 32]) -> Details {
        let base = base(asset);
        Details {
            key: key.to_string(),
            key_hash,
            name: base.name.clone(),
            mime_type: base.mime_type.clone(),
            kind: base.asset_type,
            asset: encoded,
        }
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.raw(&self.key_hash).bytes(self.key.as_bytes()).bytes(self.name.as_bytes());
        w.bytes(self.mime_type.as_bytes()).u8(kind_code(self.kind)).bytes(&self.asset);
        w.0
    }

    pub fn decode(record: &[u8]) -> Details {
        let mut r = Reader(record);
        Details {
            key_hash: r.array(),
            key: r.text(),
            name: r.text(),
            mime_type: r.text(),
            kind: kind_from_code(r.u8()),
            asset: r.bytes().to_vec(),
        }
    }
}

const KINDS: [AssetKind; 4] = [AssetKind::Original, AssetKind::Display, AssetKind::Thumb, AssetKind::Placeholder];

/// Returns the number of a kind in stable memory.
pub fn kind_code(kind: AssetKind) -> u8 {
    KINDS.iter().position(|k| *k == kind).map_or(0, |at| at as u8)
}

/// Returns the kind with this number in stable memory.
pub fn kind_from_code(code: u8) -> AssetKind {
    *KINDS.get(usize::from(code)).expect("unknown asset kind in stable memory")
}

/// Returns the hash under which an idempotency key is stored. A key belongs to a caller and a capsule.
pub fn key_hash(caller: &Principal, capsule: u64, key: &str) -> [u8; 32] {
    let mut w = Writer::default();
    if seams::key_has_owner(true) {
        w.principal(caller).u64(capsule);
    }
    w.raw(key.as_bytes());
    sha256(&w.0)
}

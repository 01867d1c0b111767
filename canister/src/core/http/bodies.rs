//! The JSON bodies of requests. Unknown fields are ignored. A known field that occurs twice or has a wrong type is refused.

use super::Failure;
use crate::core::source::Source;
use crate::core::types::*;
use serde::de::DeserializeOwned;
use serde::Deserialize;
use serde_bytes::ByteBuf;

/// The body of `POST /storage/chunked-upload`.
#[derive(Deserialize)]
pub struct BeginBody {
    pub capsule_id: String,
    pub filename: String,
    pub mime_type: String,
    pub total_size: u64,
    pub asset_type: Option<String>,
    pub checksum_sha256: Option<String>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub description: Option<String>,
    pub tags: Option<Vec<String>>,
}

/// The body of `POST …/complete`.
#[derive(Deserialize)]
pub struct CompleteBody {
    pub checksum_sha256: String,
    pub total_size: u64,
}

/// Parses a JSON object.
pub fn read<T: DeserializeOwned>(body: &dyn Source) -> Result<T, Failure> {
    let bytes = body.to_vec();
    let text = std::str::from_utf8(&bytes).map_err(|_| Failure::invalid("the body is not UTF-8"))?;
    if !text.trim_start().starts_with('{') {
        return Err(Failure::invalid("the body is not a JSON object"));
    }
    serde_json::from_str(text).map_err(|error| Failure::invalid(format!("the body: {error}")))
}

/// Returns the type of asset with this lower-case name.
pub fn kind_from_name(name: &str) -> Option<AssetKind> {
    Some(match name {
        "original" => AssetKind::Original,
        "display" => AssetKind::Display,
        "thumb" => AssetKind::Thumb,
        "placeholder" => AssetKind::Placeholder,
        _ => return None,
    })
}

/// Returns the lower-case name of a type of asset.
pub fn kind_name(kind: AssetKind) -> &'static str {
    match kind {
        AssetKind::Original => "original",
        AssetKind::Display => "display",
        AssetKind::Thumb => "thumb",
        AssetKind::Placeholder => "placeholder",
    }
}

/// Decodes hexadecimal digits of either case. The number of digits must be even.
pub fn from_hex(text: &str) -> Result<Vec<u8>, String> {
    let wrong = || "checksum_sha256 is not hex".to_string();
    let digit = |byte: u8| (byte as char).to_digit(16).ok_or_else(wrong);
    if text.len() % 2 != 0 {
        return Err(wrong());
    }
    text.as_bytes().chunks_exact(2).map(|pair| Ok((digit(pair[0])? << 4 | digit(pair[1])?) as u8)).collect()
}

impl BeginBody {
    /// Converts the body to the metadata that a Candid caller would send. The body has no times, so they are 0.
    pub fn to_asset(&self, kind: AssetKind, sha256: Option<Vec<u8>>) -> AssetMetadata {
        let base = AssetBase {
            name: self.filename.clone(),
            mime_type: self.mime_type.clone(),
            bytes: self.total_size,
            asset_type: kind,
            width: self.width,
            height: self.height,
            sha256: sha256.map(ByteBuf::from),
            tags: self.tags.clone().unwrap_or_default(),
            description: self.description.clone(),
            created_at: 0,
            updated_at: 0,
            deleted_at: None,
            url: None,
            storage_key: None,
            bucket: None,
            asset_location: None,
            processing_status: None,
            processing_error: None,
        };
        of_type(base)
    }
}

/// Chooses the kind of metadata by the first part of the MIME type.
fn of_type(base: AssetBase) -> AssetMetadata {
    match base.mime_type.split('/').next() {
        Some("image") => AssetMetadata::Image(ImageMetadata {
            dpi: None,
            color_space: None,
            exif_data: None,
            compression_ratio: None,
            orientation: None,
            base,
        }),
        Some("video") => AssetMetadata::Video(VideoMetadata {
            duration: None,
            frame_rate: None,
            codec: None,
            bitrate: None,
            resolution: None,
            aspect_ratio: None,
            base,
        }),
        Some("audio") => AssetMetadata::Audio(AudioMetadata {
            duration: None,
            sample_rate: None,
            channels: None,
            bitrate: None,
            codec: None,
            bit_depth: None,
            base,
        }),
        Some("text") => AssetMetadata::Note(NoteMetadata { word_count: None, language: None, format: None, base }),
        _ => AssetMetadata::Document(DocumentMetadata {
            page_count: None,
            document_type: None,
            language: None,
            word_count: None,
            base,
        }),
    }
}

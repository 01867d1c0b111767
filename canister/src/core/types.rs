//! The Candid types of the interface, with the fields of `upload.did`.
//!
//! The derive macro of `CandidType` compiles the doc comments of these types into the module. Editing one changes the wasm
//! and its instruction counts.

use candid::{CandidType, Deserialize, Principal};
use serde_bytes::ByteBuf;

/// The argument of `init` and `post_upgrade`.
#[derive(CandidType, Deserialize, Clone, Debug, Default)]
pub struct InitArg {
    pub chunk_size: Option<u64>,
    pub max_chunks: Option<u32>,
    pub max_bytes: Option<u64>,
    pub inline_max: Option<u64>,
    pub max_active_sessions: Option<u32>,
    pub session_ttl_ns: Option<u64>,
    pub record_ttl_ns: Option<u64>,
    pub cleanup_interval_ns: Option<u64>,
    pub allow_anonymous: Option<bool>,
    pub hash_bytes_per_call: Option<u64>,
    pub http_token_ttl_ns: Option<u64>,
    pub http_uploads_per_hour: Option<u32>,
    pub http_max_bytes: Option<HttpMaxBytesArg>,
    #[cfg(feature = "faults")]
    pub fault: Option<String>,
}

/// The size limits over HTTP that an init argument gives.
#[derive(CandidType, Deserialize, Clone, Debug, Default)]
pub struct HttpMaxBytesArg {
    pub original: Option<u64>,
    pub display: Option<u64>,
    pub thumb: Option<u64>,
    pub placeholder: Option<u64>,
}

/// Why a call was refused. The order of checks is in the README.
#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum Error {
    Internal(String),
    NotFound,
    Unauthorized,
    InvalidArgument(String),
    ResourceExhausted,
    NotImplemented(String),
    Conflict(String),
    InvalidState(String),
    ChecksumMismatch { expected: ByteBuf, computed: ByteBuf },
}

#[derive(CandidType, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssetKind {
    Original,
    Display,
    Thumb,
    Placeholder,
}

#[derive(CandidType, Deserialize, Clone, Debug)]
pub struct AssetBase {
    pub name: String,
    pub mime_type: String,
    pub bytes: u64,
    pub asset_type: AssetKind,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub sha256: Option<ByteBuf>,
    pub tags: Vec<String>,
    pub description: Option<String>,
    pub created_at: u64,
    pub updated_at: u64,
    pub deleted_at: Option<u64>,
    pub url: Option<String>,
    pub storage_key: Option<String>,
    pub bucket: Option<String>,
    pub asset_location: Option<String>,
    pub processing_status: Option<String>,
    pub processing_error: Option<String>,
}

#[derive(CandidType, Deserialize, Clone, Debug)]
pub struct ImageMetadata {
    pub dpi: Option<u32>,
    pub color_space: Option<String>,
    pub exif_data: Option<String>,
    pub compression_ratio: Option<f32>,
    pub orientation: Option<u8>,
    pub base: AssetBase,
}

#[derive(CandidType, Deserialize, Clone, Debug)]
pub struct VideoMetadata {
    pub duration: Option<u64>,
    pub frame_rate: Option<f32>,
    pub codec: Option<String>,
    pub bitrate: Option<u64>,
    pub resolution: Option<String>,
    pub aspect_ratio: Option<f32>,
    pub base: AssetBase,
}

#[derive(CandidType, Deserialize, Clone, Debug)]
pub struct AudioMetadata {
    pub duration: Option<u64>,
    pub sample_rate: Option<u32>,
    pub channels: Option<u8>,
    pub bitrate: Option<u64>,
    pub codec: Option<String>,
    pub bit_depth: Option<u8>,
    pub base: AssetBase,
}

#[derive(CandidType, Deserialize, Clone, Debug)]
pub struct DocumentMetadata {
    pub page_count: Option<u32>,
    pub document_type: Option<String>,
    pub language: Option<String>,
    pub word_count: Option<u32>,
    pub base: AssetBase,
}

#[derive(CandidType, Deserialize, Clone, Debug)]
pub struct NoteMetadata {
    pub word_count: Option<u32>,
    pub language: Option<String>,
    pub format: Option<String>,
    pub base: AssetBase,
}

#[derive(CandidType, Deserialize, Clone, Debug)]
pub enum AssetMetadata {
    Image(ImageMetadata),
    Video(VideoMetadata),
    Audio(AudioMetadata),
    Document(DocumentMetadata),
    Note(NoteMetadata),
}

#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Capsule {
    pub id: String,
    pub owner: Principal,
    pub name: Option<String>,
    pub created_at: u64,
}

#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ChunkRange {
    pub start: u32,
    pub end: u32,
}

#[derive(CandidType, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    Initiated,
    Uploading,
    Paused,
    Finishing,
    Completed,
    Failed,
    Cancelled,
}

#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct UploadStatus {
    pub session_id: u64,
    pub capsule_id: String,
    pub name: String,
    pub idempotency_key: String,
    pub state: SessionState,
    pub chunk_size: u64,
    pub expected_chunks: u32,
    pub bytes_expected: u64,
    pub chunks_received: u32,
    pub bytes_received: u64,
    pub missing: Vec<ChunkRange>,
    pub created_at: u64,
    pub updated_at: u64,
    pub expires_at: u64,
    pub blob_id: Option<String>,
    pub memory_id: Option<String>,
}

#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct UploadSummary {
    pub session_id: u64,
    pub capsule_id: String,
    pub name: String,
    pub state: SessionState,
    pub bytes_expected: u64,
    pub bytes_received: u64,
    pub expected_chunks: u32,
    pub chunks_received: u32,
    pub created_at: u64,
    pub updated_at: u64,
    pub expires_at: u64,
}

#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct UploadFinishResult {
    pub blob_id: String,
    pub memory_id: String,
    pub size: u64,
    pub checksum_sha256: Option<ByteBuf>,
    pub storage_location: String,
    pub uploaded_at: u64,
}

#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq, Default)]
pub struct CleanupResult {
    pub sessions_expired: u32,
    pub records_removed: u32,
    pub bytes_freed: u64,
}

#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct BlobMeta {
    pub blob_id: String,
    pub capsule_id: String,
    pub name: String,
    pub mime_type: String,
    pub size: u64,
    pub checksum_sha256: Option<ByteBuf>,
    pub chunk_size: u64,
    pub chunk_count: u32,
    pub uploaded_at: u64,
    pub references: u32,
}

#[derive(CandidType, Deserialize, Clone, Debug)]
pub struct AssetInput {
    pub kind: AssetKind,
    pub blob_id: Option<String>,
    pub inline_bytes: Option<ByteBuf>,
    pub mime_type: Option<String>,
}

#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct MemoryAsset {
    pub kind: AssetKind,
    pub blob_id: Option<String>,
    pub inline_bytes: Option<ByteBuf>,
    pub mime_type: Option<String>,
    pub size: u64,
}

#[derive(CandidType, Deserialize, Clone, Debug)]
pub struct Memory {
    pub memory_id: String,
    pub capsule_id: String,
    pub created_at: u64,
    pub metadata: Option<AssetMetadata>,
    pub assets: Vec<MemoryAsset>,
}

#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AssetSummary {
    pub kind: AssetKind,
    pub blob_id: Option<String>,
    pub size: u64,
}

#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct MemorySummary {
    pub memory_id: String,
    pub capsule_id: String,
    pub created_at: u64,
    pub assets: Vec<AssetSummary>,
}

#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct UploadConfig {
    pub chunk_size: u64,
    pub max_chunks: u32,
    pub max_bytes: u64,
    pub inline_max: u64,
    pub max_active_sessions: u32,
    pub session_ttl_ns: u64,
    pub record_ttl_ns: u64,
    pub cleanup_interval_ns: u64,
    pub allow_anonymous: bool,
    pub hash_bytes_per_call: u64,
    pub http_token_ttl_ns: u64,
    pub http_uploads_per_hour: u32,
    pub http_max_bytes: HttpMaxBytesConfig,
    pub blob_read_max: u64,
    pub name_max: u64,
    pub idempotency_key_max: u64,
    pub metadata_max: u64,
    pub list_max: u32,
    pub layout_version: u32,
}

#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct HttpMaxBytesConfig {
    pub original: u64,
    pub display: u64,
    pub thumb: u64,
    pub placeholder: u64,
}

#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct HttpToken {
    pub token: String,
    pub expires_at: u64,
}

#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq, Default)]
pub struct SessionCounts {
    pub initiated: u64,
    pub uploading: u64,
    pub paused: u64,
    pub finishing: u64,
    pub completed: u64,
    pub failed: u64,
    pub cancelled: u64,
}

#[derive(CandidType, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct UploadStats {
    pub heap_bytes: u64,
    pub stable_bytes: u64,
    pub sessions: SessionCounts,
    pub capsules: u64,
    pub blobs: u64,
    pub memories: u64,
    pub bytes_stored: u64,
    pub bytes_pending: u64,
    pub bytes_inline: u64,
    pub block_size: u64,
    pub blocks_used: u64,
    pub blocks_free: u64,
    pub http_tokens: u64,
    pub http_windows: u64,
}

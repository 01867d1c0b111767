//! The canister's methods, in the order of `upload.did`. Each one decodes its arguments, calls the core, and replies.

use super::finish_calls::{go_on, Form};
use super::lifecycle::keep_timer;
use super::reply::{decode, decode_id, decode_one, encode_done, ok_blob_head, reply, with_chunk};
use super::text::{decode_base64, decode_hex};
use super::with_store;
use crate::core::file::File;
use crate::core::source::Source;
use crate::core::types::*;
use ic_cdk::{query, update};
use serde_bytes::ByteBuf;

// ---- capsules ----

#[update(decode_with = "decode_one")]
fn capsules_create(name: Option<String>) -> Result<Capsule, Error> {
    with_store(|store, call| store.create_capsule(call, name))
}

#[query]
fn capsules_list() -> Vec<Capsule> {
    with_store(|store, call| store.list_capsules(call))
}

// ---- uploads ----

#[update(decode_with = "decode")]
fn uploads_begin(
    capsule_id: String,
    asset: AssetMetadata,
    expected_chunks: u32,
    idempotency_key: String,
) -> Result<u64, Error> {
    keep_timer();
    with_store(|store, call| store.begin(call, &capsule_id, &asset, expected_chunks, &idempotency_key))
}

/// `with_chunk` reads the arguments from the message, so that the bytes go directly to stable memory.
#[update(encode_with = "encode_done")]
fn uploads_put_chunk() -> Result<(), Error> {
    with_chunk(|session_id, index, bytes| with_store(|store, call| store.put_chunk(call, session_id, index, Ok(bytes))))
}

#[update(manual_reply = true, decode_with = "decode")]
fn uploads_finish(session_id: u64, sha256: ByteBuf, total_len: u64) {
    go_on(Form::Candid, session_id, with_store(|store, call| store.finish(call, session_id, Ok(&sha256), total_len)));
}

#[update(decode_with = "decode")]
fn uploads_finish_step(session_id: u64, ticket: u32) -> Result<u64, Error> {
    if ic_cdk::api::msg_caller() != ic_cdk::api::canister_self() {
        return Err(Error::Unauthorized);
    }
    with_store(|store, call| store.finish_step(call, session_id, ticket))
}

#[update(decode_with = "decode_id", encode_with = "encode_done")]
fn uploads_abort(session_id: u64) -> Result<(), Error> {
    with_store(|store, call| store.abort(call, session_id))
}

#[update(decode_with = "decode_id", encode_with = "encode_done")]
fn uploads_pause(session_id: u64) -> Result<(), Error> {
    with_store(|store, call| store.pause(call, session_id))
}

#[update(decode_with = "decode_id", encode_with = "encode_done")]
fn uploads_resume(session_id: u64) -> Result<(), Error> {
    with_store(|store, call| store.resume(call, session_id))
}

#[query(decode_with = "decode_id")]
fn uploads_status(session_id: u64) -> Result<UploadStatus, Error> {
    with_store(|store, call| store.status(call, session_id))
}

#[query]
fn uploads_list() -> Vec<UploadSummary> {
    with_store(|store, call| store.list_sessions(call))
}

#[update]
fn uploads_cleanup_expired() -> Result<CleanupResult, Error> {
    with_store(|store, call| store.cleanup_own(call))
}

// ---- blobs ----

#[query(decode_with = "decode_one")]
fn blob_get_meta(locator: String) -> Result<BlobMeta, Error> {
    with_store(|store, call| store.blob_meta(call, &locator))
}

#[query(manual_reply = true, decode_with = "decode")]
fn blob_read_chunk(locator: String, index: u32) {
    reply_range(with_store(|store, call| store.blob_chunk_range(call, &locator, index)));
}

#[query(manual_reply = true, decode_with = "decode_one")]
fn blob_read(locator: String) {
    reply_range(with_store(|store, call| store.blob_range(call, &locator)));
}

/// Replies with a range of a file, which is read from stable memory piece by piece.
fn reply_range(range: Result<(File, u64, u64), Error>) {
    let (file, start, len) = match range {
        Ok(range) => range,
        Err(error) => return reply(Err::<ByteBuf, Error>(error)),
    };
    ic0::msg_reply_data_append(&ok_blob_head(len));
    with_store(|store, _| {
        store.blocks.read_pieces(&file, start, len, |piece| {
            ic0::msg_reply_data_append(piece);
            true
        })
    });
    ic0::msg_reply();
}

// ---- memories ----

#[update(decode_with = "decode")]
fn memories_create(capsule_id: String, assets: Vec<AssetInput>) -> Result<MemorySummary, Error> {
    with_store(|store, call| store.create_memory(call, &capsule_id, &assets))
}

#[query(decode_with = "decode_one")]
fn memories_read(memory_id: String) -> Result<Memory, Error> {
    with_store(|store, call| store.read_memory(call, &memory_id))
}

#[query(decode_with = "decode_one")]
fn memories_list(capsule_id: String) -> Result<Vec<MemorySummary>, Error> {
    with_store(|store, call| store.list_memories(call, &capsule_id))
}

#[update(decode_with = "decode_one")]
fn memories_delete(memory_id: String) -> Result<(), Error> {
    with_store(|store, call| store.delete_memory(call, &memory_id))
}

// ---- debugging from a command line ----

#[update(decode_with = "decode")]
fn debug_put_chunk_b64(session_id: u64, index: u32, base64: String) -> Result<(), Error> {
    let bytes = decode_base64(&base64);
    let bytes = bytes.as_deref().map_err(String::clone);
    with_store(|store, call| {
        store.put_chunk(call, session_id, index, bytes.as_ref().map(|b| b as &dyn Source).map_err(String::clone))
    })
}

#[update(manual_reply = true, decode_with = "decode")]
fn debug_finish_hex(session_id: u64, sha256_hex: String, total_len: u64) {
    let sha256 = decode_hex(&sha256_hex);
    let sha256 = sha256.as_deref().map_err(String::clone);
    go_on(Form::Candid, session_id, with_store(|store, call| store.finish(call, session_id, sha256, total_len)));
}

// ---- the canister ----

#[query]
fn upload_config() -> UploadConfig {
    with_store(|store, _| store.config())
}

#[query]
fn upload_stats() -> UploadStats {
    #[cfg(target_arch = "wasm32")]
    let heap_bytes = core::arch::wasm32::memory_size(0) as u64 * 65_536;
    #[cfg(not(target_arch = "wasm32"))]
    let heap_bytes = 0;
    let stable_bytes = ic_cdk::stable::stable_size() * 65_536;
    with_store(|store, call| store.stats(call, heap_bytes, stable_bytes))
}

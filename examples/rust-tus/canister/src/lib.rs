//! Resumable uploads in the style of the tus protocol: create with a length, append at an offset, ask for the offset,
//! terminate. `../rust-tus.did` specifies every method.

mod store;
mod types;
mod uploads;

use ic_cdk::{init, post_upgrade, query, trap, update};
use serde_bytes::ByteBuf;
use types::*;
use uploads::Call;

const FAULTS: &[&str] = &[
    "append-by-anyone",
    "empty-upload-never-completes",
    "empty-uploads-not-listed",
    "forbidden-terminate-removes",
    "fresh-hash-after-upgrade",
    "full-last-block-dropped",
    "hash-before-offset-check",
    "key-resets-upload",
    "length-not-checked",
    "offset-before-length-check",
    "quota-kept-after-expiry",
    "quota-kept-after-terminate",
    "retried-append-is-stored",
    "short-parts-refused",
    "sweep-ignores-activity",
    "undeclared-error",
];

#[init]
fn init(arg: Option<InitArg>) {
    configure(arg.unwrap_or_default(), true);
}

#[post_upgrade]
fn post_upgrade(arg: Option<InitArg>) {
    configure(arg.unwrap_or_default(), false);
}

fn configure(arg: InitArg, is_new: bool) {
    store::with(|store| {
        let mut config = store.config.get().clone();
        config.max_chunk_bytes = arg.max_chunk_bytes.unwrap_or(config.max_chunk_bytes);
        config.max_upload_bytes = arg.max_upload_bytes.unwrap_or(config.max_upload_bytes);
        config.max_open_uploads = arg.max_open_uploads.unwrap_or(config.max_open_uploads);
        config.expiry_ns = arg.expiry_seconds.map(|s| s.saturating_mul(1_000_000_000)).or(config.expiry_ns);
        if is_new {
            config.block_bytes = arg.block_bytes.unwrap_or(config.block_bytes).max(1);
        }
        store.config.set(config);
    });
    seeded_faults::choose(arg.faults.unwrap_or_default(), FAULTS).unwrap_or_else(|text| trap(text));
}

fn call() -> Call {
    Call { caller: ic_cdk::api::msg_caller(), now: ic_cdk::api::time() }
}

#[update]
fn create(arg: CreateArg) -> Result<Created, Error> {
    store::with(|store| store.create(&call(), arg))
}

#[query]
fn head(id: u64) -> Result<Head, Error> {
    store::with(|store| store.head(&call(), id))
}

#[update]
fn append(id: u64, offset: u64, data: ByteBuf, sha256: Option<ByteBuf>) -> Result<Appended, Error> {
    store::with(|store| store.append(&call(), id, offset, &data, sha256))
}

#[query]
fn read(id: u64, offset: u64, length: u32) -> Result<ByteBuf, Error> {
    store::with(|store| store.read(&call(), id, offset, length))
}

#[update]
fn terminate(id: u64) -> Result<(), Error> {
    store::with(|store| store.terminate(&call(), id))
}

#[query]
fn list() -> Vec<Entry> {
    store::with(|store| store.list(&call()))
}

/// The Candid interface in the public metadata section `candid:service`.
#[cfg(target_arch = "wasm32")]
mod metadata {
    const TEXT: &[u8] = include_bytes!("../../rust-tus.did");
    #[used]
    #[link_section = "icp:public candid:service"]
    static SERVICE: [u8; TEXT.len()] = *include_bytes!("../../rust-tus.did");
}

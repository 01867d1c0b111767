//! A bucket: stores the chunks of uploads, and files. `../../bucket.did` specifies every method.

mod finish;
mod lock;
mod store;

use candid::{CandidType, Principal};
use common::{call, check_upgrade, Error, Opening, FAULTS};
use ic_cdk::api::{msg_caller, time};
use ic_cdk::{init, post_upgrade, pre_upgrade, query, trap, update};
use lock::is_locked;
use seeded_faults::has;
use serde::Deserialize;
use serde_bytes::ByteBuf;
use store::{with, Session};

#[derive(CandidType, Deserialize)]
struct InitArg {
    index: Principal,
    hash_chunks_per_message: Option<u32>,
    expiry_seconds: Option<u64>,
    faults: Option<Vec<String>>,
}

#[derive(CandidType)]
struct Status {
    length: u64,
    chunk_bytes: u32,
    chunks: u32,
    missing: Vec<u32>,
    is_finishing: bool,
    file: Option<u64>,
}

#[derive(CandidType)]
struct Info {
    length: u64,
    chunks: u32,
    sha256: ByteBuf,
}

#[init]
fn init(arg: InitArg) {
    configure(arg);
}

#[pre_upgrade]
fn pre_upgrade() {
    check_upgrade();
}

#[post_upgrade]
fn post_upgrade(arg: InitArg) {
    configure(arg);
}

fn configure(arg: InitArg) {
    with(|store| {
        let mut config = store.config.get().clone();
        config.index = arg.index;
        config.hash_chunks_per_message = arg.hash_chunks_per_message.unwrap_or(config.hash_chunks_per_message).max(1);
        config.expiry_ns = arg.expiry_seconds.map_or(config.expiry_ns, |s| s.saturating_mul(1_000_000_000));
        store.config.set(config);
    });
    seeded_faults::choose(arg.faults.unwrap_or_default(), FAULTS).unwrap_or_else(|text| trap(text));
}

// ---- uploads ----

#[update]
fn put(upload: u64, index: u32, data: ByteBuf) -> Result<(), Error> {
    with(|store| {
        let session = if has("put-by-anyone") {
            store.session(time(), upload)?
        } else {
            store.own_session(time(), msg_caller(), upload)?
        };
        check_in_progress(upload, &session)?;
        store.put(time(), upload, session, index, data.into_vec())
    })
}

#[update]
async fn finish(upload: u64, sha256: ByteBuf) -> Result<u64, Error> {
    finish::finish(msg_caller(), upload, sha256).await
}

#[update]
async fn cancel(upload: u64) -> Result<(), Error> {
    let index = with(|store| {
        let session = store.session(time(), upload)?;
        if !has("cancel-ignores-lock") {
            check_in_progress(upload, &session)?;
        }
        if has("cancel-before-owner-check") {
            store.end(upload);
        }
        if session.owner != msg_caller() {
            return Err(Error::Forbidden);
        }
        store.end(upload);
        Ok(store.config.get().index)
    })?;
    // If the index does not answer, it learns of the end when it collects.
    let released = call::<_, ()>(index, "release", (vec![upload],)).await;
    if released.is_ok() || has("release-not-remembered") {
        with(|store| store.ended.remove(&upload));
    }
    Ok(())
}

fn check_in_progress(upload: u64, session: &Session) -> Result<(), Error> {
    if session.file.is_some() {
        return Err(Error::Finished);
    }
    if is_locked(upload) || session.pending.is_some() {
        return Err(Error::Busy);
    }
    Ok(())
}

#[query]
fn status(upload: u64) -> Result<Status, Error> {
    with(|store| {
        let session = store.own_session(time(), msg_caller(), upload)?;
        Ok(Status {
            length: session.length,
            chunk_bytes: session.chunk_bytes,
            chunks: session.chunks(),
            missing: store.missing(upload, &session),
            is_finishing: is_locked(upload) || session.pending.is_some(),
            file: session.file,
        })
    })
}

// ---- files ----

#[query]
fn info(file: u64) -> Result<Info, Error> {
    let found = with(|store| store.own_file(msg_caller(), file))?;
    Ok(Info { length: found.length, chunks: found.chunks, sha256: found.sha256 })
}

#[query]
fn read(file: u64, index: u32) -> Result<ByteBuf, Error> {
    with(|store| {
        let found = store.own_file(msg_caller(), file)?;
        store.read(&found, index)
    })
}

// ---- calls of the index and of the bucket itself ----

#[update]
fn open(opening: Opening) {
    check_index();
    with(|store| store.open(time(), opening));
}

#[update]
fn ended() -> Vec<u64> {
    check_index();
    with(|store| store.ended(time()))
}

#[update]
fn forget(uploads: Vec<u64>) {
    check_index();
    with(|store| uploads.iter().for_each(|upload| _ = store.ended.remove(upload)));
}

#[update]
fn drop_file(file: u64) {
    check_index();
    with(|store| store.drop_file(file));
}

fn check_index() {
    if msg_caller() != with(|store| store.config.get().index) {
        trap("only the index may call this method");
    }
}

/// Does nothing. A finish that calls it goes on in a new message, with a new instruction limit.
#[update]
fn next_message() {}

/// The Candid interface in the public metadata section `candid:service`.
#[cfg(target_arch = "wasm32")]
mod metadata {
    const TEXT: &[u8] = include_bytes!("../../../bucket.did");
    #[used]
    #[link_section = "icp:public candid:service"]
    static SERVICE: [u8; TEXT.len()] = *include_bytes!("../../../bucket.did");
}

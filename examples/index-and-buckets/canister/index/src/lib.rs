//! The index: chooses the bucket of an upload, keeps the quotas of callers, and lists files.
//! `../../index-and-buckets.did` specifies every method.

mod store;

use candid::{CandidType, Principal};
use common::{call, check_upgrade, chunk_count, Commit, Error, Opening, FAULTS};
use ic_cdk::api::{is_controller, msg_caller};
use ic_cdk::futures::spawn;
use ic_cdk::{init, post_upgrade, pre_upgrade, query, trap, update};
use seeded_faults::has;
use serde::Deserialize;
use serde_bytes::ByteBuf;
use store::{with, Quota, Reservation};

#[derive(CandidType, Deserialize, Default)]
struct InitArg {
    chunk_bytes: Option<u32>,
    max_upload_bytes: Option<u64>,
    max_open_uploads: Option<u32>,
    max_bytes: Option<u64>,
    faults: Option<Vec<String>>,
}

#[derive(CandidType)]
struct Begun {
    upload: u64,
    bucket: Principal,
    chunk_bytes: u32,
    chunks: u32,
}

#[derive(CandidType)]
struct File {
    bucket: Principal,
    file: u64,
    name: String,
    length: u64,
    sha256: ByteBuf,
}

#[derive(CandidType)]
struct Open {
    upload: u64,
    bucket: Principal,
    name: String,
    length: u64,
}

#[init]
fn init(arg: Option<InitArg>) {
    configure(arg.unwrap_or_default());
}

#[pre_upgrade]
fn pre_upgrade() {
    check_upgrade();
}

#[post_upgrade]
fn post_upgrade(arg: Option<InitArg>) {
    configure(arg.unwrap_or_default());
}

fn configure(arg: InitArg) {
    with(|store| {
        let mut config = store.config.get().clone();
        config.chunk_bytes = arg.chunk_bytes.unwrap_or(config.chunk_bytes).max(1);
        config.max_upload_bytes = arg.max_upload_bytes.unwrap_or(config.max_upload_bytes);
        config.max_open_uploads = arg.max_open_uploads.unwrap_or(config.max_open_uploads);
        config.max_bytes = arg.max_bytes.unwrap_or(config.max_bytes);
        store.config.set(config);
    });
    seeded_faults::choose(arg.faults.unwrap_or_default(), FAULTS).unwrap_or_else(|text| trap(text));
}

#[update]
fn add_bucket(bucket: Principal) -> Result<(), Error> {
    if !is_controller(&msg_caller()) {
        return Err(Error::Forbidden);
    }
    with(|store| {
        if !store.buckets.contains_key(&bucket) {
            store.buckets.insert(bucket, 0);
        }
    });
    Ok(())
}

#[update]
async fn begin(name: String, length: u64) -> Result<Begun, Error> {
    let owner = msg_caller();
    if owner == Principal::anonymous() {
        return Err(Error::Forbidden);
    }
    let config = with(|store| store.config.get().clone());
    if length > config.max_upload_bytes {
        return Err(Error::TooLarge { max: config.max_upload_bytes });
    }
    if !with(|store| store.has_room(&owner, length)) {
        collect_ended().await;
    }
    let mut refusal = Error::Unavailable("there is no bucket".into());
    let buckets = with(|store| store.buckets_by_bytes());
    for &bucket in &buckets {
        let quota = with(|store| store.quota_of(&owner));
        // No call happens between this check and the reservation.
        let upload = with(|store| {
            let is_free = store.has_room(&owner, length);
            is_free.then(|| store.reserve(Reservation { owner, bucket, name: name.clone(), length }))
        });
        let Some(upload) = upload else { return Err(Error::QuotaExceeded) };
        let opening = Opening { upload, owner, length, chunk_bytes: config.chunk_bytes };
        match open(bucket, opening).await {
            Ok(()) => {
                if has("quota-written-after-await") {
                    with(|store| store.write_quota(&owner, quota, length));
                }
                let named = if has("two-buckets-for-one-upload") { buckets[0] } else { bucket };
                let (chunk_bytes, chunks) = (config.chunk_bytes, chunk_count(length, config.chunk_bytes));
                return Ok(Begun { upload, bucket: named, chunk_bytes, chunks });
            }
            Err(error) => {
                // Nobody learns the id of this upload, so the bucket discards it when it expires, if it was opened at all.
                if !has("quota-kept-after-reject") {
                    with(|store| store.release(&bucket, upload));
                }
                refusal = error;
            }
        }
    }
    // Nothing has changed, also if the answer of a bucket was lost.
    Err(match refusal {
        Error::Unknown(text) => Error::Unavailable(text),
        error => error,
    })
}

async fn open(bucket: Principal, opening: Opening) -> Result<(), Error> {
    if has("begin-before-open") {
        spawn(async move { drop(call::<_, ()>(bucket, "open", (opening,)).await) });
        return Ok(());
    }
    call(bucket, "open", (opening,)).await
}

/// Returns the quota of the uploads that ended without a release, for example because they expired or the release was lost, and drops
/// the deleted files that buckets may still have.
async fn collect_ended() {
    let buckets: Vec<Principal> = with(|store| store.buckets.keys().collect());
    for bucket in buckets {
        let Ok(ended) = call::<_, Vec<u64>>(bucket, "ended", ()).await else { continue };
        if ended.is_empty() {
            continue;
        }
        if !has("quota-kept-after-expiry") {
            release_all(&bucket, &ended);
        }
        // The bucket forgets them only now, so that a lost answer loses nothing.
        let _ = call::<_, ()>(bucket, "forget", (ended,)).await;
    }
    let dropping: Vec<(Principal, u64)> = with(|store| store.dropping.keys().collect());
    for (bucket, file) in dropping {
        let _ = drop_file(bucket, file, true).await;
    }
}

fn release_all(bucket: &Principal, uploads: &[u64]) {
    with(|store| uploads.iter().for_each(|upload| store.release(bucket, *upload)));
}

#[update]
async fn delete(bucket: Principal, file: u64) -> Result<(), Error> {
    with(|store| {
        let found = store.files.get(&(bucket, file)).ok_or(Error::NotFound)?;
        if found.owner != msg_caller() {
            return Err(Error::Forbidden);
        }
        store.files.remove(&(bucket, file));
        store.dropping.insert((bucket, file), found);
        Ok(())
    })?;
    drop_file(bucket, file, false).await
}

/// Drops a deleted file at its bucket, and returns its quota. If the bucket is unavailable, the file is listed again. If its answer is
/// lost, the next collection repeats the call: then, a reject does not tell whether the file is there.
async fn drop_file(bucket: Principal, file: u64, is_repeated: bool) -> Result<(), Error> {
    let dropped: Result<(), Error> = call(bucket, "drop_file", (file,)).await;
    if matches!(dropped, Err(Error::Unknown(_))) || (is_repeated && dropped.is_err()) {
        return dropped;
    }
    with(|store| {
        let Some(found) = store.dropping.remove(&(bucket, file)) else { return };
        match &dropped {
            Ok(()) => store.release_file(&bucket, &found),
            Err(_) => drop(store.files.insert((bucket, file), found)),
        }
    });
    dropped
}

#[query]
fn files() -> Vec<File> {
    let caller = msg_caller();
    with(|store| {
        let own = store.files.iter().filter_map(|entry| {
            let ((bucket, file), found) = (*entry.key(), entry.value());
            let is_own = found.owner == caller;
            is_own.then_some(File { bucket, file, name: found.name, length: found.length, sha256: found.sha256 })
        });
        own.collect()
    })
}

#[query]
fn uploads() -> Vec<Open> {
    let caller = msg_caller();
    with(|store| {
        let own = store.reservations.iter().filter_map(|entry| {
            let Reservation { owner, bucket, name, length } = entry.value();
            (owner == caller).then_some(Open { upload: *entry.key(), bucket, name, length })
        });
        own.collect()
    })
}

#[update]
async fn quota() -> Quota {
    collect_ended().await;
    with(|store| store.quota_of(&msg_caller()))
}

#[update]
fn commit(commit: Commit) -> Result<(), Error> {
    let is_committed = with(|store| store.commit(&msg_caller(), commit));
    is_committed.then_some(()).ok_or(Error::NotFound)
}

#[update]
fn release(uploads: Vec<u64>) {
    if !has("quota-kept-after-cancel") {
        release_all(&msg_caller(), &uploads);
    }
}

/// The Candid interface in the public metadata section `candid:service`.
#[cfg(target_arch = "wasm32")]
mod metadata {
    const TEXT: &[u8] = include_bytes!("../../../index-and-buckets.did");
    #[used]
    #[link_section = "icp:public candid:service"]
    static SERVICE: [u8; TEXT.len()] = *include_bytes!("../../../index-and-buckets.did");
}

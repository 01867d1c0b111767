//! Finishing an upload: hash its chunks in several messages, commit it at the index, and make it a file. The upload is locked
//! meanwhile.

use crate::lock::Lock;
use crate::store::{with, Session};
use candid::Principal;
use common::{call, Commit, Error};
use ic_cdk::api::{canister_self, time};
use seeded_faults::has;
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

pub async fn finish(caller: Principal, upload: u64, sha256: ByteBuf) -> Result<u64, Error> {
    let session = with(|store| store.own_session(time(), caller, upload))?;
    if let Some(file) = session.file {
        let is_same = with(|store| store.own_file(caller, file)).is_ok_and(|found| found.sha256 == sha256);
        return if is_same { Ok(file) } else { Err(Error::Finished) };
    }
    let _lock = Lock::take(upload).ok_or(Error::Busy)?;
    let missing = with(|store| store.missing(upload, &session));
    if !missing.is_empty() {
        if has("listed-before-complete") {
            let file = with(|store| store.next_file());
            commit(upload, file, &sha256).await?;
        }
        return Err(Error::Incomplete { missing });
    }
    let mut early = None;
    let digest = hash(upload, &session, &sha256, &mut early).await?;
    if digest != *sha256 {
        let is_one_message = session.chunks() <= with(|store| store.config.get().hash_chunks_per_message);
        if has("lock-kept-after-trap") && !is_one_message {
            ic_cdk::trap("the hash differs from that of the chunks");
        }
        return Err(Error::WrongHash);
    }
    match early {
        Some(file) => Ok(file),
        None => publish(upload, &sha256).await,
    }
}

/// Returns the hash of all chunks. `early` is the file that a seeded fault publishes.
async fn hash(upload: u64, session: &Session, sha256: &ByteBuf, early: &mut Option<u64>) -> Result<Vec<u8>, Error> {
    let mut hash = Sha256::new();
    let mut next = 0;
    loop {
        next = with(|store| store.hash_batch(upload, next, &mut hash));
        if next >= session.chunks() {
            return Ok(hash.finalize().to_vec());
        }
        if has("commit-after-first-batch") && early.is_none() {
            *early = Some(publish(upload, sha256).await?);
        }
        // A stopping canister rejects the call, and the rejection begins a new message, too.
        let _ = call::<_, ()>(canister_self(), "next_message", ()).await;
    }
}

/// Makes the upload a file. The file is readable before the index lists it.
async fn publish(upload: u64, sha256: &ByteBuf) -> Result<u64, Error> {
    let file = with(|store| store.prepare_file(upload, sha256.clone()))?;
    let committed = commit(upload, file, sha256).await;
    with(|store| match &committed {
        Ok(()) => store.settle_file(upload, file),
        Err(error) => {
            store.files.remove(&file);
            if *error == Error::NotFound {
                // The index has released the upload, so it will never list the file.
                store.discard(upload);
            }
        }
    });
    committed.map(|()| file)
}

/// Moves the upload to the files at the index.
async fn commit(upload: u64, file: u64, sha256: &ByteBuf) -> Result<(), Error> {
    let index = with(|store| store.config.get().index);
    let arg = Commit { upload, file, sha256: sha256.clone() };
    call::<_, Result<(), Error>>(index, "commit", (arg,)).await?
}

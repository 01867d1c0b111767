//! Finishing an upload: hash its chunks in several messages, commit it at the index, and make it a file. The upload is locked
//! meanwhile.

use crate::lock::Lock;
use crate::store::{with, Session, Store};
use candid::Principal;
use common::{call, call_self, Commit, Error};
use ic_cdk::api::time;
use ic_cdk::futures::spawn;
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
        let next_message = call_self("next_message").await;
        if has("stop-ends-finish") && next_message.is_err() {
            with(|store| store.end(upload));
            next_message?;
        }
    }
}

/// Makes the upload a file. The file is readable before the index lists it.
async fn publish(upload: u64, sha256: &ByteBuf) -> Result<u64, Error> {
    // Whether an earlier commit of the file may have been executed. A reject of a later one does not tell.
    let mut is_uncertain = with(|store| store.is_pending(upload));
    let file = with(|store| store.prepare_file(upload, sha256.clone()))?;
    if has("reply-before-commit") {
        with(|store| store.settle_file(upload, file));
        let sha256 = sha256.clone();
        spawn(async move { drop(commit(upload, file, &sha256).await) });
        return Ok(file);
    }
    let mut committed = commit(upload, file, sha256).await;
    if let Err(Error::Unknown(_)) = committed {
        is_uncertain = true;
        if has("retry-commits-twice") {
            with(|store| store.forget_pending(upload));
            let other = with(|store| store.prepare_file(upload, sha256.clone()))?;
            commit(upload, other, sha256).await?;
            with(|store| store.settle_file(upload, other));
            return Ok(other);
        }
        if !has("unknown-as-failure") && !has("unknown-as-success") {
            // The index accepts a repeated commit.
            committed = commit(upload, file, sha256).await;
        }
    }
    if has("trap-after-commit") && committed.is_ok() && with(|store| store.is_of_several_chunks(file)) {
        ic_cdk::trap("the file has several chunks");
    }
    let committed = match committed {
        Err(Error::Unavailable(text)) if is_uncertain && !has("reject-settles-unknown") => Err(Error::Unknown(text)),
        committed => committed,
    };
    with(|store| settle(store, upload, file, committed))
}

/// Records the answer of the index to a commit.
fn settle(store: &mut Store, upload: u64, file: u64, committed: Result<(), Error>) -> Result<u64, Error> {
    let Err(error) = committed else {
        store.settle_file(upload, file);
        return Ok(file);
    };
    match &error {
        Error::Unavailable(_) if has("reject-as-success") => store.settle_file(upload, file),
        Error::Unknown(_) if has("unknown-as-success") => store.settle_file(upload, file),
        Error::Unknown(_) if has("unknown-as-failure") => store.withdraw_file(upload, file),
        // A repeated finish commits the same file again.
        Error::Unknown(_) => {}
        Error::NotFound => {
            // The index has released the upload, so it will never list the file.
            store.files.remove(&file);
            store.discard(upload);
        }
        _ => store.withdraw_file(upload, file),
    }
    let is_settled = store.session_file(upload) == Some(file);
    if is_settled {
        Ok(file)
    } else {
        Err(error)
    }
}

/// Moves the upload to the files at the index.
async fn commit(upload: u64, file: u64, sha256: &ByteBuf) -> Result<(), Error> {
    let index = with(|store| store.config.get().index);
    let arg = Commit { upload, file, sha256: sha256.clone() };
    call::<_, Result<(), Error>>(index, "commit", (arg,)).await?
}

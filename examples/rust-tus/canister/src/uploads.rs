//! The rules of uploads. Every function checks before it changes anything.

use crate::store::{key_of, Store};
use crate::types::*;
use candid::Principal;
use seeded_faults::has;
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

/// Expired uploads that one create removes.
const SWEEP_MAX: usize = 10;
const READ_BYTES_MAX: u64 = 1 << 20;

pub struct Call {
    pub caller: Principal,
    pub now: u64,
}

impl Store {
    pub fn create(&mut self, call: &Call, arg: CreateArg) -> Result<Created, Error> {
        if call.caller == Principal::anonymous() {
            return Err(Error::Forbidden);
        }
        self.sweep(call.now);
        let config = self.config.get().clone();
        if arg.length > config.max_upload_bytes {
            return Err(Error::TooLarge { max: config.max_upload_bytes });
        }
        if let Some(created) = self.find_by_key(call, &arg)? {
            return Ok(created);
        }
        if self.open_count(&call.caller) >= config.max_open_uploads {
            return Err(Error::TooManyUploads);
        }
        let mut upload = Upload {
            owner: call.caller,
            name: arg.name,
            length: arg.length,
            key: arg.key,
            announced: arg.sha256,
            received: 0,
            sha256: None,
            expires_at_ns: config.expiry_ns.map(|ttl| call.now.saturating_add(ttl)),
        };
        let is_empty = upload.length == 0 && !has("empty-upload-never-completes");
        if is_empty && !matches(&upload.announced, &Sha256::digest([])) {
            return Err(Error::ChecksumMismatch);
        }
        let id = self.add(upload.clone());
        if is_empty {
            self.complete(id, &mut upload);
            self.uploads.insert(id, upload);
        }
        Ok(Created { id, offset: 0, max_chunk_bytes: config.max_chunk_bytes })
    }

    /// Returns the upload that an earlier create with this key made.
    fn find_by_key(&mut self, call: &Call, arg: &CreateArg) -> Result<Option<Created>, Error> {
        let Some(key) = &arg.key else { return Ok(None) };
        let Some(id) = self.keys.get(&key_of(&call.caller, key)) else { return Ok(None) };
        let Ok(mut upload) = self.find(call, id) else { return Ok(None) };
        if (&upload.name, upload.length, &upload.announced) != (&arg.name, arg.length, &arg.sha256) {
            return Err(Error::KeyConflict);
        }
        if has("key-resets-upload") && !upload.is_complete() {
            self.clear_bytes(id);
            upload.received = 0;
            self.uploads.insert(id, upload.clone());
        }
        let max_chunk_bytes = self.config.get().max_chunk_bytes;
        Ok(Some(Created { id, offset: upload.received, max_chunk_bytes }))
    }

    pub fn head(&self, call: &Call, id: u64) -> Result<Head, Error> {
        let upload = self.peek(call, id)?;
        Ok(Head {
            name: upload.name,
            offset: upload.received,
            length: upload.length,
            expires_at_ns: upload.expires_at_ns.filter(|_| upload.sha256.is_none()),
            sha256: upload.sha256,
        })
    }

    pub fn append(
        &mut self,
        call: &Call,
        id: u64,
        offset: u64,
        data: &[u8],
        sha256: Option<ByteBuf>,
    ) -> Result<Appended, Error> {
        let mut upload = if has("append-by-anyone") { self.any(call.now, id)? } else { self.find(call, id)? };
        if has("hash-before-offset-check") && !upload.is_complete() {
            self.hash_of(id).update(data);
        }
        let is_retry = has("retried-append-is-stored") && offset + data.len() as u64 == upload.received;
        if offset != upload.received && !is_retry {
            return Err(Error::WrongOffset { expected: upload.received });
        }
        let max = u64::from(self.config.get().max_chunk_bytes);
        if data.len() as u64 > max {
            return Err(Error::TooLarge { max });
        }
        let room = upload.length.saturating_sub(upload.received);
        if data.len() as u64 > room && !(has("length-not-checked") && !upload.is_complete()) {
            if has("offset-before-length-check") && !upload.is_complete() {
                upload.received += data.len() as u64;
                self.uploads.insert(id, upload);
            }
            return Err(Error::TooLarge { max: room });
        }
        if !matches(&sha256, &Sha256::digest(data)) {
            return Err(Error::ChecksumMismatch);
        }
        let min = u64::from(self.config.get().block_bytes / 4);
        if has("short-parts-refused") && (data.len() as u64) < room.min(min) {
            return Err(Error::TooLarge { max: room });
        }
        let data = &data[..data.len().min(room as usize)];
        if data.is_empty() {
            return Ok(Appended { offset, sha256: upload.sha256 });
        }
        let end = upload.received + data.len() as u64;
        let mut hash = self.hash_of(id).clone();
        if !has("hash-before-offset-check") {
            hash.update(data);
        }
        if end >= upload.length && !matches(&upload.announced, &hash.clone().finalize()) {
            return Err(Error::ChecksumMismatch);
        }
        *self.hash_of(id) = hash;
        self.append_bytes(id, upload.received, data);
        upload.received = end;
        self.renew(call.now, id, &mut upload);
        if upload.received >= upload.length {
            self.complete(id, &mut upload);
        }
        self.uploads.insert(id, upload.clone());
        Ok(Appended { offset: upload.received, sha256: upload.sha256 })
    }

    /// Makes an upload with all its bytes a file.
    fn complete(&mut self, id: u64, upload: &mut Upload) {
        let digest = self.hash_of(id).clone().finalize();
        self.seal(id);
        self.close(upload);
        if let Some(at) = upload.expires_at_ns.take() {
            self.deadlines.remove(&(at, id));
        }
        upload.sha256 = Some(ByteBuf::from(digest.to_vec()));
    }

    pub fn read(&self, call: &Call, id: u64, offset: u64, length: u32) -> Result<ByteBuf, Error> {
        let upload = self.peek(call, id)?;
        if !upload.is_complete() {
            return Err(Error::Incomplete);
        }
        let length = u64::from(length).min(READ_BYTES_MAX).min(upload.received.saturating_sub(offset));
        Ok(ByteBuf::from(self.read_bytes(id, offset, length)))
    }

    pub fn terminate(&mut self, call: &Call, id: u64) -> Result<(), Error> {
        let upload = match self.find(call, id) {
            Err(Error::Forbidden) if has("forbidden-terminate-removes") => {
                let upload = self.any(call.now, id)?;
                self.remove(id, &upload, true);
                return Err(Error::Forbidden);
            }
            #[cfg(feature = "faults")]
            Err(Error::NotFound) if has("undeclared-error") && id < self.config.get().next_id => {
                return Err(Error::Gone)
            }
            found => found?,
        };
        self.remove(id, &upload, !has("quota-kept-after-terminate"));
        Ok(())
    }

    pub fn list(&self, call: &Call) -> Vec<Entry> {
        let ids = self.owned.keys_range((call.caller, 0)..=(call.caller, u64::MAX)).map(|(_, id)| id);
        ids.filter_map(|id| {
            let upload = self.peek(call, id).ok()?;
            Some(Entry { id, name: upload.name, offset: upload.received, length: upload.length })
        })
        .filter(|entry| entry.offset > 0 || !has("empty-uploads-not-listed"))
        .collect()
    }

    // ---- finding and expiry ----

    fn peek(&self, call: &Call, id: u64) -> Result<Upload, Error> {
        let found = self.uploads.get(&id).filter(|upload| !upload.is_expired(call.now));
        let upload = found.ok_or(Error::NotFound)?;
        if upload.owner == call.caller {
            Ok(upload)
        } else {
            Err(Error::Forbidden)
        }
    }

    /// Returns the caller's upload. Removes it if it has expired.
    fn find(&mut self, call: &Call, id: u64) -> Result<Upload, Error> {
        self.any(call.now, id)?;
        self.peek(call, id)
    }

    /// Returns anyone's upload. Removes it if it has expired.
    fn any(&mut self, now: u64, id: u64) -> Result<Upload, Error> {
        let upload = self.uploads.get(&id).ok_or(Error::NotFound)?;
        if upload.is_expired(now) {
            self.expire(id, &upload);
            return Err(Error::NotFound);
        }
        Ok(upload)
    }

    fn expire(&mut self, id: u64, upload: &Upload) {
        self.remove(id, upload, !has("quota-kept-after-expiry"));
    }

    /// Removes the uploads that expired first.
    fn sweep(&mut self, now: u64) {
        let due: Vec<_> = self.deadlines.keys_range(..=(now, u64::MAX)).take(SWEEP_MAX).collect();
        for (at, id) in due {
            self.deadlines.remove(&(at, id));
            if let Some(upload) = self.uploads.get(&id) {
                self.expire(id, &upload);
            }
        }
    }

    /// Moves the expiry of an upload that has received bytes.
    fn renew(&mut self, now: u64, id: u64, upload: &mut Upload) {
        let Some(ttl) = self.config.get().expiry_ns else { return };
        let at = now.saturating_add(ttl);
        let earlier = upload.expires_at_ns.replace(at);
        if has("sweep-ignores-activity") {
            return;
        }
        if let Some(earlier) = earlier {
            self.deadlines.remove(&(earlier, id));
        }
        self.deadlines.insert((at, id), ());
    }
}

/// Whether the client announced no hash or this one.
fn matches(announced: &Option<ByteBuf>, digest: &[u8]) -> bool {
    announced.as_ref().is_none_or(|hash| hash.as_slice() == digest)
}

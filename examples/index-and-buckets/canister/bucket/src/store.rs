//! The state of a bucket. Everything but the locks is in stable memory, so an upgrade needs no hooks.

use candid::{CandidType, Principal};
use common::{chunk_count, storable, Error, Opening};
use ic_stable_structures::memory_manager::{MemoryId, MemoryManager, VirtualMemory};
use ic_stable_structures::{DefaultMemoryImpl, StableBTreeMap, StableCell};
use seeded_faults::has;
use serde::Deserialize;
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Pages of 64 KiB by which each structure grows.
const BUCKET_PAGES: u16 = 8;
/// Missing chunks that an answer names.
const MISSING_MAX: usize = 100;

type Memory = VirtualMemory<DefaultMemoryImpl>;
type Map<K, V> = StableBTreeMap<K, V, Memory>;

thread_local! {
    static STORE: RefCell<Store> = RefCell::new(Store::open_memory());
    /// Ids of files since the last upgrade, for a seeded fault.
    static FILES_SINCE_UPGRADE: Cell<u64> = const { Cell::new(0) };
    /// Files that the index may have listed, for a seeded fault.
    static PENDING: RefCell<BTreeMap<u64, u64>> = const { RefCell::new(BTreeMap::new()) };
}

/// Runs `work` on the state. No call to another canister happens meanwhile.
pub fn with<R>(work: impl FnOnce(&mut Store) -> R) -> R {
    STORE.with_borrow_mut(work)
}

#[derive(CandidType, Deserialize, Clone)]
pub struct Config {
    pub index: Principal,
    pub hash_chunks_per_message: u32,
    pub expiry_ns: u64,
    pub next_file: u64,
}
storable!(Config);

impl Default for Config {
    fn default() -> Self {
        let expiry_ns = 86_400_000_000_000;
        Self { index: Principal::management_canister(), hash_chunks_per_message: 64, expiry_ns, next_file: 1 }
    }
}

/// An upload in progress, or one that became a file.
#[derive(CandidType, Deserialize, Clone)]
pub struct Session {
    pub owner: Principal,
    pub length: u64,
    pub chunk_bytes: u32,
    pub expires_at_ns: u64,
    /// Set exactly if the upload is finished.
    pub file: Option<u64>,
    /// A file that the index may have listed: the answer to its commit is awaited, or was lost. Until a repeated finish has found
    /// out, the upload does not change.
    pub pending: Option<u64>,
}
storable!(Session);

impl Session {
    pub fn chunks(&self) -> u32 {
        chunk_count(self.length, self.chunk_bytes)
    }

    /// Returns the length of a chunk, or `None` if the upload has no such chunk.
    fn chunk_length(&self, index: u32) -> Option<u64> {
        let start = u64::from(index) * u64::from(self.chunk_bytes);
        (start < self.length).then(|| (self.length - start).min(u64::from(self.chunk_bytes)))
    }
}

#[derive(CandidType, Deserialize, Clone)]
pub struct File {
    pub owner: Principal,
    /// The upload whose chunks the file has.
    pub upload: u64,
    pub length: u64,
    pub chunks: u32,
    pub sha256: ByteBuf,
}
storable!(File);

pub struct Store {
    pub config: StableCell<Config, Memory>,
    sessions: Map<u64, Session>,
    chunks: Map<(u64, u32), Vec<u8>>,
    pub files: Map<u64, File>,
    /// Uploads that have ended and that the index has not released.
    pub ended: Map<u64, ()>,
}

impl Store {
    fn open_memory() -> Self {
        let manager = MemoryManager::init_with_bucket_size(DefaultMemoryImpl::default(), BUCKET_PAGES);
        let memory = |id| manager.get(MemoryId::new(id));
        Self {
            config: StableCell::init(memory(0), Config::default()),
            sessions: Map::init(memory(1)),
            chunks: Map::init(memory(2)),
            files: Map::init(memory(3)),
            ended: Map::init(memory(4)),
        }
    }

    // ---- sessions ----

    pub fn open(&mut self, now: u64, opening: Opening) {
        let Opening { upload, owner, length, chunk_bytes } = opening;
        let expires_at_ns = self.expiry_after(now);
        self.sessions.insert(upload, Session { owner, length, chunk_bytes, expires_at_ns, file: None, pending: None });
    }

    fn expiry_after(&self, now: u64) -> u64 {
        now.saturating_add(self.config.get().expiry_ns)
    }

    /// Returns an upload that has not expired.
    pub fn session(&self, now: u64, upload: u64) -> Result<Session, Error> {
        let found = self.sessions.get(&upload).ok_or(Error::NotFound)?;
        if is_expired(now, upload, &found) {
            return Err(Error::NotFound);
        }
        Ok(found)
    }

    /// Returns the caller's upload.
    pub fn own_session(&self, now: u64, caller: Principal, upload: u64) -> Result<Session, Error> {
        let session = self.session(now, upload)?;
        if session.owner == caller {
            Ok(session)
        } else {
            Err(Error::Forbidden)
        }
    }

    pub fn put(&mut self, now: u64, upload: u64, mut session: Session, index: u32, data: Vec<u8>) -> Result<(), Error> {
        if session.chunk_length(index) != Some(data.len() as u64) {
            return Err(Error::InvalidChunk);
        }
        self.chunks.insert((upload, index), data);
        if !has("sweep-ignores-activity") {
            session.expires_at_ns = self.expiry_after(now);
            self.sessions.insert(upload, session);
        }
        Ok(())
    }

    /// Returns the first missing chunks of an upload.
    pub fn missing(&self, upload: u64, session: &Session) -> Vec<u32> {
        let mut stored = self.chunks.keys_range((upload, 0)..=(upload, u32::MAX)).map(|(_, index)| index).peekable();
        let is_missing = |index: &u32| stored.next_if_eq(index).is_none();
        (0..session.chunks()).filter(is_missing).take(MISSING_MAX).collect()
    }

    /// Hashes the chunks of one message and returns the number of the next one.
    pub fn hash_batch(&self, upload: u64, from: u32, hash: &mut Sha256) -> u32 {
        let end = from.saturating_add(self.config.get().hash_chunks_per_message);
        for chunk in self.chunks.range((upload, from)..(upload, end)) {
            hash.update(chunk.value());
        }
        end
    }

    /// Removes an upload with its chunks.
    pub fn discard(&mut self, upload: u64) {
        self.sessions.remove(&upload);
        let keys: Vec<_> = self.chunks.keys_range((upload, 0)..=(upload, u32::MAX)).collect();
        for key in keys {
            self.chunks.remove(&key);
        }
    }

    /// Ends an upload. The index releases its quota later.
    pub fn end(&mut self, upload: u64) {
        self.discard(upload);
        self.ended.insert(upload, ());
    }

    /// Removes expired uploads, and returns all that have ended and that the index has not confirmed.
    pub fn ended(&mut self, now: u64) -> Vec<u64> {
        let expired = self.sessions.iter().filter(|entry| is_expired(now, *entry.key(), &entry.value()));
        let expired: Vec<u64> = expired.map(|entry| *entry.key()).collect();
        expired.into_iter().for_each(|upload| self.end(upload));
        let ended = self.ended.keys().collect();
        if has("ended-forgotten-too-early") {
            self.ended.clear_new();
        }
        ended
    }

    // ---- files ----

    pub fn next_file(&mut self) -> u64 {
        if has("file-ids-reused-after-upgrade") {
            FILES_SINCE_UPGRADE.set(FILES_SINCE_UPGRADE.get() + 1);
            return FILES_SINCE_UPGRADE.get();
        }
        let mut config = self.config.get().clone();
        let file = config.next_file;
        config.next_file += 1;
        self.config.set(config);
        file
    }

    /// Adds a file with the bytes of an upload, and returns its id. A file that the index may have listed stays the same.
    pub fn prepare_file(&mut self, upload: u64, sha256: ByteBuf) -> Result<u64, Error> {
        let session = self.sessions.get(&upload).ok_or(Error::NotFound)?;
        if let Some(file) = session.pending.or_else(|| PENDING.with_borrow(|pending| pending.get(&upload).copied())) {
            return Ok(file);
        }
        let (owner, length, chunks) = (session.owner, session.length, session.chunks());
        let file = self.next_file();
        self.files.insert(file, File { owner, upload, length, chunks, sha256 });
        if has("file-id-on-heap") {
            PENDING.with_borrow_mut(|pending| pending.insert(upload, file));
        } else {
            self.sessions.insert(upload, Session { pending: Some(file), ..session });
        }
        Ok(file)
    }

    /// Ends an upload that has become a file.
    pub fn settle_file(&mut self, upload: u64, file: u64) {
        if let Some(session) = self.sessions.get(&upload) {
            self.sessions.insert(upload, Session { file: Some(file), pending: None, ..session });
        }
    }

    /// Removes a file that the index certainly has not listed.
    pub fn withdraw_file(&mut self, upload: u64, file: u64) {
        PENDING.with_borrow_mut(|pending| pending.remove(&upload));
        self.files.remove(&file);
        if let Some(session) = self.sessions.get(&upload) {
            self.sessions.insert(upload, Session { pending: None, ..session });
        }
    }

    /// A seeded fault: the next finish prepares another file.
    pub fn forget_pending(&mut self, upload: u64) {
        if let Some(session) = self.sessions.get(&upload) {
            self.sessions.insert(upload, Session { pending: None, ..session });
        }
    }

    /// Returns the caller's file.
    pub fn own_file(&self, caller: Principal, file: u64) -> Result<File, Error> {
        let found = self.files.get(&file).ok_or(Error::NotFound)?;
        if found.owner == caller {
            Ok(found)
        } else {
            Err(Error::Forbidden)
        }
    }

    /// Returns whether the index may have listed a file of the upload.
    pub fn is_pending(&self, upload: u64) -> bool {
        let is_on_heap = PENDING.with_borrow(|pending| pending.contains_key(&upload));
        is_on_heap || self.sessions.get(&upload).is_some_and(|session| session.pending.is_some())
    }

    /// Returns the file of a finished upload.
    pub fn session_file(&self, upload: u64) -> Option<u64> {
        self.sessions.get(&upload).and_then(|session| session.file)
    }

    pub fn is_of_several_chunks(&self, file: u64) -> bool {
        self.files.get(&file).is_some_and(|file| file.chunks > 1)
    }

    pub fn read(&self, file: &File, index: u32) -> Result<ByteBuf, Error> {
        self.chunks.get(&(file.upload, index)).map(ByteBuf::from).ok_or(Error::InvalidChunk)
    }

    pub fn drop_file(&mut self, file: u64) {
        if let Some(File { upload, .. }) = self.files.remove(&file) {
            self.discard(upload);
        }
    }
}

fn is_expired(now: u64, upload: u64, session: &Session) -> bool {
    session.file.is_none() && session.pending.is_none() && now >= session.expires_at_ns && !crate::lock::is_locked(upload)
}

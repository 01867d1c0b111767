//! The canister's state. Everything but the running hashes is in stable memory, so an upgrade needs no hooks.

use crate::types::{Config, Upload};
use candid::Principal;
use ic_stable_structures::memory_manager::{MemoryId, MemoryManager, VirtualMemory};
use ic_stable_structures::{DefaultMemoryImpl, StableBTreeMap, StableCell};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::HashMap;

/// Pages of 64 KiB by which each structure grows.
const BUCKET_PAGES: u16 = 8;

type Memory = VirtualMemory<DefaultMemoryImpl>;
type Map<K, V> = StableBTreeMap<K, V, Memory>;

thread_local! {
    static STORE: RefCell<Store> = RefCell::new(Store::open());
}

pub fn with<R>(work: impl FnOnce(&mut Store) -> R) -> R {
    STORE.with_borrow_mut(work)
}

pub struct Store {
    pub config: StableCell<Config, Memory>,
    pub uploads: Map<u64, Upload>,
    /// The full blocks of each upload by block number, and after its completion also the last block.
    blocks: Map<(u64, u64), Vec<u8>>,
    /// The bytes after the last full block.
    tails: Map<u64, Vec<u8>>,
    /// The uploads of each caller.
    pub owned: Map<(Principal, u64), ()>,
    /// Uploads by owner and key.
    pub keys: Map<String, u64>,
    /// Number of incomplete uploads of each caller.
    open: Map<Principal, u32>,
    /// Incomplete uploads by the time at which they expire.
    pub deadlines: Map<(u64, u64), ()>,
    /// Running hashes. An upgrade loses them, and `hash_of` computes them again.
    hashes: HashMap<u64, Sha256>,
}

impl Store {
    fn open() -> Self {
        let manager = MemoryManager::init_with_bucket_size(DefaultMemoryImpl::default(), BUCKET_PAGES);
        let memory = |id| manager.get(MemoryId::new(id));
        Self {
            config: StableCell::init(memory(0), Config::default()),
            uploads: Map::init(memory(1)),
            blocks: Map::init(memory(2)),
            tails: Map::init(memory(3)),
            owned: Map::init(memory(4)),
            keys: Map::init(memory(5)),
            open: Map::init(memory(6)),
            deadlines: Map::init(memory(7)),
            hashes: HashMap::new(),
        }
    }

    // ---- bytes ----

    /// Stores bytes after those that the upload already has. Flushes the tail when it is full and more bytes follow.
    pub fn append_bytes(&mut self, id: u64, mut position: u64, mut data: &[u8]) {
        let block_bytes = self.config.get().block_bytes as usize;
        let mut tail = self.tails.get(&id).unwrap_or_default();
        while !data.is_empty() {
            if tail.len() == block_bytes {
                let block = position / block_bytes as u64 - 1;
                self.blocks.insert((id, block), std::mem::take(&mut tail));
            }
            let (piece, rest) = data.split_at(data.len().min(block_bytes - tail.len()));
            tail.extend_from_slice(piece);
            position += piece.len() as u64;
            data = rest;
        }
        self.tails.insert(id, tail);
    }

    /// Flushes the tail of a complete upload and forgets its running hash.
    pub fn seal(&mut self, id: u64) {
        let block_bytes = self.config.get().block_bytes as usize;
        self.hashes.remove(&id);
        let Some(tail) = self.tails.remove(&id) else { return };
        let is_flushed = seeded_faults::has("full-last-block-dropped") && tail.len() == block_bytes;
        if !tail.is_empty() && !is_flushed {
            let block = self.blocks.range((id, 0)..(id + 1, 0)).count() as u64;
            self.blocks.insert((id, block), tail);
        }
    }

    pub fn read_bytes(&self, id: u64, offset: u64, length: u64) -> Vec<u8> {
        let block_bytes = u64::from(self.config.get().block_bytes);
        let mut bytes = Vec::with_capacity(length as usize);
        let mut position = offset;
        while position < offset + length {
            let Some(block) = self.blocks.get(&(id, position / block_bytes)) else { break };
            let start = (position % block_bytes) as usize;
            let end = block.len().min(start + (offset + length - position) as usize);
            if start >= end {
                break;
            }
            bytes.extend_from_slice(&block[start..end]);
            position += (end - start) as u64;
        }
        bytes
    }

    /// Returns the running hash of the upload's bytes.
    pub fn hash_of(&mut self, id: u64) -> &mut Sha256 {
        let Self { hashes, blocks, tails, .. } = self;
        hashes.entry(id).or_insert_with(|| {
            let mut hash = Sha256::new();
            if seeded_faults::has("fresh-hash-after-upgrade") {
                return hash;
            }
            for block in blocks.range((id, 0)..(id + 1, 0)) {
                hash.update(block.value());
            }
            hash.update(tails.get(&id).unwrap_or_default());
            hash
        })
    }

    /// Forgets the bytes of an upload, which begins again at offset 0.
    pub fn clear_bytes(&mut self, id: u64) {
        let keys: Vec<_> = self.blocks.keys_range((id, 0)..(id + 1, 0)).collect();
        for key in keys {
            self.blocks.remove(&key);
        }
        self.tails.remove(&id);
        self.hashes.remove(&id);
    }

    // ---- uploads ----

    pub fn open_count(&self, owner: &Principal) -> u32 {
        self.open.get(owner).unwrap_or(0)
    }

    pub fn add(&mut self, upload: Upload) -> u64 {
        let mut config = self.config.get().clone();
        let id = config.next_id;
        config.next_id += 1;
        self.config.set(config);
        self.open.insert(upload.owner, self.open_count(&upload.owner) + 1);
        self.owned.insert((upload.owner, id), ());
        if let Some(key) = &upload.key {
            self.keys.insert(key_of(&upload.owner, key), id);
        }
        if let Some(at) = upload.expires_at_ns {
            self.deadlines.insert((at, id), ());
        }
        self.uploads.insert(id, upload);
        id
    }

    /// Returns a place among the open uploads to the owner.
    pub fn close(&mut self, upload: &Upload) {
        match self.open_count(&upload.owner) {
            0 | 1 => self.open.remove(&upload.owner),
            count => self.open.insert(upload.owner, count - 1),
        };
    }

    /// Removes an upload with its bytes. `closes`: an incomplete upload returns its place to the owner.
    pub fn remove(&mut self, id: u64, upload: &Upload, closes: bool) {
        self.clear_bytes(id);
        self.uploads.remove(&id);
        self.owned.remove(&(upload.owner, id));
        if let Some(key) = &upload.key {
            self.keys.remove(&key_of(&upload.owner, key));
        }
        if let Some(at) = upload.expires_at_ns {
            self.deadlines.remove(&(at, id));
        }
        if closes && !upload.is_complete() {
            self.close(upload);
        }
    }
}

pub fn key_of(owner: &Principal, key: &str) -> String {
    format!("{owner} {key}")
}

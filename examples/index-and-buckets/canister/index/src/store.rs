//! The state of the index. All of it is in stable memory, so an upgrade needs no hooks.

use candid::{CandidType, Principal};
use common::{storable, Commit};
use ic_stable_structures::memory_manager::{MemoryId, MemoryManager, VirtualMemory};
use ic_stable_structures::{DefaultMemoryImpl, StableBTreeMap, StableCell};
use seeded_faults::has;
use serde::Deserialize;
use serde_bytes::ByteBuf;
use std::cell::RefCell;

/// Pages of 64 KiB by which each structure grows.
const BUCKET_PAGES: u16 = 8;

type Memory = VirtualMemory<DefaultMemoryImpl>;
type Map<K, V> = StableBTreeMap<K, V, Memory>;

thread_local! {
    static STORE: RefCell<Store> = RefCell::new(Store::open());
}

/// Runs `work` on the state. No call to another canister happens meanwhile.
pub fn with<R>(work: impl FnOnce(&mut Store) -> R) -> R {
    STORE.with_borrow_mut(work)
}

#[derive(CandidType, Deserialize, Clone)]
pub struct Config {
    pub chunk_bytes: u32,
    pub max_upload_bytes: u64,
    pub max_open_uploads: u32,
    pub max_bytes: u64,
    pub next_upload: u64,
}
storable!(Config);

impl Default for Config {
    fn default() -> Self {
        Self {
            chunk_bytes: 1_000_000,
            max_upload_bytes: 256 << 20,
            max_open_uploads: 8,
            max_bytes: 4 << 30,
            next_upload: 1,
        }
    }
}

/// An upload in progress.
#[derive(CandidType, Deserialize, Clone)]
pub struct Reservation {
    pub owner: Principal,
    pub bucket: Principal,
    pub name: String,
    pub length: u64,
}
storable!(Reservation);

#[derive(CandidType, Deserialize, Clone)]
pub struct File {
    pub owner: Principal,
    pub upload: u64,
    pub name: String,
    pub length: u64,
    pub sha256: ByteBuf,
}
storable!(File);

/// What a caller uses.
#[derive(CandidType, Deserialize, Clone, Default, PartialEq)]
pub struct Quota {
    pub open_uploads: u32,
    pub reserved_bytes: u64,
    pub file_bytes: u64,
}
storable!(Quota);

pub struct Store {
    pub config: StableCell<Config, Memory>,
    /// Bytes of files and uploads in each bucket.
    pub buckets: Map<Principal, u64>,
    pub reservations: Map<u64, Reservation>,
    /// By bucket and the bucket's id of the file.
    pub files: Map<(Principal, u64), File>,
    quotas: Map<Principal, Quota>,
    /// Deleted files that the bucket may still have.
    pub dropping: Map<(Principal, u64), File>,
}

impl Store {
    fn open() -> Self {
        let manager = MemoryManager::init_with_bucket_size(DefaultMemoryImpl::default(), BUCKET_PAGES);
        let memory = |id| manager.get(MemoryId::new(id));
        Self {
            config: StableCell::init(memory(0), Config::default()),
            buckets: Map::init(memory(1)),
            reservations: Map::init(memory(2)),
            files: Map::init(memory(3)),
            quotas: Map::init(memory(4)),
            dropping: Map::init(memory(5)),
        }
    }

    pub fn quota_of(&self, owner: &Principal) -> Quota {
        self.quotas.get(owner).unwrap_or_default()
    }

    pub fn has_room(&self, owner: &Principal, length: u64) -> bool {
        let (quota, config) = (self.quota_of(owner), self.config.get());
        let bytes = quota.reserved_bytes + quota.file_bytes + length;
        quota.open_uploads < config.max_open_uploads && bytes <= config.max_bytes
    }

    /// Returns the buckets, that with the fewest bytes first.
    pub fn buckets_by_bytes(&self) -> Vec<Principal> {
        let mut buckets: Vec<(u64, Principal)> =
            self.buckets.iter().map(|entry| (entry.value(), *entry.key())).collect();
        buckets.sort();
        buckets.into_iter().map(|(_, bucket)| bucket).collect()
    }

    pub fn reserve(&mut self, reservation: Reservation) -> u64 {
        let mut config = self.config.get().clone();
        let upload = config.next_upload;
        config.next_upload += 1;
        self.config.set(config);
        let length = reservation.length;
        self.change_quota(&reservation.owner, |quota| {
            quota.open_uploads += 1;
            quota.reserved_bytes += length;
        });
        self.change_bucket(&reservation.bucket, |bytes| bytes + length);
        self.reservations.insert(upload, reservation);
        upload
    }

    /// Ends an upload that `bucket` has, and returns its quota.
    pub fn release(&mut self, bucket: &Principal, upload: u64) {
        let Some(reservation) = self.take(bucket, upload) else { return };
        self.change_bucket(bucket, |bytes| bytes - reservation.length);
    }

    /// Moves an upload to the files of its owner. A commit may be repeated, because its answer may be lost.
    pub fn commit(&mut self, bucket: &Principal, Commit { upload, file, sha256 }: Commit) -> bool {
        let known = self.files.get(&(*bucket, file));
        if known.is_some_and(|known| known.upload == upload) && !has("commit-not-repeatable") {
            return true;
        }
        let Some(Reservation { owner, name, length, .. }) = self.take(bucket, upload) else {
            return has("retry-commits-twice") && self.list_again(bucket, upload, file);
        };
        self.change_quota(&owner, |quota| quota.file_bytes += length);
        self.files.insert((*bucket, file), File { owner, upload, name, length, sha256 });
        true
    }

    /// A seeded fault: lists the file of an upload once more.
    fn list_again(&mut self, bucket: &Principal, upload: u64, file: u64) -> bool {
        let known = self.files.values().find(|known| known.upload == upload);
        let Some(known) = known else { return false };
        self.change_quota(&known.owner, |quota| quota.file_bytes += known.length);
        self.files.insert((*bucket, file), known);
        true
    }

    /// Removes the reservation of an upload and returns its quota.
    fn take(&mut self, bucket: &Principal, upload: u64) -> Option<Reservation> {
        self.reservations.get(&upload).filter(|reservation| reservation.bucket == *bucket)?;
        let reservation = self.reservations.remove(&upload)?;
        self.change_quota(&reservation.owner, |quota| {
            quota.open_uploads = quota.open_uploads.saturating_sub(1);
            quota.reserved_bytes = quota.reserved_bytes.saturating_sub(reservation.length);
        });
        Some(reservation)
    }

    /// Returns the quota of a file that the bucket has dropped.
    pub fn release_file(&mut self, bucket: &Principal, file: &File) {
        self.change_quota(&file.owner, |quota| quota.file_bytes -= file.length);
        self.change_bucket(bucket, |bytes| bytes - file.length);
    }

    /// A seeded fault: overwrites the quota with one that was read earlier, plus an upload.
    pub fn write_quota(&mut self, owner: &Principal, earlier: Quota, length: u64) {
        self.change_quota(owner, |quota| {
            *quota = Quota {
                open_uploads: earlier.open_uploads + 1,
                reserved_bytes: earlier.reserved_bytes + length,
                ..earlier
            }
        });
    }

    fn change_quota(&mut self, owner: &Principal, change: impl FnOnce(&mut Quota)) {
        let mut quota = self.quota_of(owner);
        change(&mut quota);
        if quota == Quota::default() {
            self.quotas.remove(owner);
        } else {
            self.quotas.insert(*owner, quota);
        }
    }

    fn change_bucket(&mut self, bucket: &Principal, change: impl FnOnce(u64) -> u64) {
        let bytes = self.buckets.get(bucket).unwrap_or(0);
        self.buckets.insert(*bucket, change(bytes));
    }
}

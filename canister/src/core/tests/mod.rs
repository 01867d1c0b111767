//! Native tests of the core, with memories in vectors and a clock that tests control.

#[cfg(feature = "faults")]
mod faults;
mod finish;
mod hash_and_files;
mod http;
mod http_limits;
mod lifecycle;
mod memories;
mod random;
mod upgrade;

use super::finish::Finish;
use super::hash::sha256;
use super::header::Limits;
use super::store::Store;
use super::types::*;
use super::{Call, Host};
use candid::Principal;
use ic_stable_structures::VectorMemory;
use std::cell::{Cell, RefCell};

pub const HOUR: u64 = 3_600_000_000_000;

#[derive(Default)]
pub struct TestHost {
    pub now: Cell<u64>,
    pub lines: RefCell<Vec<String>>,
}

impl Host for TestHost {
    fn now(&self) -> u64 {
        self.now.get()
    }
    fn log(&self, line: &str) {
        self.lines.borrow_mut().push(line.to_string());
    }
}

/// A canister without a replica.
pub struct Bench {
    pub host: TestHost,
    pub memories: Vec<VectorMemory>,
    pub store: Store<VectorMemory>,
}

pub fn alice() -> Principal {
    Principal::from_slice(&[1; 29])
}

pub fn bob() -> Principal {
    Principal::from_slice(&[2])
}

impl Bench {
    /// Creates a canister with chunks of 100 bytes, and a capsule of Alice.
    pub fn new() -> Bench {
        Bench::with(InitArg { chunk_size: Some(100), ..InitArg::default() })
    }

    pub fn with(arg: InitArg) -> Bench {
        let memories: Vec<VectorMemory> = (0..10).map(|_| VectorMemory::default()).collect();
        let store = Store::create(|id| memories[usize::from(id)].clone(), &arg).unwrap();
        let mut bench = Bench { host: TestHost::default(), memories, store };
        bench.host.now.set(1_000);
        bench.call(alice(), |store, call| store.create_capsule(call, None)).unwrap();
        bench
    }

    pub fn upgrade(&mut self, arg: InitArg) -> Result<(), String> {
        self.store = Store::reopen(|id| self.memories[usize::from(id)].clone(), &arg)?;
        Ok(())
    }

    pub fn pass(&self, ns: u64) {
        self.host.now.set(self.host.now.get() + ns);
    }

    pub fn call<R>(&mut self, caller: Principal, work: impl FnOnce(&mut Store<VectorMemory>, &Call<'_>) -> R) -> R {
        work(&mut self.store, &Call { caller, host: &self.host })
    }

    pub fn begin(&mut self, bytes: u64, key: &str) -> Result<u64, Error> {
        let chunks = bytes.div_ceil(self.store.header.limits.chunk_size) as u32;
        self.call(alice(), |store, call| store.begin(call, "capsule_1", &asset("a", bytes), chunks, key))
    }

    pub fn put(&mut self, id: u64, index: u32, bytes: &[u8]) -> Result<(), Error> {
        self.call(alice(), |store, call| store.put_chunk(call, id, index, Ok(&bytes)))
    }

    /// Puts every chunk of `data` in order.
    pub fn put_all(&mut self, id: u64, data: &[u8]) {
        let chunk_size = self.store.header.limits.chunk_size as usize;
        for (index, chunk) in data.chunks(chunk_size).enumerate() {
            self.put(id, index as u32, chunk).unwrap();
        }
    }

    /// Finishes with the hash of `data`, in as many steps as needed.
    pub fn finish(&mut self, id: u64, data: &[u8]) -> Result<UploadFinishResult, Error> {
        let digest = sha256(data);
        let len = data.len() as u64;
        let mut finish = self.call(alice(), |store, call| store.finish(call, id, Ok(&digest), len))?;
        loop {
            match finish {
                Finish::Done(result) => return Ok(result),
                Finish::Hashing { ticket } => {
                    self.call(alice(), |store, call| store.finish_step(call, id, ticket))?;
                    finish = self.call(alice(), |store, call| store.finish_next(call, id, ticket))?;
                }
            }
        }
    }

    pub fn status(&mut self, id: u64) -> Result<UploadStatus, Error> {
        self.call(alice(), |store, call| store.status(call, id))
    }

    pub fn state(&mut self, id: u64) -> SessionState {
        self.status(id).unwrap().state
    }

    pub fn read(&mut self, locator: &str) -> Result<Vec<u8>, Error> {
        let (file, start, len) = self.call(alice(), |store, call| store.blob_range(call, locator))?;
        let mut bytes = vec![0; len as usize];
        self.store.blocks.read(&file, start, &mut bytes);
        Ok(bytes)
    }
}

pub fn asset(name: &str, bytes: u64) -> AssetMetadata {
    AssetMetadata::Note(NoteMetadata {
        word_count: None,
        language: None,
        format: None,
        base: AssetBase {
            name: name.to_string(),
            mime_type: "text/plain".to_string(),
            bytes,
            asset_type: AssetKind::Original,
            width: None,
            height: None,
            sha256: None,
            tags: Vec::new(),
            description: None,
            created_at: 0,
            updated_at: 0,
            deleted_at: None,
            url: None,
            storage_key: None,
            bucket: None,
            asset_location: None,
            processing_status: None,
            processing_error: None,
        },
    })
}

/// Returns pseudorandom bytes for a seed.
pub fn data(seed: u64, len: usize) -> Vec<u8> {
    let mut rng = Rng(seed + 1);
    (0..len).map(|_| rng.below(256) as u8).collect()
}

/// A small random number generator (xorshift64*), so that a seed reproduces a failure.
pub struct Rng(pub u64);

impl Rng {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) % bound
    }
}

/// Returns the name of an error's kind.
pub fn kind(error: &Error) -> &'static str {
    match error {
        Error::Internal(_) => "Internal",
        Error::NotFound => "NotFound",
        Error::Unauthorized => "Unauthorized",
        Error::InvalidArgument(_) => "InvalidArgument",
        Error::ResourceExhausted => "ResourceExhausted",
        Error::NotImplemented(_) => "NotImplemented",
        Error::Conflict(_) => "Conflict",
        Error::InvalidState(_) => "InvalidState",
        Error::ChecksumMismatch { .. } => "ChecksumMismatch",
    }
}

/// Fails unless the result is an error of this kind.
pub fn assert_err<T: std::fmt::Debug>(result: Result<T, Error>, expected: &str) {
    assert_eq!(kind(&result.unwrap_err()), expected);
}

#[test]
fn limits_above_a_ceiling_are_clamped() {
    let arg = InitArg { max_chunks: Some(u32::MAX), hash_bytes_per_call: Some(1), ..InitArg::default() };
    let limits = Limits::default().with(&arg).unwrap();
    assert_eq!((limits.max_chunks, limits.hash_bytes_per_call), (1_000_000, 64));
    let arg = InitArg { hash_bytes_per_call: Some(u64::MAX), ..InitArg::default() };
    assert_eq!(Limits::default().with(&arg).unwrap().hash_bytes_per_call, 268_435_456);
    assert!(Limits::default().with(&InitArg { chunk_size: Some(0), ..InitArg::default() }).is_err());
}

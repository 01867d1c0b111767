//! Blobs: the bytes of finished uploads, read back whole or chunk by chunk.

use super::capsules::capsule_name;
use super::codec::{Reader, Writer};
use super::file::File;
use super::store::{parse_name, Store};
use super::types::{BlobMeta, Error};
use super::Call;
use crate::fault::seams;
use candid::Principal;
use ic_stable_structures::Memory;
use serde_bytes::ByteBuf;

/// The largest blob that `blob_read` returns, in bytes.
pub const BLOB_READ_MAX: u64 = 2_000_000;
/// The largest chunk that `blob_read_chunk` returns, in bytes: a reply of 2 MiB less its Candid frame.
const CHUNK_READ_MAX: u64 = 2_097_000;

/// The locator of a blob.
pub fn blob_name(id: u64) -> String {
    format!("blob_{id}")
}

/// The stored record of a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobRecord {
    pub owner: Principal,
    pub capsule: u64,
    pub file: File,
    pub digest: [u8; 32],
    /// The chunk size of the session that created the blob.
    pub chunk_size: u64,
    pub uploaded_at: u64,
    /// Number of assets of memories that refer to the blob.
    pub references: u32,
    pub name: String,
    pub mime_type: String,
}

impl BlobRecord {
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.principal(&self.owner).u64(self.capsule).u32(self.file.root).u64(self.file.len).raw(&self.digest);
        w.u64(self.chunk_size).u64(self.uploaded_at).u32(self.references);
        w.bytes(self.name.as_bytes()).bytes(self.mime_type.as_bytes());
        w.0
    }

    pub fn decode(record: &[u8]) -> BlobRecord {
        let mut r = Reader(record);
        BlobRecord {
            owner: r.principal(),
            capsule: r.u64(),
            file: File { root: r.u32(), len: r.u64() },
            digest: r.array(),
            chunk_size: r.u64(),
            uploaded_at: r.u64(),
            references: r.u32(),
            name: r.text(),
            mime_type: r.text(),
        }
    }

    /// Number of chunks. The last one may be shorter than `chunk_size`.
    fn chunk_count(&self) -> u32 {
        self.file.len.div_ceil(self.chunk_size) as u32
    }
}

impl<M: Memory> Store<M> {
    /// Returns a blob's metadata. Errors: `NotFound`, `Unauthorized`.
    pub fn blob_meta(&self, call: &Call<'_>, locator: &str) -> Result<BlobMeta, Error> {
        let (id, blob) = self.own_blob(call, locator)?;
        Ok(BlobMeta {
            blob_id: blob_name(id),
            capsule_id: capsule_name(blob.capsule),
            chunk_count: blob.chunk_count(),
            name: blob.name,
            mime_type: blob.mime_type,
            size: blob.file.len,
            checksum_sha256: Some(ByteBuf::from(blob.digest)),
            chunk_size: blob.chunk_size,
            uploaded_at: blob.uploaded_at,
            references: blob.references,
        })
    }

    /// Returns the file, offset, and length of a whole blob. Errors: `NotFound`, `Unauthorized`, `ResourceExhausted`.
    pub fn blob_range(&self, call: &Call<'_>, locator: &str) -> Result<(File, u64, u64), Error> {
        let (_, blob) = self.own_blob(call, locator)?;
        if blob.file.len > BLOB_READ_MAX {
            return Err(Error::ResourceExhausted);
        }
        Ok((blob.file, 0, blob.file.len))
    }

    /// Returns the file, offset, and length of one chunk. Errors: `NotFound`, `Unauthorized`, `InvalidArgument`,
    /// `ResourceExhausted`.
    pub fn blob_chunk_range(&self, call: &Call<'_>, locator: &str, index: u32) -> Result<(File, u64, u64), Error> {
        let (_, mut blob) = self.own_blob(call, locator)?;
        blob.chunk_size = seams::read_chunk_size(blob.chunk_size);
        if index >= blob.chunk_count() {
            let text = format!("chunk {index} of a blob of {} chunks", blob.chunk_count());
            return Err(Error::InvalidArgument(text));
        }
        let start = u64::from(index) * blob.chunk_size;
        let len = blob.chunk_size.min(blob.file.len - start);
        if len > CHUNK_READ_MAX {
            return Err(Error::ResourceExhausted);
        }
        Ok((blob.file, start, len))
    }

    fn own_blob(&self, call: &Call<'_>, locator: &str) -> Result<(u64, BlobRecord), Error> {
        let (id, blob) = self.find_blob(locator).ok_or(Error::NotFound)?;
        self.check_owner(call, &blob.owner)?;
        Ok((id, blob))
    }

    /// Finds the blob that a locator names.
    pub fn find_blob(&self, locator: &str) -> Option<(u64, BlobRecord)> {
        let id = parse_name("blob_", locator)?;
        Some((id, BlobRecord::decode(&self.blobs.get(&id)?)))
    }

    /// Counts one more reference to the blob.
    pub fn retain_blob(&mut self, id: u64) {
        let record = self.blobs.get(&id).expect("a memory refers to a blob that is not there");
        let mut blob = BlobRecord::decode(&record);
        blob.references += 1;
        self.blobs.insert(id, blob.encode());
    }

    /// Counts one reference less. Deletes the blob and frees its blocks when no reference is left.
    pub fn release_blob(&mut self, id: u64) {
        let Some(record) = self.blobs.get(&id) else { return };
        let mut blob = BlobRecord::decode(&record);
        blob.references -= 1;
        if seams::blob_is_kept(blob.references > 0) {
            self.blobs.insert(id, blob.encode());
            return;
        }
        self.blocks.free(&mut blob.file);
        self.blobs.remove(&id);
        self.header.bytes_stored -= blob.file.len;
    }
}

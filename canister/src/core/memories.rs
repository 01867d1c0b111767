//! Memories: groups of one to four assets. Each asset is a reference to a blob, or has inline bytes. A blob exists as long
//! as a memory refers to it.

use super::asset_codec;
use super::blobs::blob_name;
use super::capsules::capsule_name;
use super::codec::{Reader, Writer};
use super::file::File;
use super::metadata::{kind_code, kind_from_code, NAME_MAX};
use super::store::{capsule_link, parse_name, LinkKind, Store};
use super::types::{self, AssetInput, AssetKind, AssetSummary, Error, MemoryAsset, MemorySummary};
use super::Call;
use crate::fault::seams;
use candid::Principal;
use ic_stable_structures::Memory;
use serde_bytes::ByteBuf;

/// The largest number of assets in a memory.
const ASSETS_MAX: usize = 4;
/// The largest total of inline bytes in a memory: `memories_read` returns them in one reply.
const INLINE_TOTAL_MAX: usize = 1_900_000;
/// The largest number of blob references that one call looks up, far above `ASSETS_MAX`.
const LOOKUPS_MAX: usize = 10_000;

/// The name of a memory.
pub fn memory_name(id: u64) -> String {
    format!("memory_{id}")
}

/// The stored record of an asset: a reference to a blob, or a file of inline bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAsset {
    pub kind: AssetKind,
    pub blob: Option<u64>,
    pub size: u64,
    pub inline_root: u32,
    pub mime_type: Option<String>,
}

impl StoredAsset {
    /// Returns the file of inline bytes.
    pub fn inline_file(&self) -> File {
        File { root: self.inline_root, len: self.size }
    }

    fn summary(&self) -> AssetSummary {
        AssetSummary { kind: self.kind, blob_id: self.blob.map(blob_name), size: self.size }
    }
}

/// The stored record of a memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryRecord {
    pub owner: Principal,
    pub capsule: u64,
    pub created_at: u64,
    /// The metadata of an upload, encoded by `asset_codec`.
    pub metadata: Option<Vec<u8>>,
    pub assets: Vec<StoredAsset>,
}

impl MemoryRecord {
    fn encode(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.principal(&self.owner).u64(self.capsule).u64(self.created_at);
        w.opt_bytes(self.metadata.as_deref()).u8(self.assets.len() as u8);
        for asset in &self.assets {
            w.u8(kind_code(asset.kind)).u64(asset.blob.unwrap_or(0)).u64(asset.size).u32(asset.inline_root);
            w.opt_bytes(asset.mime_type.as_ref().map(|mime| mime.as_bytes()));
        }
        w.0
    }

    pub fn decode(record: &[u8]) -> MemoryRecord {
        let mut r = Reader(record);
        let (owner, capsule, created_at) = (r.principal(), r.u64(), r.u64());
        let metadata = r.opt_bytes().map(<[u8]>::to_vec);
        let count = r.u8();
        let assets = (0..count).map(|_| StoredAsset {
            kind: kind_from_code(r.u8()),
            blob: Some(r.u64()).filter(|id| *id != 0),
            size: r.u64(),
            inline_root: r.u32(),
            mime_type: r.opt_text(),
        });
        MemoryRecord { assets: assets.collect(), owner, capsule, created_at, metadata }
    }

    fn summary(&self, id: u64) -> MemorySummary {
        MemorySummary {
            memory_id: memory_name(id),
            capsule_id: capsule_name(self.capsule),
            created_at: self.created_at,
            assets: self.assets.iter().map(StoredAsset::summary).collect(),
        }
    }
}

impl<M: Memory> Store<M> {
    /// Creates a memory. Errors: `NotFound`, `Unauthorized`, `InvalidArgument`, `ResourceExhausted`.
    pub fn create_memory(
        &mut self,
        call: &Call<'_>,
        capsule: &str,
        inputs: &[AssetInput],
    ) -> Result<MemorySummary, Error> {
        self.seam_update_starts();
        let found = parse_name("capsule_", capsule).and_then(|id| Some((id, self.capsule_owner(id)?)));
        let (capsule, owner) = found.ok_or(Error::NotFound)?;
        let blobs = self.check_references(call, &owner, inputs)?;
        check_assets(inputs)?;
        self.check_inline(inputs)?;
        let mut memory = MemoryRecord { owner, capsule, created_at: call.now(), metadata: None, assets: Vec::new() };
        for (input, blob) in inputs.iter().zip(blobs) {
            memory.assets.push(self.store_asset(input, blob));
        }
        let id = self.header.next_memory;
        self.header.next_memory += 1;
        self.add_memory(id, &memory);
        self.save();
        call.log(&format!("MEMORY_OK id={id} assets={}", inputs.len()));
        Ok(memory.summary(id))
    }

    /// Returns the id, size, and MIME type of each asset's blob. Errors: `NotFound` if any blob is missing, else
    /// `Unauthorized`.
    #[allow(clippy::type_complexity)]
    fn check_references(
        &self,
        call: &Call<'_>,
        owner: &Principal,
        inputs: &[AssetInput],
    ) -> Result<Vec<Option<(u64, u64, String)>>, Error> {
        let mut owners = vec![*owner];
        let mut blobs = Vec::new();
        // The caller refuses more than `ASSETS_MAX` assets, but a missing blob takes precedence.
        for input in inputs.iter().take(LOOKUPS_MAX) {
            let blob = match &input.blob_id {
                Some(locator) => Some(self.find_blob(locator).ok_or(Error::NotFound)?),
                None => None,
            };
            owners.extend(blob.iter().map(|(_, blob)| blob.owner));
            blobs.push(blob.map(|(id, blob)| (id, blob.file.len, blob.mime_type)));
        }
        owners.iter().try_for_each(|owner| self.check_owner(call, owner))?;
        Ok(blobs)
    }

    /// Returns `ResourceExhausted` for inline bytes that exceed a limit or do not fit into stable memory.
    fn check_inline(&mut self, inputs: &[AssetInput]) -> Result<(), Error> {
        let inline = || inputs.iter().filter_map(|input| input.inline_bytes.as_ref());
        let total: usize = inline().map(|bytes| bytes.len()).sum();
        let inline_max = self.header.limits.inline_max;
        let one_too_large = inline().any(|bytes| seams::inline_size(bytes.len() as u64) > inline_max);
        let long_type = inputs.iter().any(|i| i.mime_type.as_ref().is_some_and(|mime| mime.len() > NAME_MAX));
        if one_too_large || long_type || total > INLINE_TOTAL_MAX {
            return Err(Error::ResourceExhausted);
        }
        let blocks = inline().map(|bytes| File::new(bytes.len() as u64).blocks_for(0, bytes.len() as u64)).sum();
        self.blocks.reserve(blocks).map_err(|_| Error::ResourceExhausted)
    }

    fn store_asset(&mut self, input: &AssetInput, blob: Option<(u64, u64, String)>) -> StoredAsset {
        if let Some((id, size, mime_type)) = blob {
            self.retain_blob(id);
            let mime_type = Some(input.mime_type.clone().unwrap_or(mime_type));
            return StoredAsset { kind: input.kind, blob: Some(id), size, inline_root: 0, mime_type };
        }
        let bytes = input.inline_bytes.as_ref().map_or(&[][..], |bytes| bytes.as_slice());
        let mut file = File::new(bytes.len() as u64);
        self.blocks.write(&mut file, 0, bytes).expect("the blocks were reserved");
        self.header.bytes_inline += file.len;
        StoredAsset {
            kind: input.kind,
            blob: None,
            size: file.len,
            inline_root: file.root,
            mime_type: input.mime_type.clone(),
        }
    }

    /// Adds a memory and its link.
    pub fn add_memory(&mut self, id: u64, memory: &MemoryRecord) {
        self.memories.insert(id, memory.encode());
        self.add_link(capsule_link(LinkKind::MemoryOfCapsule, memory.capsule, id));
    }

    /// Returns a memory with its inline bytes. Errors: `NotFound`, `Unauthorized`.
    pub fn read_memory(&self, call: &Call<'_>, name: &str) -> Result<types::Memory, Error> {
        let (id, memory) = self.own_memory(call, name)?;
        let assets = memory.assets.iter().map(|asset| self.read_asset(asset)).collect();
        Ok(types::Memory {
            memory_id: memory_name(id),
            capsule_id: capsule_name(memory.capsule),
            created_at: memory.created_at,
            metadata: memory.metadata.map(|record| asset_codec::decode(&record)),
            assets,
        })
    }

    fn read_asset(&self, asset: &StoredAsset) -> MemoryAsset {
        let inline_bytes = asset.blob.is_none().then(|| {
            let mut bytes = vec![0; asset.size as usize];
            self.blocks.read(&asset.inline_file(), 0, &mut bytes);
            ByteBuf::from(seams::inline_bytes(bytes))
        });
        MemoryAsset {
            kind: asset.kind,
            blob_id: asset.blob.map(blob_name),
            inline_bytes,
            mime_type: asset.mime_type.clone(),
            size: asset.size,
        }
    }

    /// Lists the memories of a capsule. Errors: `NotFound`, `Unauthorized`.
    pub fn list_memories(&self, call: &Call<'_>, capsule: &str) -> Result<Vec<MemorySummary>, Error> {
        let capsule = self.own_capsule(call, capsule)?;
        let ids = self.newest_linked(capsule_link(LinkKind::MemoryOfCapsule, capsule, 0));
        let record = |id: u64| Some(MemoryRecord::decode(&self.memories.get(&id)?).summary(id));
        Ok(ids.into_iter().filter_map(record).collect())
    }

    /// Deletes a memory, and every blob that no other memory refers to. Errors: `NotFound`, `Unauthorized`.
    pub fn delete_memory(&mut self, call: &Call<'_>, name: &str) -> Result<(), Error> {
        let (id, memory) = self.own_memory(call, name)?;
        for asset in &memory.assets {
            match asset.blob {
                Some(blob) => self.release_blob(blob),
                None => {
                    self.blocks.free(&mut asset.inline_file());
                    self.header.bytes_inline -= asset.size;
                }
            }
        }
        self.memories.remove(&id);
        self.remove_link(&capsule_link(LinkKind::MemoryOfCapsule, memory.capsule, id));
        self.save();
        call.log(&format!("MEMORY_DELETE_OK id={id}"));
        Ok(())
    }

    /// Returns the id and record of a memory that belongs to the caller. Errors: `NotFound`, `Unauthorized`.
    pub fn own_memory(&self, call: &Call<'_>, name: &str) -> Result<(u64, MemoryRecord), Error> {
        let id = parse_name("memory_", name).ok_or(Error::NotFound)?;
        let record = self.memories.get(&id).ok_or(Error::NotFound)?;
        let memory = MemoryRecord::decode(&record);
        self.check_owner(call, &memory.owner)?;
        Ok((id, memory))
    }
}

/// Checks that there are one to four assets, each of another kind, each with exactly one source. Errors:
/// `InvalidArgument`.
fn check_assets(inputs: &[AssetInput]) -> Result<(), Error> {
    if inputs.is_empty() || inputs.len() > ASSETS_MAX {
        return Err(Error::InvalidArgument(format!("a memory has 1 to {ASSETS_MAX} assets, not {}", inputs.len())));
    }
    for (i, input) in inputs.iter().enumerate() {
        if inputs[..i].iter().any(|other| other.kind == input.kind) {
            return Err(Error::InvalidArgument(format!("{:?} is there twice", input.kind)));
        }
        if input.blob_id.is_some() == input.inline_bytes.is_some() {
            return Err(Error::InvalidArgument(format!("{:?} needs one of blob_id, inline_bytes", input.kind)));
        }
    }
    Ok(())
}

//! `GET /storage/assets/{memory_id}/metadata`.

use super::bodies::kind_name;
use super::time::to_rfc3339;
use super::tokens::to_hex;
use super::{Failure, Response};
use crate::core::asset_codec;
use crate::core::blobs::{blob_name, BlobRecord};
use crate::core::capsules::capsule_name;
use crate::core::memories::StoredAsset;
use crate::core::metadata::base;
use crate::core::store::Store;
use crate::core::types::AssetKind;
use crate::core::Call;
use ic_stable_structures::Memory;
use serde::Serialize;

#[derive(Serialize)]
struct MetadataReply<'a> {
    asset_id: &'a str,
    capsule_id: String,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mime_type: Option<String>,
    asset_type: &'static str,
    assets: Vec<AssetReply>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    tags: Vec<String>,
}

#[derive(Serialize)]
struct AssetReply {
    kind: &'static str,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    mime_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blob_id: Option<String>,
    url: String,
}

impl<M: Memory> Store<M> {
    /// Returns a memory's metadata. Name, type, and checksum are those of its original, or else of its first asset.
    pub(super) fn http_metadata(&mut self, call: &Call<'_>, name: &str) -> Result<Response, Failure> {
        let (_, memory) = self.own_memory(call, name)?;
        let main = memory.assets.iter().find(|asset| asset.kind == AssetKind::Original).or(memory.assets.first());
        let main = main.expect("a memory has an asset");
        let blob = main.blob.and_then(|id| self.blobs.get(&id)).map(|record| BlobRecord::decode(&record));
        let given = memory.metadata.as_deref().map(asset_codec::decode);
        let given = given.as_ref().map(base);
        let reply = MetadataReply {
            asset_id: name,
            capsule_id: capsule_name(memory.capsule),
            created_at: to_rfc3339(memory.created_at),
            filename: given.map(|base| base.name.clone()).or(blob.as_ref().map(|blob| blob.name.clone())),
            mime_type: main.mime_type.clone(),
            asset_type: kind_name(main.kind),
            assets: memory.assets.iter().map(|asset| asset_reply(name, asset)).collect(),
            checksum_sha256: blob.map(|blob| to_hex(&blob.digest)),
            width: given.and_then(|base| base.width),
            height: given.and_then(|base| base.height),
            description: given.and_then(|base| base.description.clone()),
            tags: given.map(|base| base.tags.clone()).unwrap_or_default(),
        };
        Ok(Response::json(200, &reply))
    }
}

fn asset_reply(memory: &str, asset: &StoredAsset) -> AssetReply {
    let kind = kind_name(asset.kind);
    AssetReply {
        kind,
        size: asset.size,
        mime_type: asset.mime_type.clone(),
        blob_id: asset.blob.map(blob_name),
        url: format!("/storage/assets/{memory}?kind={kind}"),
    }
}

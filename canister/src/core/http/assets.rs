//! Reading and deleting a finished asset over HTTP.

use super::bodies::{kind_from_name, kind_name};
use super::range::{wanted, Wanted};
use super::tokens::to_hex;
use super::{Body, Failure, Response};
use crate::core::blobs::BlobRecord;
use crate::core::file::File;
use crate::core::hash::{absorb, digest, INITIAL};
use crate::core::memories::{MemoryRecord, StoredAsset};
use crate::core::store::Store;
use crate::core::types::AssetKind;
use crate::core::Call;
use crate::fault::seams;
use ic_stable_structures::Memory;
use serde::Serialize;

/// The largest part of an asset in one reply, in bytes. With headers, the reply stays below its limit of 2 MiB.
pub const PART_BYTES_MAX: u64 = 1_900_000;
/// The largest MIME type in a header, in bytes.
const MIME_BYTES_MAX: usize = 255;

#[derive(Serialize)]
struct DeleteReply<'a> {
    asset_id: &'a str,
    deleted: bool,
}

impl<M: Memory> Store<M> {
    pub(super) fn http_asset(
        &mut self,
        call: &Call<'_>,
        name: &str,
        kind: Option<&str>,
        head: bool,
        range: Option<&str>,
    ) -> Result<Response, Failure> {
        let (_, memory) = self.own_memory(call, name)?;
        let asset = choose(&memory, kind)?;
        let (file, sha256) = self.asset_file(asset);
        let (status, first, end) = match wanted(range, file.len) {
            Wanted::Nothing => {
                let failure = Failure::invalid("the range asks for none of the bytes that are there");
                return Err(failure.header("Content-Range", format!("bytes */{}", file.len)));
            }
            Wanted::All if file.len <= PART_BYTES_MAX => (200, 0, file.len),
            Wanted::All => (206, 0, PART_BYTES_MAX),
            Wanted::Part { first, last } => (206, first, (last + 1).min(first.saturating_add(PART_BYTES_MAX))),
        };
        let body = Body::Stored { file, start: seams::range_start(first), len: end - first };
        let body = if head { Body::Bytes(Vec::new()) } else { body };
        let mut response = Response::new(status, content_type(asset), body)
            .with("ETag", format!("\"{}\"", to_hex(&sha256)))
            .with("Accept-Ranges", "bytes".to_string())
            .with("X-Content-Type-Options", "nosniff".to_string());
        if status == 206 {
            response = response.with("Content-Range", format!("bytes {first}-{}/{}", end - 1, file.len));
        }
        Ok(response)
    }

    /// Returns the file of an asset, and its SHA-256.
    pub(super) fn asset_file(&mut self, asset: &StoredAsset) -> (File, [u8; 32]) {
        if let Some(blob) = asset.blob.and_then(|id| self.blobs.get(&id)) {
            let blob = BlobRecord::decode(&blob);
            return (blob.file, blob.digest);
        }
        let file = asset.inline_file();
        let (mut state, mut tail) = (INITIAL, Vec::new());
        self.blocks.read_pieces(&file, 0, file.len, |piece| {
            let whole = piece.len() & !63;
            absorb(&mut state, &piece[..whole]);
            tail = piece[whole..].to_vec();
            true
        });
        (file, digest(state, &tail, file.len))
    }

    pub(super) fn http_delete(&mut self, call: &Call<'_>, name: &str) -> Result<Response, Failure> {
        self.delete_memory(call, name)?;
        Ok(Response::json(200, &DeleteReply { asset_id: name, deleted: true }))
    }
}

/// Returns the asset of this kind. Without a kind, returns the only asset, or else the original.
fn choose<'a>(memory: &'a MemoryRecord, kind: Option<&str>) -> Result<&'a StoredAsset, Failure> {
    let of_kind = |kind: AssetKind| memory.assets.iter().find(|asset| asset.kind == kind);
    let found = match kind {
        Some(name) => {
            let kind = kind_from_name(name);
            of_kind(kind.ok_or_else(|| Failure::invalid("kind is not original, display, thumb or placeholder"))?)
        }
        None if memory.assets.len() == 1 => memory.assets.first(),
        None => of_kind(AssetKind::Original),
    };
    found.ok_or_else(|| {
        let kinds: Vec<&str> = memory.assets.iter().map(|asset| kind_name(asset.kind)).collect();
        Failure::not_found(format!("the asset has no such kind; it has {}", kinds.join(", ")))
    })
}

/// Returns the MIME type if a header can carry it, else a generic one.
fn content_type(asset: &StoredAsset) -> &str {
    let given = asset.mime_type.as_deref().unwrap_or("");
    let fits =
        !given.is_empty() && given.len() <= MIME_BYTES_MAX && given.bytes().all(|byte| matches!(byte, 0x20..=0x7e));
    if fits {
        given
    } else {
        "application/octet-stream"
    }
}

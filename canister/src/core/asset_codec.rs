//! The encoding of asset metadata in stable memory. Equal metadata has equal bytes, however the caller encoded it in Candid.

use super::codec::{Reader, Writer};
use super::metadata::{base, kind_code, kind_from_code};
use super::types::*;
use serde_bytes::ByteBuf;

/// Encodes an asset's metadata.
pub fn encode(asset: &AssetMetadata) -> Vec<u8> {
    let mut w = Writer(Vec::with_capacity(256));
    match asset {
        AssetMetadata::Image(m) => {
            w.u8(0).opt_u32(m.dpi).opt_text(&m.color_space).opt_text(&m.exif_data);
            w.opt_f32(m.compression_ratio).opt_u8(m.orientation);
        }
        AssetMetadata::Video(m) => {
            w.u8(1).opt_u64(m.duration).opt_f32(m.frame_rate).opt_text(&m.codec).opt_u64(m.bitrate);
            w.opt_text(&m.resolution).opt_f32(m.aspect_ratio);
        }
        AssetMetadata::Audio(m) => {
            w.u8(2).opt_u64(m.duration).opt_u32(m.sample_rate).opt_u8(m.channels).opt_u64(m.bitrate);
            w.opt_text(&m.codec).opt_u8(m.bit_depth);
        }
        AssetMetadata::Document(m) => {
            w.u8(3).opt_u32(m.page_count).opt_text(&m.document_type).opt_text(&m.language).opt_u32(m.word_count);
        }
        AssetMetadata::Note(m) => {
            w.u8(4).opt_u32(m.word_count).opt_text(&m.language).opt_text(&m.format);
        }
    }
    encode_base(&mut w, base(asset));
    w.0
}

fn encode_base(w: &mut Writer, b: &AssetBase) {
    w.text(&b.name).text(&b.mime_type).u64(b.bytes).u8(kind_code(b.asset_type));
    w.opt_u32(b.width).opt_u32(b.height).opt_bytes(b.sha256.as_ref().map(|hash| hash.as_slice()));
    w.u32(b.tags.len() as u32);
    for tag in &b.tags {
        w.text(tag);
    }
    w.opt_text(&b.description).u64(b.created_at).u64(b.updated_at).opt_u64(b.deleted_at);
    w.opt_text(&b.url).opt_text(&b.storage_key).opt_text(&b.bucket).opt_text(&b.asset_location);
    w.opt_text(&b.processing_status).opt_text(&b.processing_error);
}

/// Decodes an asset's metadata.
pub fn decode(record: &[u8]) -> AssetMetadata {
    let r = &mut Reader(record);
    match r.u8() {
        0 => AssetMetadata::Image(ImageMetadata {
            dpi: r.opt_u32(),
            color_space: r.opt_text(),
            exif_data: r.opt_text(),
            compression_ratio: r.opt_f32(),
            orientation: r.opt_u8(),
            base: decode_base(r),
        }),
        1 => AssetMetadata::Video(VideoMetadata {
            duration: r.opt_u64(),
            frame_rate: r.opt_f32(),
            codec: r.opt_text(),
            bitrate: r.opt_u64(),
            resolution: r.opt_text(),
            aspect_ratio: r.opt_f32(),
            base: decode_base(r),
        }),
        2 => AssetMetadata::Audio(AudioMetadata {
            duration: r.opt_u64(),
            sample_rate: r.opt_u32(),
            channels: r.opt_u8(),
            bitrate: r.opt_u64(),
            codec: r.opt_text(),
            bit_depth: r.opt_u8(),
            base: decode_base(r),
        }),
        3 => AssetMetadata::Document(DocumentMetadata {
            page_count: r.opt_u32(),
            document_type: r.opt_text(),
            language: r.opt_text(),
            word_count: r.opt_u32(),
            base: decode_base(r),
        }),
        _ => AssetMetadata::Note(NoteMetadata {
            word_count: r.opt_u32(),
            language: r.opt_text(),
            format: r.opt_text(),
            base: decode_base(r),
        }),
    }
}

fn decode_base(r: &mut Reader<'_>) -> AssetBase {
    AssetBase {
        name: r.text(),
        mime_type: r.text(),
        bytes: r.u64(),
        asset_type: kind_from_code(r.u8()),
        width: r.opt_u32(),
        height: r.opt_u32(),
        sha256: r.opt_bytes().map(|hash| ByteBuf::from(hash.to_vec())),
        tags: (0..r.u32()).map(|_| r.text()).collect(),
        description: r.opt_text(),
        created_at: r.u64(),
        updated_at: r.u64(),
        deleted_at: r.opt_u64(),
        url: r.opt_text(),
        storage_key: r.opt_text(),
        bucket: r.opt_text(),
        asset_location: r.opt_text(),
        processing_status: r.opt_text(),
        processing_error: r.opt_text(),
    }
}

use super::*;
use crate::core::header::Header;
use crate::core::layout::{v1, v2};
use crate::core::session::{Plan, Session};
use crate::core::store::memory_id;
use ic_stable_structures::Memory as _;

fn session() -> Session {
    let plan = Plan { chunk_size: 1, bytes: 2, expected_chunks: 2, session_ttl: 3 * HOUR, record_ttl: 4 * HOUR };
    let mut session = Session::begin(7, alice(), 9, &plan, 55);
    (session.ticket, session.epoch, session.blob, session.memory) = (1, 2, 3, 4);
    (session.data_root, session.chunks_root, session.digest) = (5, 6, [8; 32]);
    session
}

#[test]
fn both_layouts_keep_every_field_in_every_state() {
    for code in 1..=7 {
        let mut session = session();
        session.stored_state = SessionState::from_code(code).unwrap();
        assert_eq!(v2::decode(&v2::encode(&session)), session);
        assert_eq!(v1::migrate(&v1::encode(&session)), session);
    }
}

#[test]
fn sessions_with_their_partial_hash_survive_an_upgrade_between_any_two_chunks() {
    let mut bench = Bench::new();
    let bytes = data(4, 950);
    let id = bench.begin(950, "k").unwrap();
    for (index, chunk) in bytes.chunks(100).enumerate() {
        bench.put(id, index as u32, chunk).unwrap();
        bench.upgrade(InitArg { chunk_size: Some(40 + index as u64), ..InitArg::default() }).unwrap();
    }
    let result = bench.finish(id, &bytes).unwrap();
    bench.upgrade(InitArg::default()).unwrap();
    assert_eq!(bench.read(&result.blob_id).unwrap(), bytes);
    assert_eq!(bench.begin(49, "other").unwrap(), id + 1);
    assert_eq!(bench.store.header.limits.chunk_size, 49);
}

#[test]
fn an_upgrade_from_foreign_stable_memory_is_refused_and_changes_nothing() {
    let mut bench = Bench::new();
    let header = &bench.memories[usize::from(memory_id::HEADER)];
    let whole = header.borrow().clone();
    for (at, bytes) in [(0, &b"OTHER"[..]), (8, &4u32.to_le_bytes()), (8, &0u32.to_le_bytes())] {
        bench.memories[0].write(at, bytes);
        let touched = bench.memories[0].borrow().clone();
        assert!(bench.upgrade(InitArg::default()).is_err());
        assert!(*bench.memories[0].borrow() == touched);
        *bench.memories[0].borrow_mut() = whole.clone();
    }
    bench.upgrade(InitArg::default()).unwrap();
    assert_eq!(Header::load(&bench.memories[0]).unwrap().1, 3);
}

#[test]
fn a_header_of_layout_2_is_read_and_gets_the_http_limits_of_a_fresh_install() {
    let mut bench = Bench::new();
    let id = bench.begin(150, "k").unwrap();
    bench.put(id, 1, &[1; 50]).unwrap();
    let fresh = bench.store.header.clone();
    // Layout 2 has a header without its last part, and an empty memory 9.
    let memory = &bench.memories[usize::from(memory_id::HEADER)];
    memory.write(8, &2u32.to_le_bytes());
    let fault_at = 8 + 4 * 3 + 8 * 7 + 4 * 4 + (8 + 4 + 8 + 8 + 4) + 8 * 3 + 1 + 8;
    memory.write(fault_at, &[0; 500]);
    bench.memories[usize::from(memory_id::HTTP)] = VectorMemory::default();
    bench.upgrade(InitArg::default()).unwrap();
    let migrated = Header { epoch: fresh.epoch, ..bench.store.header.clone() };
    assert_eq!(migrated, Header { fault: String::new(), ..fresh });
    bench.put(id, 0, &[1; 100]).unwrap();
    bench.finish(id, &[1; 150]).unwrap();
    assert_eq!(Header::load(&bench.memories[0]).unwrap().1, 3);
}

#[test]
fn metadata_of_every_kind_survives_encoding() {
    use crate::core::asset_codec::{decode, encode};
    let AssetMetadata::Note(NoteMetadata { mut base, .. }) = asset("name", 5) else { unreachable!() };
    base.sha256 = Some(serde_bytes::ByteBuf::from(vec![1; 32]));
    base.tags = vec!["a".to_string(), String::new()];
    (base.width, base.deleted_at, base.url) = (Some(7), Some(u64::MAX), Some("u".to_string()));
    let text = || Some("t".to_string());
    let kinds = [
        AssetMetadata::Image(ImageMetadata {
            dpi: Some(72),
            color_space: text(),
            exif_data: None,
            compression_ratio: Some(f32::NAN),
            orientation: Some(255),
            base: base.clone(),
        }),
        AssetMetadata::Video(VideoMetadata {
            duration: Some(1),
            frame_rate: Some(29.97),
            codec: None,
            bitrate: Some(2),
            resolution: text(),
            aspect_ratio: None,
            base: base.clone(),
        }),
        AssetMetadata::Audio(AudioMetadata {
            duration: None,
            sample_rate: Some(u32::MAX),
            channels: Some(2),
            bitrate: Some(3),
            codec: text(),
            bit_depth: Some(24),
            base: base.clone(),
        }),
        AssetMetadata::Document(DocumentMetadata {
            page_count: Some(3),
            document_type: text(),
            language: None,
            word_count: Some(4),
            base: base.clone(),
        }),
        AssetMetadata::Note(NoteMetadata { word_count: Some(9), language: text(), format: text(), base }),
    ];
    for kind in kinds {
        let back = decode(&encode(&kind));
        assert_eq!(format!("{back:?}"), format!("{kind:?}"));
        assert_eq!(encode(&back), encode(&kind));
    }
}

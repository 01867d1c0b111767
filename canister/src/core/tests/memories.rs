use super::*;
use serde_bytes::ByteBuf;
use AssetKind::*;

fn reference(kind: AssetKind, blob: &str) -> AssetInput {
    AssetInput { kind, blob_id: Some(blob.to_string()), inline_bytes: None, mime_type: None }
}

fn inline(kind: AssetKind, len: usize) -> AssetInput {
    AssetInput { kind, blob_id: None, inline_bytes: Some(ByteBuf::from(vec![9; len])), mime_type: None }
}

fn bench_with_blob() -> Bench {
    let mut bench = Bench::new();
    let id = bench.begin(250, "k").unwrap();
    bench.put_all(id, &data(1, 250));
    bench.finish(id, &data(1, 250)).unwrap();
    bench
}

fn create(bench: &mut Bench, caller: Principal, assets: &[AssetInput]) -> Result<MemorySummary, Error> {
    bench.call(caller, |store, call| store.create_memory(call, "capsule_1", assets))
}

#[test]
fn a_blob_lives_until_the_last_memory_that_refers_to_it_is_deleted() {
    let mut bench = bench_with_blob();
    create(&mut bench, alice(), &[reference(Display, "blob_1"), inline(Thumb, 32_768)]).unwrap();
    bench.call(alice(), |store, call| store.delete_memory(call, "memory_1")).unwrap();
    assert_eq!(bench.read("blob_1").unwrap(), data(1, 250));
    let read = bench.call(alice(), |store, call| store.read_memory(call, "memory_2")).unwrap();
    assert_eq!(read.assets[1].inline_bytes.as_ref().unwrap().as_slice(), &[9; 32_768][..]);
    let used = bench.store.blocks.used();
    bench.call(alice(), |store, call| store.delete_memory(call, "memory_2")).unwrap();
    assert_err(bench.read("blob_1"), "NotFound");
    assert!(bench.store.blocks.used() < used);
    assert_eq!((bench.store.header.bytes_stored, bench.store.header.bytes_inline), (0, 0));
}

#[test]
fn memories_create_checks_in_the_order_of_the_readme() {
    let mut bench = bench_with_blob();
    let five = [Original, Display, Thumb, Placeholder, Original].map(|kind| inline(kind, 1));
    assert_err(create(&mut bench, bob(), &[reference(Thumb, "blob_2")]), "NotFound");
    assert_err(create(&mut bench, bob(), &[]), "Unauthorized");
    assert_err(create(&mut bench, alice(), &[]), "InvalidArgument");
    assert_err(create(&mut bench, alice(), &five), "InvalidArgument");
    assert_err(create(&mut bench, alice(), &[inline(Thumb, 1), inline(Thumb, 99_999)]), "InvalidArgument");
    let mut both = reference(Thumb, "blob_1");
    both.inline_bytes = Some(ByteBuf::new());
    assert_err(create(&mut bench, alice(), &[both]), "InvalidArgument");
    assert_err(create(&mut bench, alice(), &[inline(Thumb, 32_769)]), "ResourceExhausted");
    create(&mut bench, alice(), &five[..4]).unwrap();
    let listed = bench.call(alice(), |store, call| store.list_memories(call, "capsule_1")).unwrap();
    assert_eq!(listed.iter().map(|memory| memory.assets.len()).collect::<Vec<_>>(), [1, 4]);
}

#[test]
fn only_the_owner_of_the_capsule_can_read() {
    let mut bench = bench_with_blob();
    assert_err(bench.call(bob(), |store, call| store.blob_meta(call, "blob_1")), "Unauthorized");
    assert_err(bench.call(bob(), |store, call| store.read_memory(call, "memory_1")), "Unauthorized");
    assert_err(bench.call(bob(), |store, call| store.delete_memory(call, "memory_1")), "Unauthorized");
    let meta = bench.call(alice(), |store, call| store.blob_meta(call, "blob_1")).unwrap();
    assert_eq!((meta.chunk_count, meta.size, meta.references), (3, 250, 1));
}

use super::data;
use crate::core::blocks::{Blocks, BLOCK_BYTES};
use crate::core::file::File;
use crate::core::hash::sha256;
use crate::core::store::parse_name;
use ic_stable_structures::VectorMemory;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn sha256_matches_the_standard() {
    assert_eq!(hex(&sha256(b"")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(hex(&sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let million = vec![b'a'; 1_000_000];
    assert_eq!(hex(&sha256(&million)), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

fn blocks() -> Blocks<VectorMemory> {
    Blocks::open(VectorMemory::default(), VectorMemory::default())
}

#[test]
fn a_file_returns_what_was_written_in_any_order_and_at_any_depth() {
    for len in [1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES - 7, 4_097 * BLOCK_BYTES + 5] {
        let mut blocks = blocks();
        let mut file = File::new(len);
        let bytes = data(len, 40_000.min(len as usize));
        let starts = [len - bytes.len() as u64, 0, (len - bytes.len() as u64) / 2];
        for start in starts {
            blocks.write(&mut file, start, &bytes).unwrap();
            let mut back = vec![0; bytes.len()];
            blocks.read(&file, start, &mut back);
            assert!(back == bytes, "length {len}, at {start}");
        }
        blocks.free(&mut file);
        assert_eq!(blocks.used(), 0, "length {len}");
    }
}

#[test]
fn freed_blocks_are_reused() {
    let mut blocks = blocks();
    let mut most = 0;
    for round in 0..50u64 {
        let mut files: Vec<File> = (0..5).map(|i| File::new(1 + (i * 7 + round % 3) * 9_000)).collect();
        for file in &mut files {
            let bytes = vec![round as u8; file.len as usize];
            blocks.write(file, 0, &bytes).unwrap();
        }
        files.rotate_left(round as usize % 5);
        files.iter_mut().for_each(|file| blocks.free(file));
        if round == 2 {
            most = blocks.free_blocks();
        }
    }
    assert_eq!(blocks.used(), 0);
    assert_eq!(blocks.free_blocks(), most);
}

#[test]
fn names_contain_plain_decimal_numbers() {
    assert_eq!(parse_name("blob_", "blob_12"), Some(12));
    for name in ["blob_", "blob_0", "blob_01", "blob_+1", "blob_1 ", "Blob_1", "blob_99999999999999999999", "12"] {
        assert_eq!(parse_name("blob_", name), None, "{name}");
    }
}

//! With `--features faults`. `UPDATE_FAULTS=1` writes `faults.json` anew.

use super::*;
use crate::fault;

#[test]
fn the_list_of_faults_is_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/faults.json");
    if std::env::var_os("UPDATE_FAULTS").is_some() {
        std::fs::write(path, fault::to_json()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), fault::to_json());
}

#[test]
fn an_unknown_fault_is_refused_with_the_list_and_a_known_one_outlives_an_upgrade() {
    assert!(fault::choose("no-such-fault").unwrap_err().contains("hash-in-arrival-order"));
    let arg = InitArg { chunk_size: Some(100), fault: Some("hash-in-arrival-order".to_string()), ..InitArg::default() };
    let mut bench = Bench::with(arg);
    bench.upgrade(InitArg::default()).unwrap();
    let bytes = data(1, 200);
    let id = bench.begin(200, "k").unwrap();
    bench.put(id, 1, &bytes[100..]).unwrap();
    bench.put(id, 0, &bytes[..100]).unwrap();
    assert_err(bench.finish(id, &bytes), "ChecksumMismatch");
}

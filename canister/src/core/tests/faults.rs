//! Tests of the seeded faults. `UPDATE_FAULTS=1` writes `faults.json` again.

use super::http::{begin_body, Client};
use super::*;
use crate::fault;

#[test]
fn faults_json_matches_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/faults.json");
    if std::env::var_os("UPDATE_FAULTS").is_some() {
        std::fs::write(path, fault::to_json()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), fault::to_json());
}

#[test]
fn an_unknown_fault_is_refused_and_a_known_one_survives_an_upgrade() {
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

#[test]
fn several_faults_are_switched_on_at_once() {
    let names = "hash-in-arrival-order, paused-takes-chunks".to_string();
    let mut bench = Bench::with(InitArg { chunk_size: Some(100), fault: Some(names), ..InitArg::default() });
    assert!(fault::is(fault::Fault::HashInArrivalOrder) && fault::is(fault::Fault::PausedTakesChunks));
    assert!(!fault::is(fault::Fault::Canary));
    bench.upgrade(InitArg { fault: Some(String::new()), ..InitArg::default() }).unwrap();
    assert!(!fault::is(fault::Fault::HashInArrivalOrder));
    assert!(fault::choose("canary,no-such-fault").unwrap_err().contains("no fault no-such-fault"));
}

/// Runs a fixed series of requests over all features of the HTTP interface, and returns one line per answer.
fn run_requests(fault: &str) -> Vec<String> {
    let arg = InitArg {
        chunk_size: Some(100),
        http_uploads_per_hour: Some(3),
        http_max_bytes: Some(HttpMaxBytesArg { thumb: Some(40), ..HttpMaxBytesArg::default() }),
        session_ttl_ns: Some(1 << 60),
        fault: Some(fault.to_string()),
        ..InitArg::default()
    };
    let mut bench = Bench::with(arg);
    bench.call(bob(), |store, call| store.create_capsule(call, None)).unwrap();
    let mut lines = Vec::new();
    let alices = Client::of(&mut bench, alice());
    let bobs = Client::of(&mut bench, bob());
    let mut send = |bench: &mut Bench, client: &Client, method: &str, url: &str, body: &[u8]| {
        let answer = client.send(bench, method, &format!("/storage/{url}"), body);
        lines.push(format!("{method} {url}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)));
    };
    let bytes = data(7, 1_001);
    let begin = |capsule: &str, bytes: u64, more: &str| begin_body(bytes, more).replace("capsule_1", capsule);
    let thumb = r#","asset_type":"thumb""#;
    send(&mut bench, &alices, "POST", "chunked-upload", begin("capsule_1", 41, thumb).as_bytes());
    send(&mut bench, &alices, "POST", "chunked-upload", begin("capsule_1", 1_001, "").as_bytes());
    for (at, chunk) in bytes.chunks(100).take(10).enumerate() {
        send(&mut bench, &alices, "POST", &format!("chunked-upload/1/chunk?number={}", at + 1), chunk);
    }
    for client in [&alices, &bobs, &Client::default()] {
        send(&mut bench, client, "GET", "chunked-upload/1", b"");
    }
    send(&mut bench, &alices, "POST", "chunked-upload/1/chunk?number=11", &bytes[1_000..]);
    let wrong = super::http::complete_body(&[1; 1_001]);
    send(&mut bench, &alices, "POST", "chunked-upload/1/complete", wrong.as_bytes());
    send(&mut bench, &alices, "POST", "chunked-upload/1/complete", super::http::complete_body(&bytes).as_bytes());
    send(&mut bench, &alices.ranged("bytes=10-19"), "GET", "assets/memory_1", b"");
    for _ in 0..2 {
        send(&mut bench, &bobs, "POST", "chunked-upload", begin("capsule_2", 5, "").as_bytes());
        send(&mut bench, &alices, "POST", "chunked-upload", begin("capsule_1", 5, "").as_bytes());
    }
    bench.upgrade(InitArg::default()).unwrap();
    send(&mut bench, &alices, "GET", "chunked-upload/1", b"");
    bench.pass(HOUR);
    send(&mut bench, &alices, "GET", "chunked-upload/1", b"");
    bench.call(alice(), |store, call| store.cleanup_all(call, Default::default()));
    let stats = bench.call(alice(), |store, call| store.stats(call, 0, 0));
    lines.push(format!("{} tokens, {} windows", stats.http_tokens, stats.http_windows));
    lines
}

#[test]
fn every_http_fault_changes_an_answer() {
    let clean = run_requests("");
    assert!(clean.last().unwrap().starts_with("0 tokens, 0 windows"), "{clean:?}");
    let listed = fault::to_json();
    let names = listed.split('"').filter(|text| text.starts_with("http-"));
    let mut count = 0;
    for name in names {
        assert!(run_requests(name) != clean, "{name} changes no answer");
        count += 1;
    }
    assert_eq!(count, 13);
}

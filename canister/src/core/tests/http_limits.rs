//! Tests of tokens, the rate limit, and cleanup over HTTP. No request may trap.

use super::http::{begin_body, Client};
use super::*;
use crate::core::http::{Body, Headers, Outcome, Request};
use serde_json::Value;

#[test]
fn tokens_expire_and_can_be_revoked_and_the_oldest_is_removed_when_there_are_too_many() {
    let mut bench = Bench::new();
    let anonymous = Principal::anonymous();
    assert_err(bench.call(anonymous, |store, call| store.create_token(call, &[1; 32])), "Unauthorized");
    let first = Client::of(&mut bench, alice());
    let others: Vec<Client> = (0..16).map(|_| Client::of(&mut bench, alice())).collect();
    let mine = Client::of(&mut bench, bob());
    assert_eq!(first.begin(&mut bench, 1).error(), (401, "unauthorized".to_string()));
    assert!(others.iter().all(|client| client.begin(&mut bench, 1).status == 201));
    assert_eq!(mine.begin(&mut bench, 1).error(), (403, "forbidden".to_string()));
    let token = others[3].token.clone().unwrap();
    assert_err(bench.call(bob(), |store, call| store.revoke_token(call, &token)), "NotFound");
    bench.call(alice(), |store, call| store.revoke_token(call, &token)).unwrap();
    assert_err(bench.call(alice(), |store, call| store.revoke_token(call, &token)), "NotFound");
    assert_eq!(others[3].begin(&mut bench, 1).status, 401);
    for broken in ["", "x", &token[..63], &token.to_uppercase(), &format!("{token}0")] {
        let client = Client { token: Some(broken.to_string()), ..Client::default() };
        assert_eq!(client.begin(&mut bench, 1).status, 401);
    }
    assert_eq!(Client::default().begin(&mut bench, 1).header("WWW-Authenticate"), Some("Bearer"));
    bench.upgrade(InitArg::default()).unwrap();
    assert_eq!(others[4].begin(&mut bench, 1).status, 201);
    bench.pass(HOUR - 1);
    assert_eq!(others[4].begin(&mut bench, 1).status, 201);
    bench.pass(1);
    assert_eq!(others[4].begin(&mut bench, 1).status, 401);
}

#[test]
fn the_rate_limit_counts_uploads_per_owner_and_hour() {
    let arg = InitArg { http_uploads_per_hour: Some(2), ..InitArg::default() };
    let mut bench = Bench::with(arg);
    bench.call(bob(), |store, call| store.create_capsule(call, None)).unwrap();
    let first = Client::of(&mut bench, alice());
    bench.pass(HOUR / 2);
    let alice = Client::of(&mut bench, alice());
    assert_eq!(first.begin(&mut bench, 1).status, 201);
    bench.pass(500_000_000);
    assert_eq!(alice.keyed("k").begin(&mut bench, 1).status, 201);
    assert_eq!(alice.keyed("k").begin(&mut bench, 1).status, 200);
    let refused = alice.begin(&mut bench, 1);
    assert_eq!((refused.error(), refused.header("Retry-After")), ((429, "validation_error".to_string()), Some("3600")));
    assert_eq!(refused.json()["error"]["reason"], "uploads_per_hour");
    bench.begin(1, "over candid").unwrap();
    let theirs = Client::of(&mut bench, bob());
    let body = begin_body(1, "").replace("capsule_1", "capsule_2");
    assert_eq!(theirs.send(&mut bench, "POST", "/storage/chunked-upload", body.as_bytes()).status, 201);
    bench.upgrade(InitArg::default()).unwrap();
    bench.pass(HOUR - 500_000_001);
    let renewed = Client::of(&mut bench, super::alice());
    assert_eq!(renewed.begin(&mut bench, 1).header("Retry-After"), Some("1"));
    bench.pass(1);
    assert_eq!(renewed.begin(&mut bench, 1).status, 201);
    bench.upgrade(InitArg { http_uploads_per_hour: Some(0), ..InitArg::default() }).unwrap();
    assert_eq!(renewed.begin(&mut bench, 1).header("Retry-After"), Some("3600"));
}

#[test]
fn expired_tokens_and_windows_are_freed_and_stable_memory_stops_growing() {
    let arg = InitArg {
        http_uploads_per_hour: Some(1_000),
        session_ttl_ns: Some(HOUR),
        record_ttl_ns: Some(0),
        ..InitArg::default()
    };
    let mut bench = Bench::with(arg);
    let mut sizes = Vec::new();
    for round in 0..400u32 {
        let owner = Principal::from_slice(&round.to_be_bytes());
        for _ in 0..20 {
            Client::of(&mut bench, owner);
        }
        Client::of(&mut bench, alice()).begin(&mut bench, 1);
        bench.pass(HOUR);
        if round % 3 == 0 {
            bench.call(alice(), |store, call| store.cleanup_all(call, Default::default()));
        }
        sizes.push(bench.memories.iter().map(|memory| memory.borrow().len()).sum::<usize>());
    }
    assert_eq!(sizes[60], sizes[399]);
    bench.call(alice(), |store, call| store.cleanup_all(call, Default::default()));
    let stats = bench.call(alice(), |store, call| store.stats(call, 0, 0));
    assert_eq!((stats.http_tokens, stats.http_windows), (0, 0));
    // A caller's own cleanup frees the caller's records.
    Client::of(&mut bench, alice()).begin(&mut bench, 1);
    Client::of(&mut bench, bob());
    bench.pass(HOUR);
    bench.call(alice(), |store, call| store.cleanup_own(call)).unwrap();
    let stats = bench.call(alice(), |store, call| store.stats(call, 0, 0));
    assert_eq!((stats.http_tokens, stats.http_windows), (1, 0));
}

#[test]
fn cleanup_of_more_than_a_batch_of_expired_tokens_takes_several_batches() {
    let mut bench = Bench::new();
    for round in 0..2_500u32 {
        Client::of(&mut bench, Principal::from_slice(&round.to_be_bytes()));
    }
    bench.pass(HOUR);
    let next = bench.call(alice(), |store, call| store.cleanup_all(call, Default::default()));
    assert_eq!(bench.store.stats(&Call { caller: alice(), host: &bench.host }, 0, 0).http_tokens, 500);
    assert!(bench.call(alice(), |store, call| store.cleanup_all(call, next.unwrap())).is_none());
    assert_eq!(bench.store.stats(&Call { caller: alice(), host: &bench.host }, 0, 0).http_tokens, 0);
}

#[test]
fn a_step_returns_the_status_even_if_the_record_has_just_expired() {
    let arg = InitArg { session_ttl_ns: Some(0), record_ttl_ns: Some(0), ..InitArg::default() };
    let mut bench = Bench::with(arg);
    let mine = Client::of(&mut bench, alice());
    assert_eq!(mine.begin(&mut bench, 1).status, 201);
    assert_eq!(mine.send(&mut bench, "GET", "/storage/chunked-upload/1", b"").status, 404);
    bench.upgrade(InitArg { session_ttl_ns: Some(HOUR), ..InitArg::default() }).unwrap();
    assert_eq!(mine.begin(&mut bench, 1).status, 201);
    let cancelled = mine.send(&mut bench, "POST", "/storage/chunked-upload/2/cancel", b"");
    assert_eq!((cancelled.status, &cancelled.json()["status"]), (200, &"cancelled".into()));
    assert_eq!(mine.send(&mut bench, "GET", "/storage/chunked-upload/2", b"").status, 404);
}

/// Sends random requests, most of them almost valid. Each must be answered with a documented status.
#[test]
fn no_request_traps() {
    let mut bench = Bench::new();
    let client = Client::of(&mut bench, alice());
    bench.begin(250, "k").unwrap();
    let mut rng = Rng(11);
    let pieces: [&[u8]; 40] = [
        b"/storage/",
        b"chunked-upload",
        b"assets",
        b"/",
        b"1",
        b"2",
        b"memory_1",
        b"memory_2",
        b"?",
        b"number=",
        b"kind=",
        b"thumb",
        b"&",
        b"#",
        b"%31",
        b"chunk",
        b"complete",
        b"pause",
        b"metadata",
        b"bytes=",
        b"-",
        b"99999999999999999999",
        b"{",
        b"}",
        b"\"",
        b":",
        b",",
        b"total_size",
        b"\"total_size\":250",
        b"\"checksum_sha256\":\"00\"",
        b"capsule_1",
        b"\\u0000",
        b"\xff",
        b"\0",
        b"[",
        b"1e9",
        b"\xc3\xa9",
        b"null",
        b" ",
        b"\r\n",
    ];
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..300_000 {
        let mut random = |max: u64| {
            let mut bytes = Vec::new();
            for _ in 0..rng.below(max) {
                match rng.below(6) {
                    0 => bytes.push(rng.below(256) as u8),
                    _ => bytes.extend_from_slice(pieces[rng.below(40) as usize]),
                }
            }
            bytes
        };
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let (mut url, range, body, token) = (text(random(8)), text(random(6)), random(9), text(random(5)));
        let choice = rng.below(12);
        let known = [
            "/storage/chunked-upload",
            "/storage/chunked-upload/1/chunk?number=",
            "/storage/chunked-upload/1/complete",
            "/storage/assets/memory_1",
        ];
        if let Some(prefix) = known.get(choice as usize) {
            url = if choice == 1 { format!("{prefix}{url}") } else { prefix.to_string() };
        }
        let mut headers = Headers::default();
        let token = if rng.below(5) == 0 { token } else { client.token.clone().unwrap() };
        headers.add("authorization", &format!("Bearer {token}"));
        headers.add("range", &format!("bytes={range}"));
        if rng.below(2) == 0 {
            headers.add("idempotency-key", &range);
        }
        let method = ["GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", ""][rng.below(7) as usize];
        let request = Request { method, url: &url, headers, body: &body.as_slice() };
        let outcome = bench.call(bob(), |store, call| store.answer_update(call, &request));
        let Outcome::Reply(response) = outcome else { panic!("a finish that takes several messages") };
        assert!([200, 201, 206, 400, 401, 403, 404, 409, 413, 429].contains(&response.status), "{}", response.status);
        if response.status >= 400 {
            let Body::Bytes(body) = &response.body else { panic!("an error from stable memory") };
            assert!(serde_json::from_slice::<Value>(body).unwrap()["error"]["message"].is_string());
        }
        *counts.entry(response.status).or_insert(0u32) += 1;
    }
    for status in [200, 400, 401, 404] {
        assert!(counts.get(&status).is_some_and(|count| *count > 500), "{counts:?}");
    }
}

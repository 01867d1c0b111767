//! Tests of the HTTP interface without a replica.

use super::*;
use crate::core::http::{answer_query, completed, not_completed, Body, Headers, Outcome, Request, Response};
use serde_json::Value;

pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }

    /// Returns the status and the kind of an error.
    pub fn error(&self) -> (u16, String) {
        (self.status, self.json()["error"]["kind"].as_str().unwrap_or("none").to_string())
    }
}

/// A client with the token and the headers of its requests.
#[derive(Clone, Default)]
pub struct Client {
    pub token: Option<String>,
    pub key: Option<&'static str>,
    pub range: Option<String>,
}

impl Client {
    pub fn of(bench: &mut Bench, caller: Principal) -> Client {
        let token = bench.call(caller, |store, call| store.create_token(call, &[7; 32])).unwrap().token;
        Client { token: Some(token), ..Client::default() }
    }

    pub fn keyed(&self, key: &'static str) -> Client {
        Client { key: Some(key), ..self.clone() }
    }

    pub fn ranged(&self, range: &str) -> Client {
        Client { range: Some(range.to_string()), ..self.clone() }
    }

    pub fn send(&self, bench: &mut Bench, method: &str, url: &str, body: &[u8]) -> Answer {
        let mut headers = Headers::default();
        if let Some(token) = &self.token {
            headers.add("AUTHORIZATION", &format!("bearer {token}"));
        }
        if let Some(key) = self.key {
            headers.add("Idempotency-Key", key);
        }
        if let Some(range) = &self.range {
            headers.add("range", range);
        }
        let request = Request { method, url, headers, body: &body };
        let response = bench.call(bob(), |store, call| match store.answer_update(call, &request) {
            Outcome::Reply(response) => response,
            Outcome::Hashing { id, ticket } => finish_steps(store, call, id, ticket),
        });
        read(bench, response)
    }

    pub fn begin(&self, bench: &mut Bench, bytes: u64) -> Answer {
        self.send(bench, "POST", "/storage/chunked-upload", begin_body(bytes, "").as_bytes())
    }

    pub fn complete(&self, bench: &mut Bench, id: u64, data: &[u8]) -> Answer {
        let body = complete_body(data);
        self.send(bench, "POST", &format!("/storage/chunked-upload/{id}/complete"), body.as_bytes())
    }
}

fn finish_steps(store: &mut Store<VectorMemory>, call: &Call<'_>, id: u64, ticket: u32) -> Response {
    loop {
        store.finish_step(call, id, ticket).unwrap();
        match store.finish_next(call, id, ticket) {
            Ok(Finish::Done(result)) => return completed(&result),
            Ok(Finish::Hashing { .. }) => {}
            Err(error) => return not_completed(error),
        }
    }
}

fn read(bench: &mut Bench, response: Response) -> Answer {
    let body = match response.body {
        Body::Bytes(bytes) => bytes,
        Body::Stored { file, start, len } => {
            let mut bytes = vec![0; len as usize];
            bench.store.blocks.read(&file, start, &mut bytes);
            bytes
        }
    };
    Answer { status: response.status, headers: response.headers, body }
}

pub fn begin_body(bytes: u64, more: &str) -> String {
    format!(r#"{{"capsule_id":"capsule_1","filename":"a.bin","mime_type":"image/png","total_size":{bytes}{more}}}"#)
}

pub fn complete_body(data: &[u8]) -> String {
    let hash: String = sha256(data).iter().map(|byte| format!("{byte:02x}")).collect();
    format!(r#"{{"checksum_sha256":"{hash}","total_size":{}}}"#, data.len())
}

fn chunk_url(id: u64, number: u64) -> String {
    format!("/storage/chunked-upload/{id}/chunk?number={number}")
}

#[test]
fn an_upload_over_http_can_be_begun_completed_read_and_deleted() {
    for budget in [1 << 20, 64] {
        let arg = InitArg { chunk_size: Some(100), hash_bytes_per_call: Some(budget), ..InitArg::default() };
        let mut bench = Bench::with(arg);
        let alice = Client::of(&mut bench, alice());
        let bytes = data(3, 330);
        let begun = alice.begin(&mut bench, 330);
        assert_eq!(begun.status, 201);
        assert_eq!(
            begun.json().to_string(),
            r#"{"chunk_size":100,"expires_at":"1970-01-02T00:00:00.000001000Z","session_id":"1","status":"initiated","total_chunks":4,"total_size":330}"#
        );
        for (at, number, progress) in [(300, 4, "9"), (0, 1, "39.3"), (200, 3, "69.6"), (100, 2, "100")] {
            let chunk = &bytes[at..(at + 100).min(330)];
            let put = alice.send(&mut bench, "POST", &chunk_url(1, number), chunk);
            assert_eq!((put.status, put.json()["progress"].to_string()), (200, progress.to_string()));
            assert_eq!(put.json()["chunk_number"], number);
            let status = alice.send(&mut bench, "GET", "/storage/chunked-upload/1", b"").json();
            assert_eq!(status["status"], "uploading");
            assert_eq!(status["received_bytes"], put.json()["received_bytes"]);
            if number == 1 {
                assert_eq!(status["missing_chunks"].to_string(), "[[2,3]]");
            }
        }
        let done = alice.complete(&mut bench, 1, &bytes);
        assert_eq!(
            (done.status, &done.json()["asset_id"], &done.json()["blob_id"]),
            (200, &"memory_1".into(), &"blob_1".into())
        );
        assert_eq!(alice.complete(&mut bench, 1, &bytes).body, done.body);
        assert_eq!(alice.complete(&mut bench, 1, b"other").error(), (409, "validation_error".to_string()));
        let status = alice.send(&mut bench, "GET", "/storage/chunked-upload/1", b"").json();
        assert_eq!((&status["status"], &status["asset_id"]), (&"completed".into(), &"memory_1".into()));
        let read = alice.send(&mut bench, "GET", "/storage/assets/memory_1", b"");
        assert_eq!((read.status, read.header("Content-Type"), &read.body), (200, Some("image/png"), &bytes));
        assert_eq!(bench.read("blob_1").unwrap(), bytes);
        let gone = alice.send(&mut bench, "DELETE", "/storage/assets/memory_1", b"");
        assert_eq!(gone.json().to_string(), r#"{"asset_id":"memory_1","deleted":true}"#);
        assert_eq!(alice.send(&mut bench, "GET", "/storage/assets/memory_1", b"").status, 404);
    }
}

#[test]
fn only_the_owner_can_use_a_session_or_an_asset() {
    let mut bench = Bench::new();
    let (alice, bob) = (Client::of(&mut bench, alice()), Client::of(&mut bench, bob()));
    let bytes = data(1, 150);
    alice.begin(&mut bench, 150);
    let forbidden = |bench: &mut Bench, method: &str, url: &str, body: &[u8]| {
        assert_eq!(bob.send(bench, method, url, body).error(), (403, "forbidden".to_string()), "{method} {url}");
        assert_eq!(Client::default().send(bench, method, url, body).status, 401);
    };
    forbidden(&mut bench, "GET", "/storage/chunked-upload/1", b"");
    forbidden(&mut bench, "POST", &chunk_url(1, 1), &bytes[..100]);
    for action in ["pause", "resume", "cancel"] {
        forbidden(&mut bench, "POST", &format!("/storage/chunked-upload/1/{action}"), b"");
    }
    alice.send(&mut bench, "POST", &chunk_url(1, 1), &bytes[..100]);
    alice.send(&mut bench, "POST", &chunk_url(1, 2), &bytes[100..]);
    forbidden(&mut bench, "POST", "/storage/chunked-upload/1/complete", complete_body(&bytes).as_bytes());
    alice.complete(&mut bench, 1, &bytes);
    for (method, url) in
        [("GET", "memory_1"), ("HEAD", "memory_1"), ("GET", "memory_1/metadata"), ("DELETE", "memory_1")]
    {
        forbidden(&mut bench, method, &format!("/storage/assets/{url}"), b"");
    }
    assert_eq!(alice.send(&mut bench, "GET", "/storage/assets/memory_1", b"").body, bytes);
}

#[test]
fn states_and_idempotency_keys_work_over_http() {
    let mut bench = Bench::new();
    let alice = Client::of(&mut bench, alice());
    let act = |bench: &mut Bench, action: &str| {
        alice.send(bench, "POST", &format!("/storage/chunked-upload/1/{action}"), b"")
    };
    assert_eq!(alice.keyed("k").begin(&mut bench, 150).status, 201);
    let again = alice.keyed("k").begin(&mut bench, 150);
    assert_eq!((again.status, &again.json()["session_id"]), (200, &"1".into()));
    assert_eq!(alice.keyed("k").begin(&mut bench, 151).error(), (409, "validation_error".to_string()));
    assert_eq!(alice.keyed("").begin(&mut bench, 150).error(), (400, "validation_error".to_string()));
    assert_eq!(act(&mut bench, "pause").error(), (409, "invalid_state".to_string()));
    alice.send(&mut bench, "POST", &chunk_url(1, 2), &[1; 50]);
    assert_eq!(act(&mut bench, "pause").json()["status"], "paused");
    assert_eq!(alice.send(&mut bench, "POST", &chunk_url(1, 1), &[1; 100]).error(), (409, "invalid_state".to_string()));
    assert_eq!(act(&mut bench, "resume").json()["status"], "uploading");
    assert_eq!(act(&mut bench, "cancel").json()["status"], "cancelled");
    assert_eq!(act(&mut bench, "cancel").status, 200);
    // The key is free again, and a begin without a key always creates a session.
    assert_eq!(alice.keyed("k").begin(&mut bench, 150).json()["session_id"], "2");
    assert_eq!(
        (alice.begin(&mut bench, 150).json()["session_id"].clone(), alice.begin(&mut bench, 150).status),
        ("3".into(), 201)
    );
    assert_eq!(bench.status(3).unwrap().idempotency_key, "");
    bench.call(super::alice(), |store, call| store.abort(call, 3)).unwrap();
    assert_eq!(bench.store.keys.len(), 1);
    // Both interfaces share keys, and both encode equal metadata equally.
    let image = AssetMetadata::Image(ImageMetadata {
        dpi: None,
        color_space: None,
        exif_data: None,
        compression_ratio: None,
        orientation: None,
        base: AssetBase {
            mime_type: "image/png".to_string(),
            ..crate::core::metadata::base(&asset("a.bin", 150)).clone()
        },
    });
    let same = bench.call(super::alice(), |store, call| store.begin(call, "capsule_1", &image, 2, "k"));
    assert_eq!(same, Ok(2));
    bench.upgrade(InitArg { chunk_size: Some(10), ..InitArg::default() }).unwrap();
    let again = alice.keyed("k").begin(&mut bench, 150);
    assert_eq!((again.status, &again.json()["chunk_size"]), (200, &100.into()));
}

#[test]
fn malformed_bodies_and_chunks_are_refused() {
    let mut bench = Bench::new();
    let alice = Client::of(&mut bench, alice());
    let begin =
        |bench: &mut Bench, body: &str| alice.send(bench, "POST", "/storage/chunked-upload", body.as_bytes()).error();
    let validation = |status: u16| (status, "validation_error".to_string());
    for body in [
        "",
        "null",
        "[]",
        r#"["capsule_1","a","image/png",1,null,null,null,null,null,null]"#,
        r#"{"capsule_id":"capsule_1"}"#,
        &begin_body(1, r#","total_size":1"#),
        &begin_body(1, r#","width":"7""#),
        &begin_body(1, r#","width":-1"#),
        &begin_body(1, r#","asset_type":"Original""#),
        &begin_body(1, r#","checksum_sha256":"00""#),
        &begin_body(1, r#","checksum_sha256":"zz""#),
        &begin_body(1, r#"} {"x":1"#),
    ] {
        assert_eq!(begin(&mut bench, body), validation(400), "{body}");
    }
    assert_eq!(alice.send(&mut bench, "POST", "/storage/chunked-upload", b"{\"a\":\"\xff\"}").error(), validation(400));
    assert_eq!(begin(&mut bench, &" ".repeat(65_537)), validation(413));
    assert_eq!(begin(&mut bench, &begin_body(805_306_369, "")), validation(413));
    assert_eq!(begin(&mut bench, &begin_body(u64::MAX, "")), validation(413));
    for (kind, limit) in [("display", 33_554_432), ("thumb", 4_194_304), ("placeholder", 65_536)] {
        assert_eq!(begin(&mut bench, &begin_body(limit + 1, &format!(r#","asset_type":"{kind}""#))), validation(413));
    }
    assert_eq!(begin(&mut bench, &begin_body(1, "").replace("a.bin", &"n".repeat(1_025))), validation(413));
    assert_eq!(begin(&mut bench, &begin_body(1, "").replace("capsule_1", "capsule_2")), (404, "not_found".to_string()));
    let more = r#","unknown":{"unknown":[1,2]},"unknown":2,"description":null,"tags":["t"],"width":3"#;
    assert_eq!(alice.send(&mut bench, "POST", "/storage/chunked-upload", begin_body(150, more).as_bytes()).status, 201);
    let put = |bench: &mut Bench, query: &str, len: usize| {
        alice.send(bench, "POST", &format!("/storage/chunked-upload/1/chunk{query}"), &vec![1; len]).error()
    };
    let invalid = |status: u16| (status, "invalid_chunk".to_string());
    for query in ["", "?", "?number", "?number=", "?number=0", "?number=+1", "?number=01", "?number=%31", "?number=3"] {
        assert_eq!(put(&mut bench, query, 100), invalid(400), "{query}");
    }
    assert_eq!(put(&mut bench, "?number=4294967297", 100), invalid(400));
    assert_eq!(put(&mut bench, "?number=1", 99), invalid(400));
    assert_eq!(put(&mut bench, "?number=1", 101), invalid(413));
    assert_eq!(put(&mut bench, "?number=2", 51), invalid(400));
    assert_eq!(put(&mut bench, "?canisterId=x&number=1&number=9", 100).1, "none");
    assert_eq!(alice.send(&mut bench, "POST", &chunk_url(1, 1), &[2; 100]).error(), invalid(409));
    let gap = alice.complete(&mut bench, 1, &[1; 150]);
    assert_eq!(
        (gap.error(), gap.json()["error"]["missing_chunks"].to_string()),
        (validation(400), "[[2,2]]".to_string())
    );
    let short = alice.complete(&mut bench, 1, &[1; 149]);
    assert_eq!((short.error(), &short.json()["error"]["missing_chunks"]), (validation(400), &Value::Null));
    alice.send(&mut bench, "POST", &chunk_url(1, 2), &[1; 50]);
    let wrong = alice.complete(&mut bench, 1, &[2; 150]);
    assert_eq!((wrong.error(), wrong.json()["error"]["computed"].as_str().unwrap().len()), (validation(400), 64));
    assert_eq!(alice.complete(&mut bench, 1, &[1; 150]).status, 200);
}

#[test]
fn large_assets_are_read_in_ranges_and_assets_are_selected_by_kind() {
    let mut bench = Bench::with(InitArg { chunk_size: Some(1_000_000), ..InitArg::default() });
    let alice = Client::of(&mut bench, alice());
    let bytes = data(5, 2_500_000);
    alice.begin(&mut bench, 2_500_000);
    for (at, chunk) in bytes.chunks(1_000_000).enumerate() {
        alice.send(&mut bench, "POST", &chunk_url(1, at as u64 + 1), chunk);
    }
    alice.complete(&mut bench, 1, &bytes);
    let url = "/storage/assets/memory_1";
    for (range, from, to) in [
        (None, 0, 1_900_000),
        (Some("bytes=0-"), 0, 1_900_000),
        (Some("bytes=1900000-"), 1_900_000, 2_500_000),
        (Some("bytes=1-1"), 1, 2),
        (Some("bytes=-10"), 2_499_990, 2_500_000),
        (Some("bytes=-2400000"), 100_000, 2_000_000),
    ] {
        let client = range.map_or(alice.clone(), |range| alice.ranged(range));
        let part = client.send(&mut bench, "GET", url, b"");
        assert_eq!(
            (part.status, part.header("Content-Range")),
            (206, Some(&*format!("bytes {from}-{}/2500000", to - 1)))
        );
        assert!(part.body == bytes[from..to], "{range:?}");
        assert!(client.send(&mut bench, "HEAD", url, b"").body.is_empty());
    }
    let beyond = alice.ranged("bytes=2500000-").send(&mut bench, "GET", url, b"");
    assert_eq!((beyond.error().0, beyond.header("Content-Range")), (400, Some("bytes */2500000")));
    let side = |kind, blob: Option<&str>, inline: Option<&[u8]>, mime: Option<&str>| AssetInput {
        kind,
        blob_id: blob.map(str::to_string),
        inline_bytes: inline.map(|bytes| serde_bytes::ByteBuf::from(bytes.to_vec())),
        mime_type: mime.map(str::to_string),
    };
    let sides = [
        side(AssetKind::Thumb, None, Some(&[9; 200]), Some("image/webp\r\nX-Evil: 1")),
        side(AssetKind::Display, Some("blob_1"), None, None),
    ];
    bench.call(super::alice(), |store, call| store.create_memory(call, "capsule_1", &sides)).unwrap();
    assert_eq!(alice.send(&mut bench, "GET", "/storage/assets/memory_2", b"").error().0, 404);
    assert_eq!(alice.send(&mut bench, "GET", "/storage/assets/memory_2?kind=original", b"").error().0, 404);
    assert_eq!(alice.send(&mut bench, "GET", "/storage/assets/memory_2?kind=x", b"").error().0, 400);
    let thumb = alice.send(&mut bench, "GET", "/storage/assets/memory_2?kind=thumb", b"");
    let etag: String = sha256(&[9; 200]).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((thumb.body.len(), thumb.header("ETag")), (200, Some(&*format!("\"{etag}\""))));
    assert_eq!(thumb.header("Content-Type"), Some("application/octet-stream"));
    let metadata = alice.send(&mut bench, "GET", "/storage/assets/memory_2/metadata", b"").json();
    assert_eq!(metadata["assets"][1]["url"], "/storage/assets/memory_2?kind=display");
    assert_eq!((&metadata["asset_type"], &metadata["filename"]), (&"thumb".into(), &Value::Null));
    let metadata = alice.send(&mut bench, "GET", "/storage/assets/memory_1/metadata", b"").json();
    assert_eq!((&metadata["filename"], &metadata["mime_type"]), (&"a.bin".into(), &"image/png".into()));
}

#[test]
fn paths_are_exact_and_the_query_asks_for_an_update() {
    let mut bench = Bench::new();
    let alice = Client::of(&mut bench, alice());
    alice.begin(&mut bench, 0);
    for (method, url) in [
        ("PUT", "/storage/chunked-upload"),
        ("GET", "/storage/chunked-upload"),
        ("POST", "/storage/chunked-upload/"),
        ("GET", "/storage/chunked-upload/1/"),
        ("GET", "/storage/chunked-upload/01"),
        ("GET", "/storage/chunked-upload/%31"),
        ("GET", "/storage/chunked-upload/18446744073709551616"),
        ("GET", "/storage/chunked-upload/2"),
        ("POST", "/storage/chunked-upload/1/begin"),
        ("POST", "/storage/chunked-upload/1/pause/x"),
        ("POST", "/storage/assets/memory_1"),
        ("GET", "/storage/assets"),
        ("GET", "/storage/assets/memory_01"),
        ("GET", "/storage/"),
        ("GET", "/storage"),
        ("GET", "/"),
        ("GET", ""),
    ] {
        assert_eq!(alice.send(&mut bench, method, url, b"").error(), (404, "not_found".to_string()), "{method} {url}");
    }
    assert_eq!(Client::default().send(&mut bench, "GET", "/storage/x", b"").status, 401);
    assert_eq!(alice.send(&mut bench, "GET", "/storage/chunked-upload/1?x=1#f", b"").status, 200);
    assert!(answer_query("GET", "/storage/chunked-upload/1").upgrade);
    assert_eq!(answer_query("GET", "/favicon.ico").status, 404);
    let preflight = answer_query("OPTIONS", "/storage/chunked-upload");
    assert_eq!((preflight.status, preflight.upgrade), (200, false));
}

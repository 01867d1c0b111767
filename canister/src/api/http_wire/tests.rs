use super::*;
use crate::core::http::Body;
use candid::{decode_one, encode_one};

#[derive(CandidType, Deserialize)]
struct WithVersion {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: ByteBuf,
    certificate_version: Option<u16>,
}

#[derive(CandidType)]
struct WithTexts {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: ByteBuf,
    also: Vec<String>,
}

fn headers() -> Vec<(String, String)> {
    let pairs =
        [("Host", "x"), ("AUTHORIZATION", "Bearer 1"), ("authorization", "second"), ("range", "bytes=0-"), ("", "")];
    let long = ("n".repeat(5_000), "v".repeat(5_000));
    pairs.map(|(name, value)| (name.to_string(), value.to_string())).into_iter().chain([long]).collect()
}

fn request(body: Vec<u8>) -> WithVersion {
    let (method, url) = ("POST".to_string(), "/storage/é".repeat(200));
    WithVersion { method, url, headers: headers(), body: ByteBuf::from(body), certificate_version: Some(2) }
}

fn plain(bytes: &[u8]) -> Option<PlainRequest> {
    plain_request(&bytes)
}

#[test]
fn a_request_is_read_without_copying_its_body() {
    for len in [0, 1, 127, 128, 511, 512, 513, 100_000] {
        let body: Vec<u8> = (0..len).map(|i| i as u8).collect();
        let sent = request(body.clone());
        let WithVersion { method, url, headers, body: bytes, .. } = request(body.clone());
        let without = encode_one(GeneralRequest { method, url, headers, body: bytes }).unwrap();
        for argument in [encode_one(&sent).unwrap(), without] {
            let read = plain(&argument).unwrap();
            assert_eq!((&read.method, &read.url), (&sent.method, &sent.url));
            assert_eq!(&argument[read.body_at as usize..][..read.body_len as usize], body);
            assert_eq!(read.headers.authorization.as_deref(), Some("Bearer 1"));
            assert_eq!(read.headers.range.as_deref(), Some("bytes=0-"));
            assert_eq!(read.headers.idempotency_key, None);
        }
    }
}

#[test]
fn an_unusual_encoding_is_left_to_the_decoder() {
    let WithVersion { method, url, headers, body, .. } = request(vec![1]);
    let more = encode_one(WithTexts { method, url, headers, body, also: vec!["x".to_string()] }).unwrap();
    assert_eq!(plain(&more), None);
    assert_eq!(decode_one::<GeneralRequest>(&more).unwrap().body, [1]);
    let whole = encode_one(request(vec![7; 100])).unwrap();
    assert_eq!(plain(&[&whole[..], &[0]].concat()), None);
    for len in 0..whole.len() {
        assert_eq!(plain(&whole[..len]), None);
    }
}

/// Reads damaged arguments. Each is read or left to the decoder. None panics, and none yields a body out of bounds.
#[test]
fn no_argument_panics() {
    let whole = encode_one(request(vec![7; 600])).unwrap();
    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    let mut below = |bound: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % bound as u64) as usize
    };
    let mut read = 0;
    for _ in 0..300_000 {
        let mut damaged = whole.clone();
        for _ in 0..=below(3) {
            // Damage mostly the types.
            let at = if below(2) == 0 { below(70) } else { below(damaged.len()) };
            damaged[at] = [below(256) as u8, 0xff, 0x80, 0][below(4)];
        }
        if let Some(plain) = plain(&damaged) {
            assert!(plain.body_at + plain.body_len <= damaged.len() as u64);
            read += 1;
        }
    }
    assert!((1_000..299_000).contains(&read), "{read}");
}

#[test]
fn a_response_has_the_candid_type_of_the_interface() {
    #[derive(CandidType, Deserialize, Debug, PartialEq)]
    struct Decoded {
        status_code: u16,
        headers: Vec<(String, String)>,
        body: ByteBuf,
        upgrade: Option<bool>,
        streaming_strategy: Option<String>,
    }
    for (len, upgrade) in [(0, false), (5, true), (70_000, false)] {
        let response = Response {
            status: 413,
            headers: vec![("Retry-After", "é".repeat(100)), ("ETag", String::new())],
            body: Body::Bytes(vec![3; len]),
            upgrade,
        };
        let bytes = [response_head(len as u64), vec![3; len], response_tail(&response)].concat();
        let decoded: Decoded = decode_one(&bytes).unwrap();
        assert_eq!((decoded.status_code, decoded.upgrade), (413, upgrade.then_some(true)));
        assert_eq!((decoded.body.len(), decoded.headers[0].1.len(), decoded.headers.len()), (len, 200, 2));
        assert_eq!(decoded.streaming_strategy, None);
    }
}

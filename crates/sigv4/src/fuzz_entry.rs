//! Entry points for fuzzing: every parser of outside bytes, driven by raw bytes, with the properties that must hold for
//! all of them. Shared by the fuzz targets and a seeded test.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

use crate::chunk_signature::ChunkVerifier;
use crate::{
    AmzDate, ChunkedDecoder, Credential, FormAuth, PostPolicy, Progress, Request, SigningKey, hoisted_headers, parse,
};

/// Reads `data` as lines (method, path, query, then `name:value` headers) and authenticates it.
///
/// # Panics
/// When a request that nobody signed verifies.
pub fn request(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let method = lines.next().unwrap_or_default();
    let path = lines.next().unwrap_or_default().as_bytes();
    let query = lines.next().unwrap_or_default();
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    }
    let request = Request { method, path, query, headers: &headers };
    let _ = hoisted_headers(query).count();
    match parse(&request) {
        Ok(Credential::V4(auth)) => {
            let key = SigningKey::derive("no such secret", auth.credential.date(), auth.credential.region(), "s3");
            let _ = auth.check_time(Timestamp::UNIX_EPOCH);
            let _ = auth.check_region("us-east-1");
            assert!(auth.verify(&request, &key, Some(&[0; 32])).is_err(), "a forged signature verified");
        }
        Ok(Credential::V2(auth)) => {
            let _ = auth.check_time(Timestamp::UNIX_EPOCH);
            assert!(auth.verify(&request, "no such secret", Some("bucket")).is_err(), "a forged signature verified");
        }
        Ok(Credential::Anonymous) | Err(_) => {}
    }
}

/// Decodes `data` after its first three bytes as an aws-chunked body: the first chooses the mode, the second the length
/// expected, the third how the input is cut.
///
/// # Panics
/// When cutting the input elsewhere changes the outcome, or more comes out than was announced.
pub fn aws_chunked(data: &[u8]) {
    let [mode, length, cut, body @ ..] = data else { return };
    let whole = decode(*mode, u64::from(*length), body, body.len().max(1));
    let parts = decode(*mode, u64::from(*length), body, usize::from(*cut).max(1));
    assert_eq!(whole, parts, "the outcome depends on how the input is cut");
    if let Ok((payload, _)) = whole {
        assert_eq!(payload.len(), usize::from(*length));
    }
}

type Decoded = Result<(Vec<u8>, Vec<(String, String)>), crate::ChunkError>;

fn decode(mode: u8, length: u64, body: &[u8], cut: usize) -> Decoded {
    let date = AmzDate::parse("20130524T000000Z").expect("a valid date");
    let key = || Arc::new(SigningKey::derive("secret", date.day(), "us-east-1", "s3"));
    let verifier = (mode & 1 == 1).then(|| ChunkVerifier::hmac(key(), "AKID", "scope", &date, "seed"));
    let trailers = (mode & 2 == 2).then_some(&["x-amz-checksum-crc32"][..]);
    let mut decoder = ChunkedDecoder::new(verifier, length, trailers);
    let mut payload = Vec::new();
    for piece in body.chunks(cut) {
        let mut input = Bytes::copy_from_slice(piece);
        while let Progress::Data(data) = decoder.decode(&mut input)? {
            assert!(!data.is_empty(), "empty data makes no progress");
            payload.extend_from_slice(&data);
        }
    }
    decoder.finish().map(|trailers| (payload, trailers))
}

/// Parses `data` as the base64 of a policy, and as the policy itself, and evaluates it.
///
/// # Panics
/// When a policy that does not name the bucket lets a form through.
pub fn post_policy(data: &[u8]) {
    use base64::Engine;
    let text = String::from_utf8_lossy(data);
    let encoded = base64::engine::general_purpose::STANDARD.encode(data);
    let fields = [("key", "k"), ("x-amz-credential", &*text), ("policy", &*encoded), ("x-amz-signature", "0")];
    let _ = FormAuth::parse(&fields);
    for candidate in [&*text, &*encoded] {
        if let Ok(policy) = PostPolicy::parse(candidate) {
            let allowed = policy.evaluate("bucket", &fields, Timestamp::UNIX_EPOCH).is_ok();
            let _ = policy.check_length(1);
            let names_bucket = policy.conditions().iter().any(|condition| condition.field() == Some("bucket"));
            assert!(names_bucket || !allowed, "a policy for no bucket let a form through");
        }
    }
}

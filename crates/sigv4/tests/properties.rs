//! What is signed verifies however it is written, and nothing else does.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use larder_sigv4::{
    AuthError, Credential, Location, PresignOptions, Request, Signer, SignerKey, SigningKey, V4Auth, V4aKeyPair,
    fuzz_entry, hoisted_headers, parse,
};
use proptest::prelude::*;

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

fn now() -> Timestamp {
    Timestamp::from_second(1_369_353_600).expect("in range")
}

fn key() -> SigningKey {
    SigningKey::derive("secret", "20130524", "us-east-1", "s3")
}

fn signer(key: SignerKey<'_>) -> Signer<'_> {
    Signer { access_key_id: "AKID", key, security_token: Some("token/+="), region: "us-east-1", service: "s3" }
}

fn host() -> HeaderMap {
    let mut map = HeaderMap::new();
    map.insert("host", HeaderValue::from_static("bucket.localhost:9000"));
    map
}

fn v4<'a>(request: &Request<'a>) -> Result<V4Auth<'a>, AuthError> {
    match parse(request)? {
        Credential::V4(auth) => Ok(*auth),
        other => panic!("not SigV4: {other:?}"),
    }
}

fn verify(request: &Request<'_>) -> Result<(), AuthError> {
    v4(request)?.verify(request, &key(), None)
}

/// One way to write a text in a URL: `style` says which byte gets which of the forms a client may choose.
fn write(text: &str, style: &[u8], is_path: bool) -> String {
    let mut out = String::new();
    for (index, &byte) in text.as_bytes().iter().enumerate() {
        let style = style[index % style.len()] % 4;
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (is_path && byte == b'/');
        let keeps = plain || (byte.is_ascii_graphic() && !b"%+&=?#".contains(&byte));
        match style {
            _ if is_path && byte == b'/' => out.push('/'),
            0 if keeps => out.push(char::from(byte)),
            1 => out.push_str(&format!("%{byte:02x}")),
            2 if byte == b' ' && !is_path => out.push('+'),
            _ if plain => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn strict(text: &str, is_path: bool) -> String {
    write(text, &[3], is_path)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_request_verifies_however_its_url_is_written(
        path in "/[ -~é漢/]{0,12}(//|/\\./|/\\.\\./)?[ -~]{0,6}",
        pairs in proptest::collection::vec(("[ -~é]{1,8}", "[ -~漢]{0,8}"), 0..5),
        style in proptest::collection::vec(any::<u8>(), 1..9),
        header in "[!-~][ -~]{0,20}[!-~]",
        rotate in 0usize..5,
    ) {
        prop_assume!(!pairs.iter().any(|(name, _)| name.starts_with("X-Amz") || name == "Signature"));
        let query = |style: &[u8], rotate: usize| {
            let mut parts: Vec<String> = pairs
                .iter()
                .map(|(name, value)| format!("{}={}", write(name, style, false), write(value, style, false)))
                .collect();
            let by = rotate % parts.len().max(1);
            parts.rotate_left(by);
            parts.join("&")
        };
        let mut map = host();
        map.insert("x-amz-meta-a", HeaderValue::from_str(&header).expect("a header value"));
        let key = key();
        let signer = signer(SignerKey::Hmac(&key));
        signer.sign("PUT", &strict(&path, true), &query(&[3], 0), &mut map, UNSIGNED, now()).expect("signs");
        let sent_path = write(&path, &style, true);
        let sent_query = query(&style, rotate);
        let request = Request { method: "PUT", path: sent_path.as_bytes(), query: &sent_query, headers: &map };
        let auth = v4(&request).expect("parses");
        prop_assert_eq!(auth.security_token.as_deref(), Some("token/+="));
        prop_assert_eq!(auth.verify(&request, &key, None), Ok(()));
    }

    #[test]
    fn a_changed_request_does_not_verify(
        path in "/[a-z]{1,8}", value in "[a-z]{1,8}", at: prop::sample::Index, what in 0usize..6, to in "[A-Z]",
    ) {
        let change = |text: &str| {
            let at = at.index(text.len());
            format!("{}{to}{}", &text[..at], &text[at + 1..])
        };
        let mut map = host();
        map.insert("x-amz-meta-a", HeaderValue::from_str(&value).expect("a header value"));
        let query = format!("prefix={value}");
        let key = key();
        let signature =
            signer(SignerKey::Hmac(&key)).sign("PUT", &path, &query, &mut map, UNSIGNED, now()).expect("signs");
        let good = Request { method: "PUT", path: path.as_bytes(), query: &query, headers: &map };
        prop_assert_eq!(verify(&good), Ok(()));

        let other_path = format!("/{}", change(&path[1..]));
        let other_query = format!("prefix={}", change(&value));
        let extra = format!("{query}&acl");
        let mut other_map = map.clone();
        other_map.insert("x-amz-meta-a", HeaderValue::from_str(&change(&value)).expect("a header value"));
        let mut other_signature = map.clone();
        let authorization = map["authorization"].to_str().expect("ASCII").replace(&signature, &change(&signature));
        other_signature.insert("authorization", HeaderValue::from_str(&authorization).expect("a header value"));
        let changed = [
            Request { path: other_path.as_bytes(), ..good },
            Request { query: &other_query, ..good },
            Request { query: &extra, ..good },
            Request { method: "GET", ..good },
            Request { headers: &other_map, ..good },
            Request { headers: &other_signature, ..good },
        ][what];
        let error = verify(&changed).expect_err("changed");
        prop_assert!(matches!(error, AuthError::SignatureDoesNotMatch(_)), "{}", error);
    }

    #[test]
    fn presigned_urls_verify_until_something_is_changed(
        path in "/[ -~]{0,12}", value in "[ -~]{1,8}", added in "[a-z]{1,5}",
    ) {
        let (path, query) = (strict(&path, true), format!("x-amz-meta-a={}", strict(&value, false)));
        let key = key();
        let options = PresignOptions { now: now(), expires_seconds: 60 };
        let query = signer(SignerKey::Hmac(&key)).presign("PUT", &path, &query, &host(), &options);
        let map = host();
        let good = Request { method: "PUT", path: path.as_bytes(), query: &query, headers: &map };
        let auth = v4(&good).expect("parses");
        prop_assert_eq!(auth.location, Location::Query);
        prop_assert_eq!(auth.security_token.as_deref(), Some("token/+="));
        prop_assert_eq!(auth.verify(&good, &key, None), Ok(()));
        let hoisted: Vec<_> = hoisted_headers(&query).collect();
        prop_assert_eq!(hoisted, vec![("x-amz-meta-a".to_owned(), value.into())]);

        let extra = format!("{query}&x-amz-{added}=1");
        let refused = verify(&Request { query: &extra, ..good }).is_err();
        prop_assert!(refused);
        let longer = query.replace("Expires=60", "Expires=61");
        let refused = verify(&Request { query: &longer, ..good }).is_err();
        prop_assert!(refused);
        let mut with_header = map.clone();
        let name = HeaderName::from_bytes(format!("x-amz-{added}").as_bytes()).expect("a header name");
        with_header.insert(name, HeaderValue::from_static("1"));
        let error = verify(&Request { headers: &with_header, ..good }).expect_err("an unsigned header");
        prop_assert_eq!(error, AuthError::HeadersNotSigned { headers: vec![format!("x-amz-{added}")] });
    }
}

#[test]
fn sigv4a_signs_and_verifies_in_the_header_and_in_the_query() {
    let pair = V4aKeyPair::derive("secret", "AKID").expect("derives");
    let verifying = pair.verifying_key();
    let signer = Signer { region: "us-*,eu-west-1", ..signer(SignerKey::Ecdsa(&pair)) };
    let mut map = host();
    signer.sign("GET", "/a%20b", "x=1", &mut map, UNSIGNED, now()).expect("signs");
    let request = Request { method: "GET", path: b"/a%20b", query: "x=1", headers: &map };
    let options = PresignOptions { now: now(), expires_seconds: 60 };
    let query = signer.presign("GET", "/a%20b", "x=1", &host(), &options);
    let plain = host();
    let presigned = Request { query: &query, headers: &plain, ..request };
    for request in [request, presigned] {
        let auth = v4(&request).expect("parses");
        assert_eq!(auth.verify_v4a(&request, &verifying, None), Ok(()));
        assert_eq!((auth.check_region("us-west-2"), auth.check_region("eu-west-1")), (Ok(()), Ok(())));
        assert!(auth.check_region("eu-west-2").is_err());
        let changed = Request { path: b"/a%20c", ..request };
        assert!(matches!(auth.verify_v4a(&changed, &verifying, None), Err(AuthError::SignatureDoesNotMatch(_))));
        assert!(auth.verify(&request, &key(), None).is_err(), "an ECDSA claim never verifies with an HMAC key");
        assert!(auth.chunk_verifier(Arc::new(key())).is_none());
    }
    let other = V4aKeyPair::derive("other", "AKID").expect("derives").verifying_key();
    assert!(v4(&request).expect("parses").verify_v4a(&request, &other, None).is_err());
}

#[test]
fn a_mismatch_shows_what_was_expected() {
    let mut map = host();
    let key = key();
    signer(SignerKey::Hmac(&key)).sign("GET", "/a", "", &mut map, UNSIGNED, now()).expect("signs");
    let request = Request { method: "GET", path: b"/b", query: "", headers: &map };
    let Err(AuthError::SignatureDoesNotMatch(mismatch)) = verify(&request) else { panic!("it matched") };
    assert_eq!(mismatch.access_key_id, "AKID");
    assert!(
        mismatch.string_to_sign.starts_with("AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n")
    );
    let canonical = mismatch.canonical_request.expect("has a canonical request");
    assert!(canonical.starts_with("GET\n/b\n\nhost:bucket.localhost:9000\n"), "{canonical}");
    assert!(canonical.ends_with("UNSIGNED-PAYLOAD"));
}

/// A short seeded run of what the fuzz targets do.
#[test]
fn parsers_hold_their_properties_on_mangled_input() {
    let corpus: [&[u8]; 6] = [
        b"GET\n/a\nX-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20130524%2Fr%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00\nhost:h",
        b"PUT\n/a\nacl\nhost:h\nx-amz-date:20130524T000000Z\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nauthorization:AWS4-HMAC-SHA256 Credential=A/20130524/r/s3/aws4_request,SignedHeaders=host;x-amz-date,Signature=00",
        b"GET\n/\nAWSAccessKeyId=a&Signature=b&Expires=1\nhost:h",
        b"\x02\x05\x035\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
        b"\x01\x05\x025;chunk-signature=00\r\nhello\r\n0;chunk-signature=00\r\n\r\n",
        b"{\"expiration\": \"2015-12-30T12:00:00.000Z\", \"conditions\": [{\"bucket\": \"b\"}, [\"starts-with\", \"$key\", \"\"], [\"content-length-range\", 1, 2]]}",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound.max(1) as u64) as usize
    };
    for round in 0..3000 {
        let mut data = corpus[round % corpus.len()].to_vec();
        for _ in 0..next(6) {
            let at = next(data.len());
            match next(4) {
                0 => data[at] = next(256) as u8,
                1 => data.truncate(at.max(1)),
                2 => data.insert(at, b"\r\n%&=;:/+0"[next(10)]),
                _ => {
                    let from = next(data.len());
                    let piece = data[from..].to_vec();
                    data.splice(at..at, piece);
                }
            }
        }
        fuzz_entry::request(&data);
        fuzz_entry::aws_chunked(&data);
        fuzz_entry::post_policy(&data);
    }
}

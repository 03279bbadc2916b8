//! Hosts and paths, and the buckets and keys they address.

use larder_types::limits::MAX_KEY_BYTES;
use larder_wire::address::{Address, Domains, Level, Style};
use larder_wire::error::ErrorCode;
use larder_wire::query::Query;

fn domains() -> Domains {
    Domains::new(["localhost", "s3.localhost", "S3.Example.com:9000", "127.0.0.1", "", "[::1]"])
}

#[test]
fn hosts_name_buckets() {
    for (host, bucket) in [
        ("localhost", None),
        ("localhost:9000", None),
        ("LOCALHOST:9000", None),
        ("localhost.", None),
        ("s3.localhost", None),
        ("s3.localhost:80", None),
        ("photos.localhost:9000", Some("photos")),
        ("Photos.LocalHost", Some("photos")),
        ("photos.localhost.:9000", Some("photos")),
        ("photos.s3.localhost", Some("photos")),
        ("my.photos.localhost", Some("my.photos")),
        ("my.photos.s3.localhost:9000", Some("my.photos")),
        ("photos.s3.example.com", Some("photos")),
        ("s3.example.com", None),
        ("example.com", None),
        ("photoslocalhost", None),
        (".localhost", None),
        ("127.0.0.1", None),
        ("127.0.0.1:9000", None),
        ("10.0.0.7:9000", None),
        ("a.127.0.0.1", None),
        ("[::1]", None),
        ("[::1]:9000", None),
        ("[fe80::1%25en0]:9000", None),
        ("minio:9000", None),
        ("larder.tunnel.example.org", None),
        ("", None),
        (":9000", None),
        ("bücket.localhost", Some("bücket")),
        ("ü", None),
    ] {
        assert_eq!(domains().bucket_of(host).as_deref(), bucket, "{host}");
    }
}

#[test]
fn without_domains_every_host_is_path_style() {
    let address = Address::parse(Some("photos.localhost"), "/a/b", &Domains::default()).unwrap();
    assert_eq!((address.bucket(), address.key(), address.style()), (Some("a"), Some("b"), Style::Path));
}

#[test]
fn paths_name_buckets_and_keys() {
    let hosted = Some("photos.localhost:9000");
    for (host, path, bucket, key) in [
        (None, "/", None, None),
        (None, "", None, None),
        (None, "/b", Some("b"), None),
        (None, "/b/", Some("b"), None),
        (None, "/b/k", Some("b"), Some("k")),
        (None, "/b//", Some("b"), Some("/")),
        (None, "/b//k", Some("b"), Some("/k")),
        (None, "/b/a//b", Some("b"), Some("a//b")),
        (None, "/b/a/", Some("b"), Some("a/")),
        (None, "/b/.", Some("b"), Some(".")),
        (None, "/b/..", Some("b"), Some("..")),
        (None, "/b/../c/./d", Some("b"), Some("../c/./d")),
        (None, "/b/%2e%2E/k", Some("b"), Some("../k")),
        (None, "/b/a+b", Some("b"), Some("a+b")),
        (None, "/b/a%20b%2Bc", Some("b"), Some("a b+c")),
        (None, "/b/a%2Fb", Some("b"), Some("a/b")),
        (None, "/b/%2F", Some("b"), Some("/")),
        (None, "/b/a%252Fb", Some("b"), Some("a%2Fb")),
        (None, "/b/%00", Some("b"), Some("\0")),
        (None, "/b/%F0%9F%98%80", Some("b"), Some("😀")),
        (None, "/b/😀", Some("b"), Some("😀")),
        (None, "/b/k;a=1", Some("b"), Some("k;a=1")),
        (None, "/my%2Dbucket/k", Some("my-bucket"), Some("k")),
        (None, "/b%2Fk", Some("b/k"), None),
        (Some("localhost"), "/b/k", Some("b"), Some("k")),
        (Some("elsewhere.example.org"), "/b/k", Some("b"), Some("k")),
        (hosted, "/", Some("photos"), None),
        (hosted, "", Some("photos"), None),
        (hosted, "/k", Some("photos"), Some("k")),
        (hosted, "//k", Some("photos"), Some("/k")),
        (hosted, "//", Some("photos"), Some("/")),
        (hosted, "/photos/k", Some("photos"), Some("photos/k")),
    ] {
        let address = Address::parse(host, path, &domains()).unwrap();
        assert_eq!((address.bucket(), address.key()), (bucket, key), "{host:?} {path}");
        let level = match (bucket, key) {
            (None, _) => Level::Service,
            (_, None) => Level::Bucket,
            _ => Level::Object,
        };
        assert_eq!(address.level(), level, "{host:?} {path}");
    }
}

#[test]
fn paths_that_cannot_be_read() {
    for (path, code) in [
        ("*", ErrorCode::InvalidURI),
        ("b/k", ErrorCode::InvalidURI),
        ("/b/%", ErrorCode::InvalidURI),
        ("/b/%4", ErrorCode::InvalidURI),
        ("/b/%zz", ErrorCode::InvalidURI),
        ("/b/%FF", ErrorCode::InvalidURI),
        ("/b/%C3", ErrorCode::InvalidURI),
        ("/b/%ED%A0%80", ErrorCode::InvalidURI),
        ("/%FF/k", ErrorCode::InvalidURI),
        ("//k", ErrorCode::InvalidBucketName),
        ("//", ErrorCode::InvalidBucketName),
    ] {
        assert_eq!(Address::parse(None, path, &domains()).unwrap_err().code(), code, "{path}");
    }
}

#[test]
fn key_length_counts_decoded_bytes() {
    let longest = format!("/b/{}", "%F0%9F%98%80".repeat(MAX_KEY_BYTES / 4));
    assert_eq!(Address::parse(None, &longest, &domains()).unwrap().key().map(str::len), Some(MAX_KEY_BYTES));
    let error = Address::parse(None, &format!("{longest}a"), &domains()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::KeyTooLongError);
    assert_eq!(error.extra_value("Size"), Some("1025"));
    assert_eq!(error.extra_value("MaxSizeAllowed"), Some("1024"));
}

/// A short, fixed form of the fuzz target `s3_url`.
#[test]
fn seeded_urls_never_panic() {
    let pieces =
        ["/", "%", "%2F", "%00", "%ff", "+", "?", "é", "localhost", ".", ":", "[", "]", "a", "photos", "=", "&"];
    let mut state = 1_u64;
    let mut text = || {
        let mut text = String::new();
        for _ in 0..8 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        text
    };
    let mut read = 0;
    for _ in 0..20_000 {
        let (host, path, query) = (text(), text(), text());
        if let Ok(address) = Address::parse(Some(&host), &format!("/{path}"), &domains()) {
            assert!(address.key().is_none_or(|key| !key.is_empty() && key.len() <= MAX_KEY_BYTES));
            assert!(address.key().is_none() || address.bucket().is_some());
            read += 1;
        }
        if let Ok(query) = Query::parse(&query) {
            assert!(query.iter().all(|(name, value)| name.len() + value.len() <= 8 * 9));
        }
    }
    assert!(read > 1_000, "{read} of the addresses were readable");
}

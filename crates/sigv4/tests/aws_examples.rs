//! The examples that AWS publishes, as servers and as signers.
//!
//! Sources: <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html>.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use larder_sigv4::{
    AmzDate, ChunkSigner, ChunkedDecoder, ChunkedEncoder, Credential, Location, Payload, PresignOptions, Progress,
    Request, Signer, SignerKey, SigningKey, StreamSignature, V2Auth, V4Auth, parse,
};

const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const HOST: (&str, &str) = ("host", "examplebucket.s3.amazonaws.com");
const DATE: (&str, &str) = ("x-amz-date", "20130524T000000Z");
const EMPTY: (&str, &str) =
    ("x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

/// Method, path, query, headers, names of signed headers, signature.
type V4Case<'a> = (&'a str, &'a str, &'a str, &'a [(&'a str, &'a str)], &'a str, &'a str);
/// Method, bucket in the host, path, query, headers, signature.
type V2Case<'a> = (&'a str, Option<&'a str>, &'a str, &'a str, &'a [(&'a str, &'a str)], &'a str);

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        map.append(name, HeaderValue::from_str(value).expect("a header value"));
    }
    map
}

fn with_authorization(pairs: &[(&str, &str)], signed: &str, signature: &str) -> HeaderMap {
    let mut map = headers(pairs);
    let value = format!(
        "AWS4-HMAC-SHA256 Credential={ACCESS_KEY_ID}/20130524/us-east-1/s3/aws4_request,SignedHeaders={signed},\
         Signature={signature}"
    );
    map.insert("authorization", HeaderValue::from_str(&value).expect("a header value"));
    map
}

fn key() -> SigningKey {
    SigningKey::derive(SECRET, "20130524", "us-east-1", "s3")
}

fn v4<'a>(request: &Request<'a>) -> V4Auth<'a> {
    match parse(request).expect("parses") {
        Credential::V4(auth) => *auth,
        other => panic!("not SigV4: {other:?}"),
    }
}

#[test]
fn requests_signed_in_the_header() {
    let put_hash = ("x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
    let put_headers = [
        HOST,
        DATE,
        put_hash,
        ("date", "Fri, 24 May 2013 00:00:00 GMT"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
    ];
    let plain = "host;x-amz-content-sha256;x-amz-date";
    let cases: [V4Case<'_>; 4] = [
        (
            "GET",
            "/test.txt",
            "",
            &[HOST, DATE, EMPTY, ("range", "bytes=0-9")],
            "host;range;x-amz-content-sha256;x-amz-date",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT",
            "/test$file.text",
            "",
            &put_headers,
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            "GET",
            "/",
            "lifecycle",
            &[HOST, DATE, EMPTY],
            plain,
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            "GET",
            "/",
            "max-keys=2&prefix=J",
            &[HOST, DATE, EMPTY],
            plain,
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ];
    for (method, path, query, pairs, signed, signature) in cases {
        let map = with_authorization(pairs, signed, signature);
        let request = Request { method, path: path.as_bytes(), query, headers: &map };
        let auth = v4(&request);
        assert_eq!(auth.verify(&request, &key(), None), Ok(()), "{method} {path}?{query}");
        assert_eq!(auth.credential.service(), "s3");

        let signer = Signer {
            access_key_id: ACCESS_KEY_ID,
            key: SignerKey::Hmac(&key()),
            security_token: None,
            region: "us-east-1",
            service: "s3",
        };
        let mut map = headers(pairs);
        let payload = map["x-amz-content-sha256"].to_str().expect("ASCII").to_owned();
        let now = auth.date.timestamp();
        assert_eq!(signer.sign(method, path, query, &mut map, &payload, now).expect("signs"), signature);
    }
}

#[test]
fn a_presigned_url() {
    let signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    let query = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={ACCESS_KEY_ID}%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&\
         X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}"
    );
    let map = headers(&[HOST]);
    let request = Request { method: "GET", path: b"/test.txt", query: &query, headers: &map };
    let auth = v4(&request);
    assert_eq!((auth.location, auth.expires, auth.payload), (Location::Query, Some(86_400), Payload::Unsigned));
    assert_eq!(auth.verify(&request, &key(), None), Ok(()));

    let signer = Signer {
        access_key_id: ACCESS_KEY_ID,
        key: SignerKey::Hmac(&key()),
        security_token: None,
        region: "us-east-1",
        service: "s3",
    };
    let options = PresignOptions { now: auth.date.timestamp(), expires_seconds: 86_400 };
    assert_eq!(signer.presign("GET", "/test.txt", "", &map, &options), query);
}

fn decode(mut decoder: ChunkedDecoder, body: &[u8], cut: usize) -> (Vec<u8>, Vec<(String, String)>) {
    let mut payload = Vec::new();
    for piece in body.chunks(cut) {
        let mut input = Bytes::copy_from_slice(piece);
        while let Progress::Data(data) = decoder.decode(&mut input).expect("decodes") {
            payload.extend_from_slice(&data);
        }
    }
    (payload, decoder.finish().expect("complete"))
}

fn chunk_headers<'a>(payload: &'a str, length: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("host", "s3.amazonaws.com"),
        DATE,
        ("x-amz-content-sha256", payload),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("content-encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", "66560"),
        ("content-length", length),
    ]
}

#[test]
fn an_upload_in_signed_chunks() {
    let seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
    let map = with_authorization(
        &chunk_headers("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "66824"),
        "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;\
         x-amz-storage-class",
        seed,
    );
    let request = Request { method: "PUT", path: b"/examplebucket/chunkObject.txt", query: "", headers: &map };
    let auth = v4(&request);
    let key = Arc::new(key());
    assert_eq!(auth.verify(&request, &key, None), Ok(()));
    assert_eq!(auth.payload, Payload::Streaming { signature: StreamSignature::Hmac, trailer: false });

    let payload = vec![b'a'; 66_560];
    let mut body = Vec::new();
    for (size, signature, range) in [
        ("10000", "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", 0..65_536),
        ("400", "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", 65_536..66_560),
        ("0", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", 0..0),
    ] {
        body.extend_from_slice(format!("{size};chunk-signature={signature}\r\n").as_bytes());
        body.extend_from_slice(&payload[range]);
        body.extend_from_slice(b"\r\n");
    }
    assert_eq!(body.len(), 66_824);
    for cut in [1, 7, 1000, body.len()] {
        let verifier = auth.chunk_verifier(Arc::clone(&key)).expect("a signed stream");
        assert_eq!(decode(ChunkedDecoder::new(Some(verifier), 66_560, None), &body, cut), (payload.clone(), vec![]));
    }

    let date = AmzDate::parse(DATE.1).expect("a date");
    let signer = ChunkSigner::hmac(key, auth.credential.scope(), date, seed);
    let mut encoder = ChunkedEncoder::new(Some(signer));
    let mut encoded = Vec::new();
    encoder.chunk(&payload[..65_536], &mut encoded);
    encoder.chunk(&payload[65_536..], &mut encoded);
    encoder.finish(&[], &mut encoded);
    assert_eq!(encoded, body);
}

#[test]
fn an_upload_in_signed_chunks_with_a_trailer() {
    let mut pairs = chunk_headers("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "66946");
    pairs.push(("x-amz-trailer", "x-amz-checksum-crc32c"));
    let map = with_authorization(
        &pairs,
        "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;\
         x-amz-trailer",
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    );
    let request = Request { method: "PUT", path: b"/examplebucket/chunkObject.txt", query: "", headers: &map };
    let auth = v4(&request);
    let key = Arc::new(key());
    assert_eq!(auth.verify(&request, &key, None), Ok(()));

    let payload = vec![b'a'; 66_560];
    let chunk = |size: &str, signature: &str, data: &[u8]| {
        [format!("{size};chunk-signature={signature}\r\n").as_bytes(), data, b"\r\n"].concat()
    };
    let mut body = chunk("10000", "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2", &payload[1024..]);
    body.extend(chunk("400", "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7", &payload[..1024]));
    body.extend_from_slice(b"0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n");
    let head = body.len();
    let (value, signature) =
        ("x-amz-checksum-crc32c:sOO8/Q==", "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435");
    let trailers = vec![("x-amz-checksum-crc32c".to_owned(), "sOO8/Q==".to_owned())];
    // As documented; with a blank line first; and as minio-go writes it.
    for layout in [
        format!("{value}\r\nx-amz-trailer-signature:{signature}\r\n\r\n"),
        format!("\r\n{value}\r\nx-amz-trailer-signature:{signature}\r\n\r\n"),
        format!("{value}\n\r\nx-amz-trailer-signature:{signature}\r\n\r\n"),
    ] {
        body.truncate(head);
        body.extend_from_slice(layout.as_bytes());
        for cut in [1, 100, body.len()] {
            let verifier = auth.chunk_verifier(Arc::clone(&key)).expect("a signed stream");
            let decoder = ChunkedDecoder::new(Some(verifier), 66_560, Some(&["X-Amz-Checksum-Crc32c"]));
            assert_eq!(decode(decoder, &body, cut), (payload.clone(), trailers.clone()));
        }
    }
}

fn v2<'a>(request: &Request<'a>) -> V2Auth<'a> {
    match parse(request).expect("parses") {
        Credential::V2(auth) => auth,
        other => panic!("not SigV2: {other:?}"),
    }
}

#[test]
fn requests_signed_with_version_2() {
    let upload: [(&str, &str); 8] = [
        ("date", "Tue, 27 Mar 2007 21:06:08 +0000"),
        ("x-amz-acl", "public-read"),
        ("content-type", "application/x-download"),
        ("content-md5", "4gJE4saaMU4BqNR0kLY+lw=="),
        ("X-Amz-Meta-ReviewedBy", "joe@johnsmith.net"),
        ("X-Amz-Meta-ReviewedBy", "jane@johnsmith.net"),
        ("X-Amz-Meta-FileChecksum", "0x02661779"),
        ("X-Amz-Meta-ChecksumAlgorithm", "crc32"),
    ];
    let puppy = "/photos/puppy.jpg";
    let cases: [V2Case<'_>; 7] = [
        (
            "GET",
            Some("johnsmith"),
            puppy,
            "",
            &[("date", "Tue, 27 Mar 2007 19:36:42 +0000")],
            "bWq2s1WEIj+Ydj0vQ697zp+IXMU=",
        ),
        (
            "PUT",
            Some("johnsmith"),
            puppy,
            "",
            &[("date", "Tue, 27 Mar 2007 21:15:45 +0000"), ("content-type", "image/jpeg"), ("content-length", "94328")],
            "MyyxeRY7whkBe+bq8fHCL/2kKUg=",
        ),
        (
            "GET",
            Some("johnsmith"),
            "/",
            "prefix=photos&max-keys=50&marker=puppy",
            &[("date", "Tue, 27 Mar 2007 19:42:41 +0000")],
            "htDYFYduRNen8P9ZfE/s9SuKy0U=",
        ),
        (
            "GET",
            Some("johnsmith"),
            "/",
            "acl",
            &[("date", "Tue, 27 Mar 2007 19:44:46 +0000")],
            "c2WLPFtWHVgbEmeEG93a4cG37dM=",
        ),
        ("PUT", Some("static.johnsmith.net"), "/db-backup.dat.gz", "", &upload, "ilyl83RwaSoYIEdixDQcA4OnAnc="),
        ("GET", None, "/", "", &[("date", "Wed, 28 Mar 2007 01:29:59 +0000")], "qGdzdERIC03wnaRNKh6OqZehG9s="),
        (
            "GET",
            None,
            "/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re",
            "",
            &[("date", "Wed, 28 Mar 2007 01:49:49 +0000")],
            "DNEZGsoieTZ92F3bUfSPQcbGmlM=",
        ),
    ];
    for (method, bucket, path, query, pairs, signature) in cases {
        let mut map = headers(pairs);
        let value = format!("AWS {ACCESS_KEY_ID}:{signature}");
        map.insert("authorization", HeaderValue::from_str(&value).expect("a header value"));
        let request = Request { method, path: path.as_bytes(), query, headers: &map };
        let auth = v2(&request);
        assert_eq!(auth.access_key_id, ACCESS_KEY_ID);
        assert_eq!(auth.verify(&request, SECRET, bucket), Ok(()), "{method} {path}?{query}");
        assert!(auth.verify(&request, "another", bucket).is_err());
        assert!(auth.verify(&request, SECRET, Some("another")).is_err());
        let another = Request { method: "DELETE", ..request };
        assert!(auth.verify(&another, SECRET, bucket).is_err());
    }
}

#[test]
fn a_url_presigned_with_version_2() {
    let query =
        "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1175139620&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D".to_owned();
    let map = headers(&[("host", "johnsmith.s3.amazonaws.com")]);
    for query in [query.clone(), query.replace("%2B", "+"), format!("{query}&unsigned=1")] {
        let request = Request { method: "GET", path: b"/photos/puppy.jpg", query: &query, headers: &map };
        let auth = v2(&request);
        assert_eq!(auth.verify(&request, SECRET, Some("johnsmith")), Ok(()));
        let at = |seconds| jiff::Timestamp::from_second(seconds).expect("in range");
        assert_eq!(auth.check_time(at(1_175_139_620)), Ok(()));
        assert!(auth.check_time(at(1_175_139_621)).is_err());
    }
    for change in ["&acl", "&versionId=1", "&x-amz-acl=public-read", "&response-content-type=text%2Fhtml"] {
        let query = format!("{query}{change}");
        let request = Request { method: "GET", path: b"/photos/puppy.jpg", query: &query, headers: &map };
        assert!(v2(&request).verify(&request, SECRET, Some("johnsmith")).is_err(), "{change}");
    }
}

//! Signatures: SigV4 in the header, chunk by chunk, SigV4A, SigV2.

use larder_sigv4::{Request, sign_v2};

use crate::harness::{ACCESS_KEY_ID, Body, SECRET, TestServer, digest, noise, run, run_with};

#[test]
fn what_a_signature_covers() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "x").send().await.ok();
        let (request, _) = s.get("/bucket/key").header("x-amz-meta-a", "1").wire();
        let request = String::from_utf8(request).expect("a text");
        let send = async |request: String| crate::harness::exchange(s.address, request.into_bytes(), Vec::new()).await;
        send(request.clone()).await.status(200);
        for (from, to) in [
            ("GET /bucket/key", "DELETE /bucket/key"),
            ("GET /bucket/key", "GET /bucket/kez"),
            ("GET /bucket/key", "GET /bucket/key?versionId=null"),
            ("x-amz-meta-a: 1", "x-amz-meta-a: 2"),
            ("Signature=", "Signature=0"),
        ] {
            assert!(request.contains(from));
            let answer = send(request.replacen(from, to, 1)).await.refused(403, "SignatureDoesNotMatch");
            assert!(answer.first("StringToSign").starts_with("AWS4-HMAC-SHA256\n"), "{}", answer.text());
            assert_eq!(answer.first("AWSAccessKeyId"), ACCESS_KEY_ID);
            assert!(!answer.first("SignatureProvided").is_empty() && !answer.first("CanonicalRequest").is_empty());
        }
        assert_eq!(s.read("/bucket/key").await, "x");
    });
}

#[test]
fn who_when_and_where() {
    run(async |s| {
        s.bucket("bucket").await;
        let unknown = s.get("/bucket").signed_by("AKIAUNKNOWN").send().await.refused(403, "InvalidAccessKeyId");
        unknown.says("AWSAccessKeyId", "AKIAUNKNOWN");
        let elsewhere =
            s.get("/bucket").for_region("eu-west-1").send().await.refused(400, "AuthorizationHeaderMalformed");
        let message = elsewhere.first("Message");
        assert!(message.contains("'eu-west-1' is wrong; expecting 'us-east-1'"), "{message}");
        elsewhere.says("Region", "us-east-1");
        let service = s.get("/bucket").for_service("ec2").send().await;
        service.refused(400, "AuthorizationHeaderMalformed");
        for seconds in [-899, 899] {
            s.get("/bucket").signed_after(seconds).send().await.status(200);
        }
        for seconds in [-901, 901, -86_400 * 365 * 30, 86_400 * 365 * 100] {
            let skewed = s.get("/bucket").signed_after(seconds).send().await.refused(403, "RequestTimeTooSkewed");
            let skewed = skewed.says("MaxAllowedSkewMilliseconds", "900000");
            assert!(!skewed.first("RequestTime").is_empty() && !skewed.first("ServerTime").is_empty());
        }
        s.put("/bucket/key", "x").signed_by("AKIAUNKNOWN").send().await.refused(403, "InvalidAccessKeyId");
        s.head("/bucket").signed_by("AKIAUNKNOWN").send().await.refused_head(403);
        s.put("/bucket/key", "x").anonymous().send().await.refused(403, "AccessDenied");
        s.head("/bucket/key").anonymous().send().await.refused_head(403);
        s.assert_missing("/bucket/key").await;
    });
}

#[test]
fn headers_that_are_no_signature() {
    run(async |s| {
        s.bucket("bucket").await;
        let scope = format!("{ACCESS_KEY_ID}/{}/us-east-1/s3/aws4_request", s.now().strftime("%Y%m%d"));
        let signature = "0".repeat(64);
        for (authorization, statuses) in [
            ("AWS4-HMAC-SHA256", vec![400]),
            ("AWS4-HMAC-SHA256 ", vec![400]),
            ("AWS4-HMAC-SHA256 Credential=", vec![400]),
            ("Bearer token", vec![400]),
            ("", vec![400, 403]),
            (&format!("AWS4-HMAC-SHA256 Credential={scope},SignedHeaders=host,Signature={signature}"), vec![403]),
            (&format!("AWS4-HMAC-SHA256 Credential={scope},SignedHeaders=,Signature={signature}"), vec![400, 403]),
            (&format!("AWS4-HMAC-SHA256 Credential={scope},SignedHeaders=host"), vec![400]),
            (&format!("AWS4-HMAC-SHA256 Credential=a/b/c,SignedHeaders=host,Signature={signature}"), vec![400]),
        ] {
            let ask = s.get("/bucket").anonymous().header("authorization", authorization);
            let ask = ask.header("x-amz-date", s.now().strftime("%Y%m%dT%H%M%SZ").to_string());
            let answer = ask.header("x-amz-content-sha256", digest::sha256_hex(b"")).send().await;
            assert!(statuses.contains(&answer.status), "{authorization}: {} {}", answer.status, answer.text());
        }
    });
}

#[test]
fn an_amazon_header_that_was_not_signed_is_refused() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/secret", "secret").send().await.ok();
        for (name, value) in [("x-amz-copy-source", "/bucket/secret"), ("x-amz-meta-a", "1"), ("x-amz-acl", "private")]
        {
            let answer =
                s.put("/bucket/key", "").unsigned_header(name, value).send().await.refused(403, "AccessDenied");
            answer.says("HeadersNotSigned", name);
        }
        let delete =
            s.delete("/bucket/secret").unsigned_header("x-amz-bypass-governance-retention", "true").send().await;
        delete.refused(403, "AccessDenied");
        s.assert_missing("/bucket/key").await;
        assert_eq!(s.read("/bucket/secret").await, "secret");
    });
}

fn crc32(content: &[u8]) -> Vec<(String, String)> {
    let value = digest::checksum(larder_types::ChecksumAlgorithm::Crc32, content);
    vec![("x-amz-checksum-crc32".to_owned(), value)]
}

#[test]
fn bodies_in_chunks() {
    run(async |s| {
        s.bucket("bucket").await;
        for size in [0, 1, 8192, 8193, 100_000, 1_000_000] {
            let content = noise(size, 1);
            for body in [
                Body::SignedChunks(8192, vec![]),
                Body::SignedChunks(65_536, crc32(&content)),
                Body::UnsignedChunks(65_536, crc32(&content)),
                Body::UnsignedChunks(10_000_000, vec![]),
            ] {
                s.put("/bucket/key", &content).sent_as(body.clone()).send().await.status(200);
                let got = s.get("/bucket/key").send().await.status(200).has("content-encoding", "");
                assert!(got.body == content, "{size} {body:?}");
            }
        }
        // Framed twice, as clients do that read the body from a pipe.
        let twice = s.put("/bucket/key", "content").sent_as(Body::UnsignedChunks(8192, crc32(b"content")));
        let twice = twice.declared_length(None).unsigned_header("transfer-encoding", "chunked").tampered(|body| {
            let length = format!("{:x}\r\n", body.len()).into_bytes();
            *body = [length, std::mem::take(body), b"\r\n0\r\n\r\n".to_vec()].concat();
        });
        twice.send().await.status(200);
        assert_eq!(s.read("/bucket/key").await, "content");
        let gzip = s.put("/bucket/key", "x").header("content-encoding", "aws-chunked,gzip");
        gzip.sent_as(Body::SignedChunks(8192, vec![])).send().await.status(200);
        s.get("/bucket/key").send().await.status(200).has("content-encoding", "gzip");
        let begun = s.post("/bucket/parts?uploads", "").header("x-amz-checksum-algorithm", "CRC32").send().await;
        let id = begun.status(200).first("UploadId");
        let target = format!("/bucket/parts?partNumber=1&uploadId={id}");
        let part = s.put(&target, "part").sent_as(Body::SignedChunks(8192, crc32(b"part"))).send().await.status(200);
        let (etag, value) = (part.header("etag"), part.header("x-amz-checksum-crc32"));
        let manifest = format!(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag>\
             <ChecksumCRC32>{value}</ChecksumCRC32></Part></CompleteMultipartUpload>"
        );
        s.post(&format!("/bucket/parts?uploadId={id}"), manifest).send().await.status(200);
        assert_eq!(s.read("/bucket/parts").await, "part");
    });
}

#[test]
fn a_chunk_that_was_changed() {
    run(async |s| {
        s.bucket("bucket").await;
        let content = noise(20_000, 1);
        let put = |trailers| s.put("/bucket/key", &content).sent_as(Body::SignedChunks(8192, trailers));
        for tamper in [
            |body: &mut Vec<u8>| body[200] ^= 1,
            |body: &mut Vec<u8>| body[12_000] ^= 1,
            |body: &mut Vec<u8>| {
                // The last chunk's signature, which alone says that nothing follows.
                let at = body.len() - 10;
                body[at] = if body[at] == b'0' { b'1' } else { b'0' };
            },
        ] as [fn(&mut Vec<u8>); 3]
        {
            let answer = put(vec![]).tampered(tamper).send().await.refused(403, "SignatureDoesNotMatch");
            assert!(answer.first("StringToSign").starts_with("AWS4-HMAC-SHA256-PAYLOAD\n"), "{}", answer.text());
            s.assert_missing("/bucket/key").await;
        }
        // Chunks left out, and chunks in another order. A frame of 8,192 bytes has 89 bytes before it and 2 behind.
        let frames: [fn(&mut Vec<u8>); 4] = [
            |body| drop(body.drain(..8192 + 91)),
            |body| drop(body.drain(8192 + 91..2 * (8192 + 91))),
            |body| body.rotate_left(8192 + 91),
            |body| body.truncate(2 * (8192 + 91)),
        ];
        for tamper in frames {
            let answer = put(vec![]).tampered(tamper).send().await;
            assert!(matches!(answer.status, 400 | 403), "{}", answer.text());
            s.assert_missing("/bucket/key").await;
        }
        let trailer = put(crc32(&content)).tampered(|body| {
            let at = body.len() - 8;
            body[at] = if body[at] == b'0' { b'1' } else { b'0' };
        });
        trailer.send().await.refused(403, "SignatureDoesNotMatch");
        let unsigned_trailer = put(crc32(&content)).tampered(|body| {
            let text_at = body.windows(24).position(|window| window == b"x-amz-trailer-signature:").expect("one");
            body.truncate(text_at);
            body.extend_from_slice(b"\r\n");
        });
        let answer = unsigned_trailer.send().await;
        assert!(matches!(answer.status, 400 | 403), "{}", answer.text());
        s.assert_missing("/bucket/key").await;
    });
}

#[test]
fn sigv4a() {
    run(async |s| {
        s.bucket("bucket").await;
        for set in ["us-east-1", "*", "eu-west-1,us-east-1", "us-*"] {
            s.put("/bucket/key", set).v4a(set).send().await.status(200);
            assert_eq!(s.get("/bucket/key").v4a(set).send().await.status(200).text(), set);
        }
        let elsewhere = s.get("/bucket/key").v4a("eu-west-1").send().await;
        assert!(matches!(elsewhere.status, 400 | 403), "{}", elsewhere.text());
        let content = noise(100_000, 1);
        for trailers in [vec![], crc32(&content)] {
            let put = s.put("/bucket/key", &content).v4a("*").sent_as(Body::SignedChunks(65_536, trailers.clone()));
            put.clone().send().await.status(200);
            assert!(s.get("/bucket/key").send().await.ok().body == content);
            s.delete("/bucket/key").send().await.status(204);
            put.tampered(|body| body[70_000] ^= 1).send().await.refused(403, "SignatureDoesNotMatch");
            s.assert_missing("/bucket/key").await;
        }
        let (request, _) = s.get("/bucket").v4a("*").wire();
        let other = String::from_utf8(request).expect("a text").replace("GET /bucket ", "GET /bucket?uploads ");
        let answer = crate::harness::exchange(s.address, other.into_bytes(), Vec::new()).await;
        answer.refused(403, "SignatureDoesNotMatch");
    });
}

/// A request signed with SigV2 in its header.
async fn v2(s: &TestServer, method: &str, target: &str, host: &str, bucket: Option<&str>) -> crate::harness::Answer {
    let mut headers = http::HeaderMap::new();
    headers.insert("date", s.http_date(0).parse().expect("a date"));
    headers.insert("x-amz-meta-a", "1".parse().expect("a value"));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let request = Request { method, path: path.as_bytes(), query, headers: &headers };
    let authorization = format!("AWS {ACCESS_KEY_ID}:{}", sign_v2(&request, SECRET, None, bucket));
    let ask = s.ask(method, target).anonymous().header("host", host).header("authorization", authorization);
    ask.header("date", s.http_date(0)).header("x-amz-meta-a", "1").send().await
}

fn presigned_v2(method: &str, path: &str, expires: i64) -> String {
    let headers = http::HeaderMap::new();
    let request = Request { method, path: path.as_bytes(), query: "", headers: &headers };
    let signature = sign_v2(&request, SECRET, Some(expires), None);
    let signature = crate::harness::encoded(&signature).replace('/', "%2F");
    format!("{path}?AWSAccessKeyId={ACCESS_KEY_ID}&Expires={expires}&Signature={signature}")
}

#[test]
fn sigv2_is_refused_unless_it_is_asked_for() {
    run(async |s| {
        s.bucket("bucket").await;
        v2(s, "PUT", "/bucket/key", &s.host(), None).await.refused(400, "InvalidRequest");
        let url = presigned_v2("GET", "/bucket/key", s.now().as_second() + 60);
        s.get(&url).anonymous().send().await.refused(400, "InvalidRequest");
        s.assert_missing("/bucket/key").await;
    });
    run_with(
        |settings| settings.sigv2 = true,
        async |s| {
            s.bucket("bucket").await;
            v2(s, "PUT", "/bucket/key", &s.host(), None).await.status(200);
            s.head("/bucket/key").send().await.status(200).has("x-amz-meta-a", "1");
            v2(s, "GET", "/key", "bucket.localhost", Some("bucket")).await.status(200);
            v2(s, "GET", "/bucket?uploads", &s.host(), None).await.status(200);
            v2(s, "GET", "/bucket/key", &s.host(), Some("other")).await.refused(403, "SignatureDoesNotMatch");
            let expires = s.now().as_second() + 60;
            let url = presigned_v2("GET", "/bucket/key", expires);
            s.get(&url).anonymous().send().await.status(200);
            s.put(&url, "y").anonymous().send().await.refused(403, "SignatureDoesNotMatch");
            s.get(&url.replace("/key?", "/kez?")).anonymous().send().await.refused(403, "SignatureDoesNotMatch");
            s.advance(61);
            s.get(&url).anonymous().send().await.refused(403, "AccessDenied");
        },
    );
}

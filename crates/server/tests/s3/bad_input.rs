//! Input that no honest client sends: the right error, nothing stored, and the server goes on.

use crate::harness::{Body, Connection, TestServer, exchange, run};

/// The answer to bytes that may be no request.
async fn raw(s: &TestServer, bytes: impl AsRef<[u8]>) -> String {
    let mut connection = Connection::open(s.address).await;
    let _ = tokio::io::AsyncWriteExt::write_all(&mut connection.writer, bytes.as_ref()).await;
    String::from_utf8_lossy(&connection.rest().await).into_owned()
}

async fn still_works(s: &TestServer) {
    assert_eq!(s.get("/bucket/there").send().await.status(200).text(), "x");
    assert_eq!(s.keys("bucket").await, ["there"]);
}

async fn prepared(s: &TestServer) {
    s.bucket("bucket").await;
    s.put("/bucket/there", "x").send().await.ok();
}

#[test]
fn bytes_that_are_no_request() {
    run(async |s| {
        prepared(s).await;
        for bytes in [
            &b"\r\n\r\n"[..],
            b"GET\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET / HTTP/1.1\r\nhost\r\n\r\n",
            b"GET / HTTP/1.1\r\n: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"\0\0\0\0\0\0\0\0\r\n\r\n",
            b"PUT /bucket/key HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
            b"PUT /bucket/key HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999999\r\n\r\nhello",
            b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            b"GET /a\0b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            b"GET  /bucket HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        ] {
            let answer = raw(s, bytes).await;
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{bytes:?}: {answer}");
        }
        still_works(s).await;
    });
}

#[test]
fn far_too_many_headers() {
    run(async |s| {
        prepared(s).await;
        let many: String = (0..100_000).map(|i| format!("x-amz-meta-{i}: x\r\n")).collect();
        let answer = raw(s, format!("GET /bucket HTTP/1.1\r\nhost: x\r\n{many}\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.contains("<Code>RequestHeaderSectionTooLarge</Code>"), "{answer}");
        assert!(answer.contains("x-amz-request-id: ") && answer.contains("x-amz-id-2: "), "{answer}");
        let answer = raw(s, "no request at all\r\n\r\n").await;
        assert!(answer.contains("<Code>BadRequest</Code>") && answer.contains("x-amz-request-id: "), "{answer}");
        let long = "x".repeat(1_000_000);
        let answer = raw(s, format!("GET /bucket HTTP/1.1\r\nhost: x\r\nx-long: {long}\r\n\r\n")).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
        let answer = raw(s, format!("GET /bucket/{long} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
        let query = (0..5_000).map(|i| format!("a{i}=b&")).collect::<String>();
        let answer = s.get(&format!("/bucket?{query}")).send().await;
        assert!(matches!(answer.status, 200 | 400 | 414 | 431), "{}", answer.status);
        still_works(s).await;
    });
}

#[test]
fn xml_that_is_malformed() {
    run(async |s| {
        prepared(s).await;
        let bomb = "<!DOCTYPE d [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>\
            <Delete><Object><Key>&b;</Key></Object></Delete>";
        let outside =
            "<!DOCTYPE d [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><Delete><Object><Key>&a;</Key></Object></Delete>";
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        let documents = [
            "<",
            "<Delete",
            "<Delete><Object><Key>there</Key></Delete></Object>",
            "<Delete><Object><Key>there</Object></Delete>",
            "<Delete><Object><Key>&unknown;</Key></Object></Delete>",
            "<Delete><Object><Key>there</Key></Object></Delete><Delete/>",
            "<Delete><Object><Key>there</Key></Object>",
            "<delete><object><key>there</key></object></delete>",
            "\u{0}<Delete/>",
            "{\"Delete\":{}}",
            bomb,
            outside,
            &deep,
        ];
        for document in documents {
            let md5 = crate::harness::digest::content_md5(document.as_bytes());
            let answer = s.post("/bucket?delete", document).header("content-md5", md5).send().await;
            assert_eq!(answer.status, 400, "{}: {}", &document[..document.len().min(80)], answer.text());
        }
        let latin = b"<Delete><Object><Key>\xff\xfe</Key></Object></Delete>";
        let md5 = crate::harness::digest::content_md5(latin);
        s.post("/bucket?delete", latin).header("content-md5", md5).send().await.refused(400, "MalformedXML");
        for target in
            ["/bucket?versioning", "/bucket?tagging", "/bucket?cors", "/bucket?object-lock", "/bucket/there?tagging"]
        {
            for document in ["<", "<X/>", "nothing", &deep] {
                let answer = s.put(target, document).send().await;
                assert!(
                    matches!(answer.status, 400 | 409),
                    "{target} {}: {}",
                    &document[..document.len().min(80)],
                    answer.text()
                );
            }
        }
        still_works(s).await;
    });
}

#[test]
fn xml_that_is_huge() {
    run(async |s| {
        prepared(s).await;
        let huge = format!("<Delete><Object><Key>{}</Key></Object></Delete>", "x".repeat(9 * 1024 * 1024));
        let md5 = crate::harness::digest::content_md5(huge.as_bytes());
        let answer = s.post("/bucket?delete", &huge).header("content-md5", md5).send().await;
        assert_eq!(answer.status, 400);
        let (head, _) = s.put("/bucket?tagging", "").declared_length(Some(1 << 40)).wire();
        let mut connection = Connection::open(s.address).await;
        connection.send(&head).await;
        let (answer, _) = connection.head().await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        still_works(s).await;
    });
}

#[test]
fn chunks_that_are_malformed() {
    run(async |s| {
        prepared(s).await;
        let put = || s.put("/bucket/key", "content").sent_as(Body::UnsignedChunks(8192, vec![]));
        let tampers: [fn(&mut Vec<u8>); 12] = [
            |body| *body = b"7\r\ncontent\r\n".to_vec(),
            |body| *body = b"7\r\ncontent".to_vec(),
            |body| *body = b"7\r\ncontent0\r\n\r\n".to_vec(),
            |body| *body = b"-7\r\ncontent\r\n0\r\n\r\n".to_vec(),
            |body| *body = b"0x7\r\ncontent\r\n0\r\n\r\n".to_vec(),
            |body| *body = b"ffffffffffffffff\r\ncontent\r\n0\r\n\r\n".to_vec(),
            |body| *body = b"fffffffffffffffff\r\ncontent\r\n0\r\n\r\n".to_vec(),
            |body| *body = b"\r\n\r\n\r\n".to_vec(),
            |body| *body = b"content".to_vec(),
            |body| *body = b"7;chunk-signature=x".repeat(1000),
            |body| *body = b"7\r\ncontent\r\n0\r\n\r\nmore".to_vec(),
            |body| {
                *body = [b"7\r\ncontent\r\n0\r\n".to_vec(), b"x-amz-a:b\r\n".repeat(10_000), b"\r\n".to_vec()].concat()
            },
        ];
        for (number, tamper) in tampers.into_iter().enumerate() {
            let answer = put().tampered(tamper).send().await;
            assert_eq!(answer.status, 400, "{number}: {}", answer.text());
            s.assert_missing("/bucket/key").await;
        }
        let small = put().body(vec![b'x'; 100]).sent_as(Body::UnsignedChunks(10, vec![])).send().await;
        assert!(matches!(small.status, 400 | 403), "{}", small.text());
        for length in ["-1", "x", "", "99999999999999999999999"] {
            let ask = s.put("/bucket/key", "7\r\ncontent\r\n0\r\n\r\n");
            let ask = ask.sent_as(Body::As("STREAMING-UNSIGNED-PAYLOAD-TRAILER".to_owned()));
            let answer = ask.header("x-amz-decoded-content-length", length).send().await;
            assert_eq!(answer.status, 400, "{length}: {}", answer.text());
        }
        still_works(s).await;
    });
}

#[test]
fn header_values_that_make_no_sense() {
    run(async |s| {
        prepared(s).await;
        for (name, value) in [
            ("x-amz-tagging", "%zz"),
            ("x-amz-tagging", "="),
            ("x-amz-object-lock-retain-until-date", "never"),
            ("x-amz-checksum-sha256", "\u{ff}"),
            ("x-amz-sdk-checksum-algorithm", "\u{ff}"),
            ("content-md5", "\u{ff}"),
            ("x-amz-storage-class", "\u{ff}"),
            ("x-amz-copy-source", "%00%ff"),
            ("x-amz-expected-bucket-owner", "me"),
        ] {
            let answer = s.put("/bucket/key", "x").header(name, value).send().await;
            assert_eq!(answer.status / 100, 4, "{name}: {value}: {}", answer.text());
            assert_ne!(answer.header("x-amz-request-id"), "");
        }
        still_works(s).await;
        for query in [
            "versionId=%00",
            "partNumber=%ff",
            "%zz=1",
            "=",
            "&&&",
            "a=b=c",
            "list-type=2&list-type=1",
            "versions&uploads",
        ] {
            for target in ["/bucket", "/bucket/there"] {
                let answer = s.get(&format!("{target}?{query}")).send().await;
                assert!(matches!(answer.status, 200 | 400 | 404 | 405 | 501), "{target}?{query}: {}", answer.status);
            }
        }
        let head = b"GET /bucket HTTP/1.1\r\nconnection: close\r\n\r\n".to_vec();
        let answer = exchange(s.address, head, Vec::new()).await;
        assert_eq!(answer.status / 100, 4, "no host");
        still_works(s).await;
    });
}

//! Keys, documents and headers at the edges: what parsers and ordered stores get wrong.

use std::collections::BTreeSet;

use larder_env::{Rng, SeededRng};

use crate::harness::{Answer, TestServer, digest, encoded, noise, run};

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8().expect("a text").into_owned()
}

/// Keys and common prefixes as ListObjectsV2 must answer, by the simplest means.
fn model(keys: &BTreeSet<String>, prefix: &str, delimiter: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let (mut plain, mut rolled) = (Vec::new(), BTreeSet::new());
    for key in keys.iter().filter(|key| key.starts_with(prefix) && key.as_str() > after) {
        match key[prefix.len()..].find(delimiter).filter(|_| !delimiter.is_empty()) {
            None => plain.push(key.clone()),
            Some(at) => {
                let common = &key[..prefix.len() + at + delimiter.len()];
                if common > after {
                    rolled.insert(common.to_owned());
                }
            }
        }
    }
    (plain, rolled.into_iter().collect())
}

fn listed(answer: &Answer) -> (Vec<String>, Vec<String>) {
    let rolled = answer.inner("CommonPrefixes");
    let rolled = rolled.iter().map(|inner| decoded(&inner.replace("<Prefix>", "").replace("</Prefix>", "")));
    (answer.all("Key").iter().map(|key| decoded(key)).collect(), rolled.collect())
}

/// Follows tokens to the end.
async fn list_all(s: &TestServer, query: &str) -> (Vec<String>, Vec<String>) {
    let (mut keys, mut rolled, mut more) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = s.get(&format!("/bucket?list-type=2&encoding-type=url&{query}{more}")).send().await.status(200);
        let (some_keys, some_rolled) = listed(&page);
        keys.extend(some_keys);
        rolled.extend(some_rolled);
        let token = page.first("NextContinuationToken");
        if token.is_empty() {
            return (keys, rolled);
        }
        more = format!("&continuation-token={}", encoded(&token).replace('/', "%2F"));
    }
}

/// Letters that sort first, last, and in several bytes.
const LETTERS: [&str; 8] = ["/", "\0", "\u{1}", "a", "b", " ", "\u{ff}", "\u{10ffff}"];

fn text(rng: &SeededRng, most: usize) -> String {
    let mut bytes = [0; 8];
    rng.fill(&mut bytes);
    let length = usize::from(bytes[7]) % (most + 1);
    bytes[..length].iter().map(|byte| LETTERS[usize::from(*byte) % LETTERS.len()]).collect()
}

#[test]
fn listings_are_those_of_a_sorted_set() {
    run(async |s| {
        s.bucket("bucket").await;
        let rng = SeededRng::new(7);
        let keys: BTreeSet<String> = (0..120).map(|_| text(&rng, 6)).filter(|key| !key.is_empty()).collect();
        let puts = keys.iter().map(|key| s.put(&format!("/bucket/{}", encoded(key)), "").send());
        futures_util::future::join_all(puts).await.into_iter().for_each(|answer| drop(answer.ok()));
        for round in 0..150 {
            let (prefix, delimiter, after) = (text(&rng, 2), text(&rng, 2), text(&rng, 3));
            let after = if round % 3 == 0 { String::new() } else { after };
            let whole = |text: &str| encoded(text).replace('/', "%2F");
            let size = 1 + larder_env::random_u64(&rng) % 20;
            let query = format!(
                "prefix={}&delimiter={}&start-after={}&max-keys={size}",
                whole(&prefix),
                whole(&delimiter),
                whole(&after)
            );
            assert_eq!(list_all(s, &query).await, model(&keys, &prefix, &delimiter, &after), "{query}");
        }
    });
}

#[test]
fn buckets_whose_names_begin_alike_share_nothing() {
    run(async |s| {
        let names = ["aaa", "aaa-b", "aaab", "aaa.b"];
        for name in names {
            s.bucket(name).await;
            for key in ["k", "k/1", "b/k"] {
                s.put(&format!("/{name}/{key}"), name).send().await.ok();
            }
        }
        for key in ["k", "k/1", "b/k"] {
            s.delete(&format!("/aaa/{key}")).send().await.status(204);
        }
        s.delete("/aaa").send().await.status(204);
        for name in &names[1..] {
            assert_eq!(s.keys(name).await, ["b/k", "k", "k/1"]);
            assert_eq!(s.read(&format!("/{name}/k")).await, *name);
        }
        s.bucket("aaa").await;
        assert!(s.keys("aaa").await.is_empty());
    });
}

#[test]
fn xml_is_read_as_xml() {
    run(async |s| {
        s.bucket("bucket").await;
        let keys = [
            " leading",
            "trailing ",
            "\ta\n",
            "<![CDATA[x]]>",
            "a&b",
            "plain",
            "\u{1f980}",
            "\u{1}",
            "comment",
            "dot",
            "ref",
        ];
        for key in keys {
            s.put(&format!("/bucket/{}", encoded(key)), "x").send().await.ok();
        }
        let document = "\u{feff}<?xml version='1.0' encoding='UTF-8'?>\n<!-- a comment -->\n\
            <s3:Delete xmlns:s3=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n\
            <s3:Object><s3:Key> leading</s3:Key></s3:Object>\n\
            <s3:Object><s3:Key>trailing </s3:Key></s3:Object>\
            <s3:Object><s3:Key>&#9;a&#xA;</s3:Key></s3:Object>\
            <s3:Object><s3:Key>&lt;![CDATA[x]]&gt;</s3:Key></s3:Object>\
            <s3:Object><s3:Key><![CDATA[a&b]]></s3:Key></s3:Object>\
            <s3:Object><s3:Key>pl<!-- in between -->ain</s3:Key></s3:Object>\
            <s3:Object><s3:Key>&#x1F980;</s3:Key></s3:Object>\
            <s3:Object><s3:Key>&#x1;</s3:Key></s3:Object>\
            </s3:Delete>";
        let md5 = digest::content_md5(document.as_bytes());
        let answer = s.post("/bucket?delete", document).header("content-md5", md5).send().await.status(200);
        assert_eq!(answer.inner("Deleted").len(), 8, "{}", answer.text());
        assert_eq!(s.keys("bucket").await, ["comment", "dot", "ref"]);
    });
}

#[test]
fn no_value_becomes_a_header_of_its_own() {
    run(async |s| {
        s.bucket("bucket").await;
        let word = "=?UTF-8?Q?a=0D=0AX-Injected:_1?=";
        s.put("/bucket/key", "x").header("x-amz-meta-a", word).send().await.ok();
        let got = s.get("/bucket/key").send().await.ok().has("x-injected", "");
        assert!(!got.header("x-amz-meta-a").is_empty());
        for parameter in ["content-type", "content-disposition", "cache-control", "expires", "content-language"] {
            let target = format!("/bucket/key?response-{parameter}=a%0D%0AX-Injected:%201");
            let answer = s.get(&target).send().await;
            assert!(matches!(answer.status, 200 | 400), "{}", answer.text());
            answer.has("x-injected", "");
        }
        let key = "a%0D%0AX-Injected:%201";
        s.put(&format!("/bucket/{key}"), "x").send().await.ok().has("x-injected", "");
        let id =
            s.post(&format!("/bucket/{key}?uploads"), "").send().await.ok().has("x-injected", "").first("UploadId");
        let part = s.put(&format!("/bucket/{key}?partNumber=1&uploadId={id}"), "x").send().await.ok();
        let manifest = crate::multipart::manifest(&[(1, part.header("etag"))]);
        s.post(&format!("/bucket/{key}?uploadId={id}"), manifest).send().await.ok().has("x-injected", "");
        s.get(&format!("/bucket/{key}?versionId=%0D%0AX-Injected:1")).send().await.refused(400, "InvalidArgument");
        s.get("/bucket/%0D%0AX-Injected:1").send().await.refused(404, "NoSuchKey").has("x-injected", "");
    });
}

#[test]
fn headers_at_the_edges() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "x").header("content-type", "").send().await.ok();
        s.get("/bucket/key").send().await.ok().has("content-type", "binary/octet-stream");
        s.put("/bucket/key", "x").header("content-encoding", "aws-chunked").send().await.ok();
        s.get("/bucket/key").send().await.ok().has("content-encoding", "");
        let twice = s.put("/bucket/key", "x").header("x-amz-meta-a", "1").header("x-amz-meta-a", "2").send().await;
        twice.ok();
        s.get("/bucket/key").send().await.ok().has("x-amz-meta-a", "1,2");
        s.put("/bucket/key", "x").header("X-Amz-Meta-UPPER", "Case").send().await.ok();
        s.get("/bucket/key").send().await.ok().has("x-amz-meta-upper", "Case");
        let tags: Vec<String> = (0..11).map(|i| format!("k{i}=v")).collect();
        s.put("/bucket/key", "x").header("x-amz-tagging", tags[..10].join("&")).send().await.ok();
        s.put("/bucket/key", "y").header("x-amz-tagging", tags.join("&")).send().await.refused(400, "BadRequest");
        assert_eq!(s.read("/bucket/key").await, "x");
        let rules = "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>\
            </CORSRule></CORSConfiguration>";
        let wrong = s.put("/bucket?cors", rules).header("content-md5", digest::content_md5(b"other")).send().await;
        wrong.refused(400, "BadDigest");
        s.get("/bucket?cors").send().await.refused(404, "NoSuchCORSConfiguration");
        let owner = s.get("/bucket/key").header("x-amz-expected-bucket-owner", "123").send().await;
        owner.refused(400, "InvalidBucketOwnerAWSAccountID");
        let owner = s.get("/bucket/key").header("x-amz-expected-bucket-owner", "999999999999").send().await;
        owner.refused(403, "AccessDenied");
        let absolute = format!("http://{}/bucket/key", s.host());
        let (request, _) = s.get("/bucket/key").wire();
        let request = String::from_utf8(request).expect("a text").replacen("/bucket/key", &absolute, 1);
        let answer = crate::harness::exchange(s.address, request.into_bytes(), Vec::new()).await;
        assert_eq!(answer.status(200).text(), "x", "as to a proxy");
    });
}

#[test]
fn the_null_version_of_a_bucket_without_versioning() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "1").send().await.ok();
        s.put("/bucket/key", "2").send().await.ok();
        let versions = s.get("/bucket?versions").send().await.ok().says("VersionId", "null").says("IsLatest", "true");
        assert_eq!(versions.inner("Version").len(), 1);
        assert_eq!(s.read("/bucket/key?versionId=null").await, "2");
        let document = "<Delete><Object><Key>key</Key><VersionId>null</VersionId></Object></Delete>";
        let md5 = digest::content_md5(document.as_bytes());
        let answer = s.post("/bucket?delete", document).header("content-md5", md5).send().await.status(200);
        assert_eq!(answer.inner("Error").len(), 0, "{}", answer.text());
        s.assert_missing("/bucket/key").await;
        s.put("/bucket/key", "3").send().await.ok();
        s.delete("/bucket/key?versionId=null").send().await.status(204);
        assert!(s.get("/bucket?versions").send().await.ok().inner("Version").is_empty());
        s.delete("/bucket").send().await.status(204);
    });
}

#[test]
fn simultaneous_writers_of_a_versioned_key() {
    run(async |s| {
        s.versioned_bucket("bucket").await;
        let contents: Vec<Vec<u8>> = (0..24).map(|seed| noise(100 + seed as usize * 7_000, seed)).collect();
        let puts = contents.iter().map(|content| s.put("/bucket/key", content).send());
        let answers = futures_util::future::join_all(puts).await;
        let mut ids = BTreeSet::new();
        for (content, answer) in contents.iter().zip(answers) {
            let id = answer.ok().header("x-amz-version-id").to_owned();
            assert!(s.get(&format!("/bucket/key?versionId={id}")).send().await.ok().body == *content);
            ids.insert(id);
        }
        assert_eq!(ids.len(), 24);
        let versions = s.get("/bucket?versions").send().await.ok();
        assert_eq!(versions.all("VersionId").iter().cloned().collect::<BTreeSet<_>>(), ids);
        assert_eq!(versions.all("IsLatest").iter().filter(|latest| *latest == "true").count(), 1);
        assert_eq!(versions.all("IsLatest")[0], "true");
        let latest = s.get("/bucket/key").send().await.ok();
        assert_eq!(latest.header("x-amz-version-id"), versions.all("VersionId")[0]);
    });
}

#[test]
fn simultaneous_ends_of_an_upload() {
    run(async |s| {
        s.versioned_bucket("bucket").await;
        for round in 0..6 {
            let key = format!("/bucket/key-{round}");
            let id = crate::multipart::begin(s, &key).await;
            let tag = crate::multipart::part(s, &key, &id, 1, &noise(100_000, round)).await;
            let target = format!("{key}?uploadId={id}");
            let manifest = crate::multipart::manifest(&[(1, &tag)]);
            let complete = || s.post(&target, &manifest).send();
            let (first, second, aborted) = tokio::join!(complete(), complete(), s.delete(&target).send());
            let versions = s.get(&format!("/bucket?versions&prefix=key-{round}")).send().await.ok();
            let made = versions.inner("Version").len();
            let completed = [first.status, second.status].iter().filter(|status| **status == 200).count();
            assert_eq!(made, completed.min(1), "{} {} {}", first.status, second.status, aborted.status);
            if aborted.status == 204 && completed == 0 {
                s.assert_missing(&key).await;
            } else {
                assert!(s.get(&key).send().await.ok().body == noise(100_000, round));
            }
        }
        assert!(s.get("/bucket?uploads").send().await.ok().inner("Upload").is_empty());
    });
}

#[test]
fn a_copy_of_an_object_in_parts() {
    run(async |s| {
        s.bucket("bucket").await;
        let contents = [noise(5 * 1024 * 1024, 1), noise(1000, 2)];
        let id = crate::multipart::begin(s, "/bucket/key").await;
        let mut parts = Vec::new();
        for (number, content) in (1..).zip(&contents) {
            parts.push((number, crate::multipart::part(s, "/bucket/key", &id, number, content).await));
        }
        let parts: Vec<(u32, &str)> = parts.iter().map(|(number, tag)| (*number, &**tag)).collect();
        let manifest = crate::multipart::manifest(&parts);
        let done = s.post(&format!("/bucket/key?uploadId={id}"), manifest).send().await.status(200);
        let checksum = done.first("ChecksumCRC64NVME");
        s.put("/bucket/copy", "").header("x-amz-copy-source", "bucket/key").send().await.status(200);
        s.delete("/bucket/key").send().await.status(204);
        let got = s.get("/bucket/copy").header("x-amz-checksum-mode", "ENABLED").send().await.status(200);
        assert!(got.has("x-amz-checksum-crc64nvme", &checksum).body == contents.concat());
        let part = s.get("/bucket/copy").header("range", "bytes=5242870-5242889").send().await.status(206);
        assert!(part.body == contents.concat()[5_242_870..5_242_890]);
    });
}

#[test]
fn the_longest_keys_are_listed_in_pages() {
    run(async |s| {
        s.bucket("bucket").await;
        let keys: Vec<String> =
            ["\u{1}", "/", "a", "\u{10ffff}"].iter().map(|text| text.repeat(1024 / text.len())).collect();
        for key in &keys {
            s.put(&format!("/bucket/{}", encoded(key)), "x").send().await.ok();
        }
        assert_eq!(list_all(s, "max-keys=1").await.0, keys);
        assert_eq!(
            list_all(s, "max-keys=1&delimiter=%F4%8F%BF%BF").await,
            (keys[..3].to_vec(), vec!["\u{10ffff}".to_owned()])
        );
        for key in &keys {
            s.delete(&format!("/bucket/{}", encoded(key))).send().await.status(204);
        }
        s.delete("/bucket").send().await.status(204);
    });
}

#[test]
fn listings_from_nowhere() {
    run(async |s| {
        s.versioned_bucket("bucket").await;
        s.put("/bucket/key", "x").send().await.ok();
        let long = "z".repeat(5000);
        for query in [
            format!("list-type=2&prefix={long}"),
            format!("list-type=2&delimiter={long}"),
            format!("list-type=2&start-after={long}"),
            format!("marker={long}"),
            "marker=%00&prefix=%00&delimiter=%00".to_owned(),
            format!("versions&key-marker={long}"),
            "versions&key-marker=%00&version-id-marker=null".to_owned(),
            format!("uploads&key-marker={long}"),
            format!("uploads&prefix={long}&delimiter=%00"),
        ] {
            s.get(&format!("/bucket?{query}")).send().await.status(200).says("IsTruncated", "false");
        }
        for query in [
            "versions&key-marker=a&version-id-marker=nonsense",
            "versions&key-marker=a&version-id-marker=",
            "uploads&max-uploads=-1",
            "uploads&max-uploads=x",
            "uploads&key-marker=a&upload-id-marker=nonsense",
        ] {
            let answer = s.get(&format!("/bucket?{query}")).send().await;
            assert!(matches!(answer.status, 200 | 400), "{query}: {} {}", answer.status, answer.text());
        }
    });
}

#[test]
fn a_slash_behind_the_bucket_is_no_key() {
    run(async |s| {
        s.put("/bucket/", "").send().await.status(200);
        s.put("/bucket/key", "x").send().await.ok();
        s.get("/bucket/?list-type=2").send().await.status(200).says("Key", "key");
        s.head("/bucket/").send().await.status(200);
        s.get("/bucket/?location").send().await.status(200);
        s.delete("/bucket/").send().await.refused(409, "BucketNotEmpty");
        s.put("/bucket//", "y").send().await.ok();
        assert_eq!(s.keys("bucket").await, ["/", "key"]);
    });
}

//! ListObjects, ListObjectsV2, ListBuckets.

use crate::harness::{Answer, TestServer, encoded, run, sdk};

const KEYS: [&str; 10] = ["a", "a b", "a/1", "a/2", "b//1", "b/1", "c", "d/e/f", "emoji \u{1f980}", "z+&<>"];

async fn filled(s: &TestServer) {
    s.bucket("bucket").await;
    for key in KEYS {
        s.put(&format!("/bucket/{}", encoded(key)), key).send().await.ok();
    }
}

fn prefixes(answer: &Answer) -> Vec<String> {
    answer.inner("CommonPrefixes").iter().map(|inner| inner.replace("<Prefix>", "").replace("</Prefix>", "")).collect()
}

async fn list(s: &TestServer, query: &str) -> Answer {
    s.get(&format!("/bucket?{query}")).send().await.status(200)
}

#[test]
fn all_keys_in_the_order_of_their_bytes() {
    run(async |s| {
        filled(s).await;
        let v2 = list(s, "list-type=2").await.says("Name", "bucket").says("KeyCount", "10").says("MaxKeys", "1000");
        let v2 = v2.says("IsTruncated", "false").says("Prefix", "").says("NextContinuationToken", "");
        let mut expected = KEYS.map(str::to_owned).to_vec();
        expected.sort_unstable();
        assert_eq!(v2.all("Key"), expected);
        assert_eq!(v2.header("content-type"), "application/xml");
        let entry = &v2.inner("Contents")[0];
        for field in
            ["<Key>a</Key>", "<Size>1</Size>", "<StorageClass>STANDARD</StorageClass>", "<ChecksumAlgorithm>CRC64NVME<"]
        {
            assert!(entry.contains(field), "{field} {entry}");
        }
        assert!(v2.first("LastModified").ends_with(".000Z"), "{}", v2.first("LastModified"));
        assert!(!entry.contains("<Owner>"));
        let owned = list(s, "list-type=2&fetch-owner=true&max-keys=1").await;
        assert!(!owned.first("Owner").is_empty());
        let v1 = list(s, "").await.says("KeyCount", "").says("Marker", "").says("IsTruncated", "false");
        assert_eq!(v1.all("Key"), expected);
        assert!(!v1.first("Owner").is_empty(), "the first version tells owners");
    });
}

#[test]
fn prefixes_and_delimiters() {
    run(async |s| {
        filled(s).await;
        for (query, keys, rolled) in [
            ("prefix=a", vec!["a", "a b", "a/1", "a/2"], vec![]),
            ("prefix=a/", vec!["a/1", "a/2"], vec![]),
            ("prefix=nothing", vec![], vec![]),
            ("delimiter=/", vec!["a", "a b", "c", "emoji \u{1f980}", "z+&<>"], vec!["a/", "b/", "d/"]),
            ("delimiter=/&prefix=a", vec!["a", "a b"], vec!["a/"]),
            ("delimiter=/&prefix=b/", vec!["b/1"], vec!["b//"]),
            ("delimiter=/&prefix=d/", vec![], vec!["d/e/"]),
            ("delimiter=e", vec!["a", "a b", "a/1", "a/2", "b//1", "b/1", "c", "z+&<>"], vec!["d/e", "e"]),
            (
                "delimiter=%2F1",
                vec!["a", "a b", "a/2", "c", "d/e/f", "emoji \u{1f980}", "z+&<>"],
                vec!["a/1", "b//1", "b/1"],
            ),
            ("delimiter=", KEYS.to_vec(), vec![]),
            ("delimiter=%20&prefix=emoji", vec![], vec!["emoji "]),
        ] {
            for version in ["list-type=2&", ""] {
                let listed = list(s, &format!("{version}{query}")).await;
                assert_eq!(listed.all("Key"), keys, "{version}{query}");
                assert_eq!(prefixes(&listed), rolled, "{version}{query}");
                if !version.is_empty() {
                    listed.says("KeyCount", &(keys.len() + rolled.len()).to_string());
                }
            }
        }
    });
}

#[test]
fn pages() {
    run(async |s| {
        filled(s).await;
        for delimiter in ["", "&delimiter=/"] {
            let whole = list(s, &format!("list-type=2{delimiter}")).await;
            let count = whole.inner("Contents").len() + prefixes(&whole).len();
            for size in 1..=count + 1 {
                let (mut keys, mut rolled, mut more) = (Vec::new(), Vec::new(), String::new());
                loop {
                    let page = list(s, &format!("list-type=2&max-keys={size}{delimiter}{more}")).await;
                    assert!(page.inner("Contents").len() + prefixes(&page).len() <= size);
                    keys.extend(page.all("Key"));
                    rolled.extend(prefixes(&page));
                    let token = page.first("NextContinuationToken");
                    assert_eq!(page.first("IsTruncated") == "true", !token.is_empty());
                    if token.is_empty() {
                        break;
                    }
                    more = format!("&continuation-token={}", encoded(&token).replace('/', "%2F"));
                }
                assert_eq!((keys, rolled), (whole.all("Key"), prefixes(&whole)), "pages of {size}{delimiter}");
                let (mut keys, mut rolled, mut marker) = (Vec::new(), Vec::new(), String::new());
                loop {
                    let page = list(s, &format!("max-keys={size}{delimiter}&marker={}", encoded(&marker))).await;
                    keys.extend(page.all("Key"));
                    rolled.extend(prefixes(&page));
                    if page.first("IsTruncated") != "true" {
                        break;
                    }
                    let next = page.first("NextMarker");
                    // AWS tells it only with a delimiter: else the last key serves.
                    marker = if next.is_empty() { page.all("Key").pop().expect("a key") } else { next };
                }
                assert_eq!(
                    (keys, rolled),
                    (whole.all("Key"), prefixes(&whole)),
                    "first version, pages of {size}{delimiter}"
                );
            }
        }
    });
}

#[test]
fn where_to_begin() {
    run(async |s| {
        filled(s).await;
        let listed = list(s, "list-type=2&start-after=b//1").await.says("StartAfter", "b//1");
        assert_eq!(listed.all("Key")[0], "b/1");
        assert_eq!(list(s, "list-type=2&start-after=b/").await.all("Key")[0], "b//1");
        assert!(list(s, "list-type=2&start-after=zz").await.all("Key").is_empty());
        assert_eq!(list(s, "marker=a/1").await.says("Marker", "a/1").all("Key")[0], "a/2");
        let rolled = list(s, "list-type=2&delimiter=/&start-after=a/1").await;
        assert_eq!(
            prefixes(&rolled),
            ["b/", "d/"],
            "AWS leaves out prefixes that are not greater than where it begins"
        );
        for token in ["nonsense", "%00"] {
            s.get(&format!("/bucket?list-type=2&continuation-token={token}"))
                .send()
                .await
                .refused(400, "InvalidArgument");
        }
    });
}

#[test]
fn the_number_of_keys() {
    run(async |s| {
        filled(s).await;
        for version in ["list-type=2", ""] {
            let none =
                list(s, &format!("{version}&max-keys=0")).await.says("IsTruncated", "false").says("MaxKeys", "0");
            assert!(none.all("Key").is_empty());
            let many = list(s, &format!("{version}&max-keys=5000")).await;
            assert_eq!(many.all("Key").len(), 10);
            assert!(matches!(many.first("MaxKeys").as_str(), "1000" | "5000"), "{}", many.text());
            // AWS has two names for it.
            for (wrong, name) in
                [("-1", "maxKeys"), ("x", "max-keys"), ("99999999999999999999", "max-keys"), ("1.5", "max-keys")]
            {
                let refused = s.get(&format!("/bucket?{version}&max-keys={wrong}")).send().await;
                refused.refused(400, "InvalidArgument").says("ArgumentName", name).says("ArgumentValue", wrong);
            }
        }
        for wrong in ["max-keys=-1", "max-keys=x"] {
            s.get(&format!("/bucket?versions&{wrong}")).send().await.refused(400, "InvalidArgument");
        }
        s.get("/bucket?list-type=3").send().await.refused(400, "InvalidArgument");
    });
}

#[test]
fn a_page_never_has_more_than_1000() {
    run(async |s| {
        s.bucket("bucket").await;
        for round in 0..16 {
            let puts = (0..64).map(|i| s.put(&format!("/bucket/{:04}", round * 64 + i), "").send());
            futures_util::future::join_all(puts).await.into_iter().for_each(|answer| drop(answer.ok()));
        }
        for query in ["list-type=2", "list-type=2&max-keys=1001", ""] {
            let page = list(s, query).await.says("IsTruncated", "true");
            assert_eq!(page.all("Key").len(), 1000);
            assert_eq!(page.all("Key")[999], "0999");
        }
        let token = list(s, "list-type=2").await.first("NextContinuationToken");
        let rest = list(s, &format!("list-type=2&continuation-token={}", encoded(&token).replace('/', "%2F"))).await;
        assert_eq!(rest.all("Key").len(), 24);
    });
}

#[test]
fn keys_that_xml_cannot_hold_are_encoded() {
    run(async |s| {
        filled(s).await;
        let url = list(s, "list-type=2&encoding-type=url&prefix=&delimiter=/&start-after=a%20")
            .await
            .says("EncodingType", "url");
        assert_eq!(url.all("Key"), ["a+b", "c", "emoji+%F0%9F%A6%80", "z%2B%26%3C%3E"]);
        assert_eq!(prefixes(&url), ["a/", "b/", "d/"]);
        assert_eq!(url.first("StartAfter"), "a+");
        s.put("/bucket/%01%0A", "x").send().await.ok();
        assert_eq!(list(s, "list-type=2&encoding-type=url&max-keys=1").await.all("Key"), ["%01%0A"]);
        let raw = list(s, "list-type=2&max-keys=1").await;
        assert_eq!(raw.inner("Key"), ["&#x1;&#xA;"], "{}", raw.text());
        let refused = s.get("/bucket?encoding-type=base64").send().await.refused(400, "InvalidArgument");
        refused.says("ArgumentName", "encoding-type").says("ArgumentValue", "base64");
    });
}

#[test]
fn buckets() {
    run(async |s| {
        let none = s.get("/").send().await.status(200);
        assert!(none.inner("Bucket").is_empty());
        for name in ["alpha", "beta", "beta-2", "gamma"] {
            s.bucket(name).await;
        }
        let all = s.get("/").send().await.status(200);
        assert_eq!(all.all("Name"), ["alpha", "beta", "beta-2", "gamma"]);
        assert!(!all.first("Owner").is_empty() && all.first("CreationDate").ends_with(".000Z"), "{}", all.text());
        let some = s.get("/?prefix=beta").send().await.status(200).says("Prefix", "beta");
        assert_eq!(some.all("Name"), ["beta", "beta-2"]);
        assert_eq!(some.all("BucketRegion"), ["us-east-1", "us-east-1"]);
        let (mut names, mut more) = (Vec::new(), String::new());
        loop {
            let page = s.get(&format!("/?max-buckets=3{more}")).send().await.status(200);
            names.extend(page.all("Name"));
            let token = page.first("ContinuationToken");
            if token.is_empty() {
                break;
            }
            more = format!("&continuation-token={}", encoded(&token).replace('/', "%2F"));
        }
        assert_eq!(names, ["alpha", "beta", "beta-2", "gamma"]);
        assert_eq!(s.get("/?bucket-region=us-east-1").send().await.ok().all("Name").len(), 4);
        let elsewhere = s.get("/?bucket-region=eu-west-1").send().await.refused(400, "InvalidArgument");
        elsewhere.says("ArgumentName", "bucket-region");
        for wrong in ["0", "-1", "10001", "x"] {
            s.get(&format!("/?max-buckets={wrong}")).send().await.refused(400, "InvalidArgument");
        }
        s.get("/").anonymous().send().await.refused(403, "AccessDenied");
        let names = sdk(s).list_buckets().send().await.expect("listed");
        assert_eq!(names.buckets().len(), 4);
    });
}

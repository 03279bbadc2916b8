//! Conditional requests. Precedence as AWS states it at <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>.

use crate::harness::{TestServer, digest, noise, run};

const BOTH: [&str; 2] = ["GET", "HEAD"];

async fn read(s: &TestServer, method: &str, headers: &[(&str, &str)]) -> u16 {
    let ask = s.ask(method, "/bucket/key");
    let answer = headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value)).send().await;
    match answer.status {
        304 => {
            assert!(answer.body.is_empty(), "a 304 has no body");
            assert_eq!(answer.header("etag"), digest::etag(b"x"), "a 304 tells the validators");
            assert!(!answer.header("last-modified").is_empty());
            answer.status(304);
            304
        }
        412 if method == "GET" => {
            let answer = answer.refused(412, "PreconditionFailed");
            assert!(!answer.first("Condition").is_empty(), "{}", answer.text());
            412
        }
        status => status,
    }
}

#[test]
fn reads() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "x").send().await.ok();
        s.advance(3600);
        let (tag, other) = (digest::etag(b"x"), digest::etag(b"y"));
        let (before, at, after) = (s.http_date(-7200), s.http_date(-3600), s.http_date(-1800));
        let (match_, none_match) = ("if-match", "if-none-match");
        let (since, unmodified) = ("if-modified-since", "if-unmodified-since");
        let bare = tag.trim_matches('"');
        let list = format!("{other}, {tag}");
        let cases: Vec<(Vec<(&str, &str)>, u16)> = vec![
            (vec![(match_, &tag)], 200),
            (vec![(match_, bare)], 200),
            (vec![(match_, "*")], 200),
            (vec![(match_, &list)], 200),
            (vec![(match_, &other)], 412),
            (vec![(none_match, &tag)], 304),
            (vec![(none_match, bare)], 304),
            (vec![(none_match, "*")], 304),
            (vec![(none_match, &list)], 304),
            (vec![(none_match, &other)], 200),
            (vec![(since, &before)], 200),
            (vec![(since, &at)], 304),
            (vec![(since, &after)], 304),
            (vec![(unmodified, &before)], 412),
            (vec![(unmodified, &at)], 200),
            (vec![(unmodified, &after)], 200),
            // If-Match that holds outdoes If-Unmodified-Since; If-None-Match outdoes If-Modified-Since.
            (vec![(match_, &tag), (unmodified, &before)], 200),
            (vec![(match_, &other), (unmodified, &after)], 412),
            (vec![(none_match, &tag), (since, &before)], 304),
            (vec![(none_match, &other), (since, &after)], 200),
            (vec![(match_, &tag), (none_match, &tag)], 304),
            (vec![(match_, &other), (none_match, &tag)], 412),
            (vec![(unmodified, &before), (since, &after)], 412),
            // What is no date is not heeded.
            (vec![(since, "yesterday")], 200),
            (vec![(unmodified, "")], 200),
        ];
        for (headers, status) in &cases {
            for method in BOTH {
                assert_eq!(read(s, method, headers).await, *status, "{method} {headers:?}");
            }
        }
        let missing = s.get("/bucket/none").header("if-match", "*").send().await;
        missing.refused(404, "NoSuchKey");
        s.get("/bucket/none").header("if-none-match", "*").send().await.refused(404, "NoSuchKey");
    });
}

#[test]
fn dates_in_the_far_past_and_future() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "x").send().await.ok();
        let (past, future) = ("Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT");
        let (ancient, year_one) = ("Wed, 21 Oct 1615 07:28:00 GMT", "Mon, 01 Jan 0001 00:00:00 GMT");
        for date in [past, ancient, year_one] {
            assert_eq!(read(s, "GET", &[("if-modified-since", date)]).await, 200, "{date}");
            assert_eq!(read(s, "GET", &[("if-unmodified-since", date)]).await, 412, "{date}");
        }
        // RFC 9110, section 13.1.3: a date later than the server's time is not heeded.
        assert_eq!(read(s, "GET", &[("if-modified-since", future)]).await, 200);
        assert_eq!(read(s, "GET", &[("if-unmodified-since", future)]).await, 200);
        for nonsense in ["Thu, 99 Foo 99999 99:99:99 GMT", "-1", "99999999999999999999", "0"] {
            assert_eq!(read(s, "GET", &[("if-modified-since", nonsense)]).await, 200, "{nonsense}");
        }
    });
}

#[test]
fn writes() {
    run(async |s| {
        s.bucket("bucket").await;
        let put =
            |content: &'static str, name: &str, value: &str| s.put("/bucket/key", content).header(name, value).send();
        put("a", "if-match", "*").await.refused(404, "NoSuchKey");
        put("a", "if-match", &digest::etag(b"a")).await.refused(404, "NoSuchKey");
        s.assert_missing("/bucket/key").await;
        put("a", "if-none-match", "*").await.status(200);
        put("b", "if-none-match", "*").await.refused(412, "PreconditionFailed").says("Condition", "If-None-Match");
        assert_eq!(s.read("/bucket/key").await, "a");
        put("b", "if-match", &digest::etag(b"b"))
            .await
            .refused(412, "PreconditionFailed")
            .says("Condition", "If-Match");
        put("b", "if-match", &digest::etag(b"a")).await.status(200);
        put("c", "if-match", "*").await.status(200);
        put("d", "if-none-match", &digest::etag(b"d")).await.refused(501, "NotImplemented");
        assert_eq!(s.read("/bucket/key").await, "c");
        let delete = |tag: &str| s.delete("/bucket/key").header("if-match", tag).send();
        delete(&digest::etag(b"a")).await.refused(412, "PreconditionFailed");
        assert_eq!(s.read("/bucket/key").await, "c");
        delete(&digest::etag(b"c")).await.status(204);
        s.assert_missing("/bucket/key").await;
        put("e", "if-none-match", "*").await.status(200);
        delete("*").await.status(204);
        let absent = s.delete("/bucket/key").header("if-match", "*").send().await;
        assert!(matches!(absent.status, 404 | 412), "{}", absent.status);
    });
}

#[test]
fn a_delete_marker_counts_as_no_object() {
    run(async |s| {
        s.versioned_bucket("bucket").await;
        s.put("/bucket/key", "a").send().await.ok();
        s.delete("/bucket/key").send().await.ok();
        let put = |name: &str, value: &str| s.put("/bucket/key", "b").header(name, value).send();
        put("if-match", &digest::etag(b"a")).await.refused(404, "NoSuchKey");
        put("if-none-match", "*").await.status(200);
        put("if-none-match", "*").await.refused(412, "PreconditionFailed");
        assert_eq!(s.read("/bucket/key").await, "b");
    });
}

#[test]
fn of_64_simultaneous_creations_one_succeeds() {
    run(async |s| {
        s.bucket("bucket").await;
        for size in [10, 100_000] {
            let key = format!("/bucket/key-{size}");
            let contents: Vec<Vec<u8>> = (0..64).map(|seed| noise(size, seed)).collect();
            let puts = contents.iter().map(|content| s.put(&key, content).header("if-none-match", "*").send());
            let answers = futures_util::future::join_all(puts).await;
            let mut winners = Vec::new();
            for (content, answer) in contents.iter().zip(answers) {
                match answer.status {
                    200 => winners.push(content),
                    409 => drop(answer.refused(409, "ConditionalRequestConflict")),
                    _ => drop(answer.refused(412, "PreconditionFailed")),
                }
            }
            assert_eq!(winners.len(), 1);
            assert!(s.get(&key).send().await.ok().body == *winners[0], "the winner's content stays");
        }
    });
}

#[test]
fn the_source_of_a_copy() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "x").send().await.ok();
        s.advance(3600);
        let (tag, other) = (digest::etag(b"x"), digest::etag(b"y"));
        let (before, after) = (s.http_date(-7200), s.http_date(-1800));
        let name = |name: &str| format!("x-amz-copy-source-{name}");
        let cases = [
            (vec![("if-match", &tag)], true),
            (vec![("if-match", &other)], false),
            (vec![("if-none-match", &other)], true),
            // Where a read answers 304, a copy fails.
            (vec![("if-none-match", &tag)], false),
            (vec![("if-modified-since", &before)], true),
            (vec![("if-modified-since", &after)], false),
            (vec![("if-unmodified-since", &after)], true),
            (vec![("if-unmodified-since", &before)], false),
            (vec![("if-match", &tag), ("if-unmodified-since", &before)], true),
            (vec![("if-none-match", &tag), ("if-modified-since", &before)], false),
        ];
        for (headers, succeeds) in cases {
            let ask = s.put("/bucket/copy", "").header("x-amz-copy-source", "/bucket/key");
            let ask = headers.iter().fold(ask, |ask, (header, value)| ask.header(&name(header), value.as_str()));
            let answer = ask.send().await;
            if succeeds {
                answer.status(200);
                s.delete("/bucket/copy").send().await.status(204);
            } else {
                answer.refused(412, "PreconditionFailed");
                s.assert_missing("/bucket/copy").await;
            }
        }
    });
}

#[test]
fn dates_are_compared_in_whole_seconds() {
    run(async |s| {
        s.bucket("bucket").await;
        s.advance_millis(700);
        s.put("/bucket/key", "x").send().await.ok();
        s.advance_millis(600);
        let shown = s.head("/bucket/key").send().await.ok().header("last-modified").to_owned();
        assert_eq!(shown, s.http_date(-1));
        // What a client was told must be what it can ask with.
        assert_eq!(read(s, "GET", &[("if-modified-since", &shown)]).await, 304);
        assert_eq!(read(s, "GET", &[("if-unmodified-since", &shown)]).await, 200);
        let earlier = s.http_date(-2);
        assert_eq!(read(s, "GET", &[("if-modified-since", &earlier)]).await, 200);
        assert_eq!(read(s, "GET", &[("if-unmodified-since", &earlier)]).await, 412);
        let copy =
            |name: &str| s.put("/bucket/copy", "").header("x-amz-copy-source", "bucket/key").header(name, &shown);
        copy("x-amz-copy-source-if-unmodified-since").send().await.status(200);
        let refused = copy("x-amz-copy-source-if-modified-since").send().await.refused(412, "PreconditionFailed");
        refused.says("Condition", "x-amz-copy-source-If-Modified-Since");
    });
}

#[test]
fn deletions_of_many() {
    run(async |s| {
        s.bucket("bucket").await;
        for key in ["a", "b"] {
            s.put(&format!("/bucket/{key}"), key).send().await.ok();
        }
        let tag = digest::etag(b"b");
        let document = format!(
            "<Delete><Object><Key>a</Key><ETag>{tag}</ETag></Object><Object><Key>b</Key><ETag>{tag}</ETag></Object></Delete>"
        );
        let md5 = digest::content_md5(document.as_bytes());
        let answer = s.post("/bucket?delete", &document).header("content-md5", md5).send().await.status(200);
        assert_eq!((answer.inner("Deleted").len(), answer.first("Code").as_str()), (1, "PreconditionFailed"));
        assert_eq!(s.keys("bucket").await, ["a"]);
    });
}

//! Clients that get in each other's way: each sees something whole, and in the end all is consistent.

use std::cell::Cell;

use crate::harness::{TestServer, digest, noise, run};

/// Sizes on both sides of what is kept beside the metadata.
const SIZES: [usize; 3] = [1_000, 70_000, 1_500_000];

/// Reads until `done`: every content must be whole, which its entity tag tells.
async fn read_on(s: &TestServer, target: &str, done: &Cell<bool>) -> usize {
    let mut reads = 0;
    while !done.get() {
        let answer = s.get(target).send().await;
        match answer.status {
            200 => {
                let answer = answer.ok();
                assert_eq!(answer.header("etag"), digest::etag(&answer.body), "{} bytes", answer.body.len());
                reads += 1;
            }
            _ => drop(answer.refused(404, "NoSuchKey")),
        }
    }
    reads
}

#[test]
fn readers_and_writers() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "begin").send().await.ok();
        let done = Cell::new(false);
        let write = async {
            for round in 0..24 {
                let content = noise(SIZES[round % 3] + round, round as u64);
                s.put("/bucket/key", &content).send().await.ok();
                if round % 4 == 3 {
                    s.delete("/bucket/key").send().await.status(204);
                }
            }
            s.put("/bucket/key", "end").send().await.ok();
            done.set(true);
        };
        let readers = (0..3).map(|_| read_on(s, "/bucket/key", &done));
        let (reads, ()) = tokio::join!(futures_util::future::join_all(readers), write);
        assert!(reads.iter().sum::<usize>() > 0);
        assert_eq!(s.read("/bucket/key").await, "end");
        assert_eq!(s.keys("bucket").await, ["key"]);
    });
}

#[test]
fn copies_while_the_source_goes() {
    run(async |s| {
        s.bucket("bucket").await;
        for round in 0..12_usize {
            let content = noise(SIZES[round % 3], round as u64);
            s.put("/bucket/from", &content).send().await.ok();
            let copy = s.put("/bucket/to", "").header("x-amz-copy-source", "bucket/from").send();
            let (copied, deleted) = tokio::join!(copy, s.delete("/bucket/from").send());
            deleted.status(204);
            if copied.status == 200 {
                assert!(s.get("/bucket/to").send().await.ok().body == content);
                s.delete("/bucket/to").send().await.status(204);
            } else {
                copied.refused(404, "NoSuchKey");
                s.assert_missing("/bucket/to").await;
            }
        }
    });
}

#[test]
fn a_counter_by_conditional_writes_loses_nothing() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/counter", "0").send().await.ok();
        let count = async || {
            for _ in 0..5 {
                loop {
                    let now = s.get("/bucket/counter").send().await.ok();
                    let next = now.text().parse::<u32>().expect("a number") + 1;
                    let put = s.put("/bucket/counter", next.to_string()).header("if-match", now.header("etag"));
                    let answer = put.send().await;
                    match answer.status {
                        200 => break,
                        409 | 412 => {}
                        other => panic!("{other}: {}", answer.text()),
                    }
                }
            }
        };
        futures_util::future::join_all((0..6).map(|_| count())).await;
        assert_eq!(s.read("/bucket/counter").await, "30");
    });
}

#[test]
fn listings_while_keys_come_and_go() {
    run(async |s| {
        s.bucket("bucket").await;
        let stay: Vec<String> = (0..40).map(|i| format!("stay-{i:02}")).collect();
        for key in &stay {
            s.put(&format!("/bucket/{key}"), "x").send().await.ok();
        }
        let done = Cell::new(false);
        let change = async {
            for round in 0..40 {
                let target = format!("/bucket/go-{round:02}");
                s.put(&target, "x").send().await.ok();
                s.put(&format!("/bucket/stay-{round:02}"), "y").send().await.ok();
                s.delete(&target).send().await.status(204);
            }
            done.set(true);
        };
        let list = async {
            while !done.get() {
                let mut found = Vec::new();
                let mut more = String::new();
                loop {
                    let page = s.get(&format!("/bucket?list-type=2&max-keys=7{more}")).send().await.ok();
                    found.extend(page.all("Key"));
                    let token = page.first("NextContinuationToken");
                    if token.is_empty() {
                        break;
                    }
                    more = format!("&continuation-token={}", crate::harness::encoded(&token).replace('/', "%2F"));
                }
                assert!(found.is_sorted());
                found.retain(|key| key.starts_with("stay"));
                assert_eq!(found, stay, "what was there all the time is listed once");
            }
        };
        tokio::join!(change, list);
        assert_eq!(s.keys("bucket").await, stay);
    });
}

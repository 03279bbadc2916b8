//! `/-/metrics`, as a monitoring system reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use larder_server::{MetricsAccess, MetricsToken, Settings};

use crate::harness::{TestServer, run, run_with};

fn public(settings: &mut Settings) {
    settings.metrics = MetricsAccess::Everybody;
}

/// What is told, by name and labels.
async fn scrape(s: &TestServer) -> BTreeMap<String, f64> {
    let answer = s.get("/-/metrics").anonymous().send().await.status(200);
    let answer = answer.has("content-type", "text/plain; version=0.0.4; charset=utf-8");
    let samples = answer.text().lines().filter(|line| !line.starts_with('#'));
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ').expect("a name and a value");
        (name.to_owned(), value.parse().expect("a number"))
    };
    samples.map(sample).collect()
}

#[test]
fn requests_are_counted_by_what_they_ask_for() {
    run_with(public, async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "twelve bytes").send().await.ok();
        s.get("/bucket/key").send().await.ok();
        s.get("/bucket/key").send().await.ok();
        s.get("/bucket/other").send().await.status(404);
        s.get("/bucket/key").anonymous().send().await.status(403);
        s.get("/?no-such-thing").header("x-amz-date", "never").send().await;
        let told = scrape(s).await;
        let get = |sample: &str| told.get(sample).copied();
        let of = |operation: &str| format!(r#"service="s3",operation="{operation}""#);
        assert_eq!(get(&format!(r#"larder_http_requests_total{{{},code="200"}}"#, of("GetObject"))), Some(2.0));
        assert_eq!(get(&format!(r#"larder_http_requests_total{{{},code="404"}}"#, of("GetObject"))), Some(1.0));
        assert_eq!(get(&format!(r#"larder_http_requests_total{{{},code="403"}}"#, of("GetObject"))), Some(1.0));
        assert_eq!(get(&format!(r#"larder_http_requests_total{{{},code="200"}}"#, of("PutObject"))), Some(1.0));
        assert_eq!(get(&format!("larder_http_request_bytes_total{{{}}}", of("PutObject"))), Some(12.0));
        assert_eq!(get(&format!("larder_http_request_duration_seconds_count{{{}}}", of("GetObject"))), Some(4.0));
        // The clock stands still.
        let first = format!(r#"larder_http_request_duration_seconds_bucket{{{},le="0.0001"}}"#, of("GetObject"));
        assert_eq!(get(&first), Some(4.0), "{told:?}");
        assert!(get(&format!("larder_http_response_bytes_total{{{}}}", of("GetObject"))) > Some(24.0));
        assert_eq!(get(&format!("larder_http_requests_aborted_total{{{}}}", of("GetObject"))), Some(0.0));
        assert_eq!(get("larder_http_requests_in_flight"), Some(1.0), "this one");
        assert!(get("larder_store_commits_total") > Some(1.0) && get("larder_store_free_bytes") > Some(0.0));
        assert_eq!(get("larder_store_read_only"), Some(0.0));
        let again = scrape(s).await;
        let scrapes = r#"larder_http_requests_total{service="larder",operation="Metrics",code="200"}"#;
        assert_eq!((get(scrapes), again.get(scrapes)), (None, Some(&1.0)));
    });
}

#[test]
fn other_services_have_their_names() {
    run_with(public, async |s| {
        let form = "Action=ListUsers&Version=2010-05-08";
        s.post("/", form)
            .for_service("iam")
            .header("content-type", "application/x-www-form-urlencoded")
            .send()
            .await
            .ok();
        let form = "Action=GetCallerIdentity&Version=2011-06-15";
        s.post("/", form)
            .for_service("sts")
            .header("content-type", "application/x-www-form-urlencoded")
            .send()
            .await
            .ok();
        let target = ("x-amz-target", "TrentService.ListKeys");
        s.post("/", "{}").for_service("kms").header(target.0, target.1).send().await.ok();
        s.get("/-/live").anonymous().send().await.ok();
        let told = scrape(s).await;
        for (service, operation) in
            [("iam", "ListUsers"), ("sts", "GetCallerIdentity"), ("kms", "ListKeys"), ("larder", "Live")]
        {
            let sample =
                format!(r#"larder_http_requests_total{{service="{service}",operation="{operation}",code="200"}}"#);
            assert_eq!(told.get(&sample), Some(&1.0), "{sample} in {told:?}");
        }
    });
}

#[test]
fn nobody_is_told_who_may_not_be() {
    run(async |s| {
        s.get("/-/metrics").anonymous().send().await.status(403);
    });
    let token = MetricsToken::parse("a-token-for-tests").expect("long enough");
    run_with(
        |settings| settings.metrics = MetricsAccess::Token(token),
        async |s| {
            let ask = |authorization: &'static str| {
                s.get("/-/metrics").anonymous().header("authorization", authorization).send()
            };
            s.get("/-/metrics").anonymous().send().await.status(401).has("www-authenticate", "Bearer");
            ask("Bearer a-token-for-test").await.status(401);
            ask("Bearer a-token-for-tests2").await.status(401);
            ask("Basic a-token-for-tests").await.status(400);
            ask("Bearer a-token-for-tests").await.status(200);
            ask("bearer a-token-for-tests").await.status(200);
        },
    );
}

/// The page names every metric there is, and no other.
#[test]
fn the_page_is_whole() {
    run_with(public, async |s| {
        s.bucket("bucket").await;
        let answer = s.get("/-/metrics").anonymous().send().await.ok();
        let kinds = answer.text().lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let mut told: BTreeSet<(String, String)> = kinds
            .map(|line| {
                let (name, kind) = line.split_once(' ').expect("a name and a kind");
                (name.to_owned(), kind.to_owned())
            })
            .collect();
        // Told after the first one ended, which takes longer than this test.
        told.insert(("larder_scrub_finished_timestamp_seconds".to_owned(), "gauge".to_owned()));
        told.insert(("process_max_fds".to_owned(), "gauge".to_owned()));
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
        let page = std::fs::read_to_string(page).expect("the page");
        let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
        let written: BTreeSet<(String, String)> = rows
            .map(|row| {
                let (name, rest) = row.split_once("` | ").expect("a name");
                (name.to_owned(), rest.split(' ').next().unwrap_or_default().to_owned())
            })
            .collect();
        assert_eq!(told, written);
    });
}

//! Buckets: making and removing them, their location, tags, ownership; names.

use crate::harness::{run, run_with};

fn constraint(region: &str) -> String {
    format!(
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{region}\
         </LocationConstraint></CreateBucketConfiguration>"
    )
}

#[test]
fn made_and_removed() {
    run(async |s| {
        let made = s.put("/bucket", "").send().await.status(200).has("location", "/bucket");
        assert!(made.body.is_empty());
        s.head("/bucket").send().await.status(200).has("x-amz-bucket-region", "us-east-1");
        s.get("/bucket?location").send().await.status(200).says("LocationConstraint", "");
        // In us-east-1 whoever owns it already is told that all is well.
        s.put("/bucket", "").send().await.status(200);
        s.put("/bucket/key", "x").send().await.ok();
        s.put("/bucket", "").send().await.status(200);
        assert_eq!(s.read("/bucket/key").await, "x");
        s.delete("/bucket").send().await.refused(409, "BucketNotEmpty").says("BucketName", "bucket");
        s.delete("/bucket/key").send().await.status(204);
        let gone = s.delete("/bucket").send().await.status(204);
        assert!(gone.body.is_empty());
        s.head("/bucket").send().await.refused_head(404);
        s.delete("/bucket").send().await.refused(404, "NoSuchBucket").says("BucketName", "bucket");
        s.get("/bucket?location").send().await.refused(404, "NoSuchBucket");
        s.put("/bucket", "").send().await.status(200);
        assert!(s.keys("bucket").await.is_empty(), "a bucket that is made again is empty");
    });
}

#[test]
fn names() {
    run(async |s| {
        let longest = "b".repeat(63);
        for good in ["abc", "a-b", "a.b.c", "1-2-3", &longest] {
            s.put(&format!("/{good}"), "").send().await.status(200);
        }
        let too_long = "b".repeat(64);
        for bad in [
            "ab",
            &too_long,
            "UPPER",
            "under_score",
            "-dash",
            "dash-",
            "a..b",
            ".dot",
            "dot.",
            "192.168.5.4",
            "xn--puny",
            "a%20b",
            "sthree-configurator",
            "name-s3alias",
            "name--ol-s3",
            "b%C3%BCcket",
        ] {
            let answer = s.put(&format!("/{bad}"), "").send().await;
            assert_eq!((answer.status, answer.first("Code").as_str()), (400, "InvalidBucketName"), "{bad}");
        }
        assert_eq!(s.get("/").send().await.ok().inner("Bucket").len(), 5);
    });
}

#[test]
fn locations() {
    run(async |s| {
        for region in ["us-east-1", "eu-west-1", "atlantis"] {
            let invalid = s.put("/bucket", constraint(region)).send().await.refused(400, "InvalidLocationConstraint");
            invalid.says("LocationConstraint", region);
        }
        s.put("/bucket", "<CreateBucketConfiguration").send().await.refused(400, "MalformedXML");
        s.put("/bucket", "<Wrong/>").send().await.refused(400, "MalformedXML");
        s.head("/bucket").send().await.refused_head(404);
        s.put("/bucket", "<CreateBucketConfiguration/>").send().await.status(200);
    });
    let region = |settings: &mut larder_server::Settings| {
        settings.region = larder_types::Region::parse("eu-central-1").expect("a region");
    };
    run_with(region, async |s| {
        let put = |body: String| s.put("/bucket", body).for_region("eu-central-1").send();
        put(String::new()).await.refused(400, "IllegalLocationConstraintException");
        put(constraint("eu-west-1")).await.refused(400, "IllegalLocationConstraintException");
        put(constraint("eu-central-1")).await.status(200);
        put(constraint("eu-central-1")).await.refused(409, "BucketAlreadyOwnedByYou").says("BucketName", "bucket");
        let location = s.get("/bucket?location").for_region("eu-central-1").send().await.status(200);
        location.says("LocationConstraint", "eu-central-1");
        let head = s.head("/bucket").for_region("eu-central-1").send().await.status(200);
        head.has("x-amz-bucket-region", "eu-central-1");
        let wrong = s.get("/bucket").for_region("us-east-1").send().await.refused(400, "AuthorizationHeaderMalformed");
        wrong.says("Region", "eu-central-1");
    });
}

#[test]
fn tags() {
    run(async |s| {
        s.bucket("bucket").await;
        s.get("/bucket?tagging").send().await.refused(404, "NoSuchTagSet").says("BucketName", "bucket");
        let set = |pairs: &[(&str, &str)]| {
            let tags: String =
                pairs.iter().map(|(k, v)| format!("<Tag><Key>{k}</Key><Value>{v}</Value></Tag>")).collect();
            s.put("/bucket?tagging", format!("<Tagging><TagSet>{tags}</TagSet></Tagging>")).send()
        };
        set(&[("a", "1"), ("b", "2")]).await.status(204);
        let got = s.get("/bucket?tagging").send().await.status(200);
        let mut keys = got.all("Key");
        keys.sort();
        assert_eq!(keys, ["a", "b"]);
        set(&[("a", "1"), ("a", "2")]).await.refused(400, "InvalidTag");
        set(&[("aws:a", "1")]).await.refused(400, "InvalidTag");
        s.put("/bucket?tagging", "<Tagging>").send().await.refused(400, "MalformedXML");
        assert_eq!(s.get("/bucket?tagging").send().await.ok().all("Key").len(), 2);
        s.delete("/bucket?tagging").send().await.status(204);
        s.get("/bucket?tagging").send().await.refused(404, "NoSuchTagSet");
        s.head("/bucket").send().await.status(200);
    });
}

#[test]
fn ownership() {
    run(async |s| {
        s.put("/bucket", "").header("x-amz-object-ownership", "BucketOwnerPreferred").send().await.status(200);
        let get = async || s.get("/bucket?ownershipControls").send().await;
        get().await.status(200).says("ObjectOwnership", "BucketOwnerPreferred");
        let set = |rule: &str| {
            let document = format!(
                "<OwnershipControls><Rule><ObjectOwnership>{rule}</ObjectOwnership></Rule></OwnershipControls>"
            );
            s.put("/bucket?ownershipControls", document).send()
        };
        for rule in ["ObjectWriter", "BucketOwnerEnforced"] {
            set(rule).await.status(200);
            get().await.status(200).says("ObjectOwnership", rule);
        }
        set("Nobody").await.refused(400, "MalformedXML");
        s.delete("/bucket?ownershipControls").send().await.status(204);
        get().await.refused(404, "OwnershipControlsNotFoundError").says("BucketName", "bucket");
        s.put("/other", "").header("x-amz-object-ownership", "Nobody").send().await.refused(400, "InvalidArgument");
        s.head("/other").send().await.refused_head(404);
    });
}

#[test]
fn of_simultaneous_creations_and_removals_none_is_half_done() {
    run(async |s| {
        let made = (0..16).map(|_| s.put("/bucket", "").send());
        for answer in futures_util::future::join_all(made).await {
            assert!(matches!(answer.status, 200 | 409), "{}", answer.text());
        }
        assert_eq!(s.get("/").send().await.ok().all("Name"), ["bucket"]);
        for round in 0..8 {
            s.put("/race", "").send().await.ok();
            let key = format!("/race/key-{round}");
            let (put, removed) = tokio::join!(s.put(&key, "x").send(), s.delete("/race").send());
            match (put.status, removed.status) {
                (200, 409) => {
                    assert_eq!(s.read(&key).await, "x");
                    s.delete(&key).send().await.status(204);
                }
                (404 | 409, 204) => drop(s.get(&key).send().await.refused(404, "NoSuchBucket")),
                // The removal found it empty before the write, which was then refused in favour of nothing.
                other => panic!("{other:?}: {}", put.text()),
            }
        }
    });
}

#[test]
fn what_is_not_there_is_not_accepted() {
    run(async |s| {
        s.bucket("bucket").await;
        for (method, query) in [
            ("GET", "lifecycle"),
            ("PUT", "lifecycle"),
            ("PUT", "replication"),
            ("PUT", "notification"),
            ("PUT", "website"),
            ("PUT", "logging"),
            ("PUT", "accelerate"),
        ] {
            let answer = s.ask(method, &format!("/bucket?{query}")).body("<X/>").send().await;
            answer.refused(501, "NotImplemented");
        }
        s.head("/bucket").send().await.status(200);
    });
}

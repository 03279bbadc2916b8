//! Block Public Access of buckets and accounts, bucket policies, and requester pays.

use std::path::Path;

use crate::harness::{TestServer, run, run_in};

const ALL: [&str; 4] = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
const POLICY: &str = "{\"Version\": \"2012-10-17\",\n \"Statement\": [{\"Effect\": \"Deny\", \"Principal\": \"*\", \
                      \"Action\": \"s3:DeleteBucket\", \"Resource\": \"arn:aws:s3:::bucket\"}]}";
const CONTROL: &str = "/v20180820/configuration/publicAccessBlock";

fn block(switches: &[&str]) -> String {
    let switches: String = switches.iter().map(|name| format!("<{name}>true</{name}>")).collect();
    format!("<PublicAccessBlockConfiguration>{switches}</PublicAccessBlockConfiguration>")
}

async fn shown(s: &TestServer) -> Vec<&'static str> {
    let answer = s.get("/bucket?publicAccessBlock").send().await.status(200);
    ALL.into_iter().filter(|name| answer.first(name) == "true").collect()
}

#[test]
fn switches_of_a_bucket() {
    run(async |s| {
        s.bucket("bucket").await;
        assert_eq!(shown(s).await, ALL, "a new bucket blocks public access");
        s.put("/bucket?publicAccessBlock", block(&["BlockPublicPolicy"])).send().await.status(200);
        let answer = s.get("/bucket?publicAccessBlock").send().await.status(200);
        assert_eq!(
            answer.text(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <PublicAccessBlockConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <BlockPublicAcls>false</BlockPublicAcls><IgnorePublicAcls>false</IgnorePublicAcls>\
             <BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>false</RestrictPublicBuckets>\
             </PublicAccessBlockConfiguration>"
        );
        s.put("/bucket?publicAccessBlock", block(&[])).send().await.refused(400, "InvalidRequest");
        s.put("/bucket?publicAccessBlock", "<Wrong/>").send().await.refused(400, "MalformedXML");
        assert_eq!(shown(s).await, ["BlockPublicPolicy"]);
        s.delete("/bucket?publicAccessBlock").send().await.status(204);
        s.delete("/bucket?publicAccessBlock").send().await.status(204);
        let none = s.get("/bucket?publicAccessBlock").send().await;
        none.refused(404, "NoSuchPublicAccessBlockConfiguration").says("BucketName", "bucket");
    });
}

#[test]
fn public_lists_are_blocked() {
    run(async |s| {
        s.put("/bucket", "").header("x-amz-object-ownership", "ObjectWriter").send().await.ok();
        s.put("/bucket?publicAccessBlock", block(&["BlockPublicAcls"])).send().await.ok();
        s.put("/bucket/key", "x").header("x-amz-acl", "private").send().await.ok();
        for canned in ["public-read", "public-read-write", "authenticated-read"] {
            for target in ["/bucket?acl", "/bucket/key?acl", "/bucket/key"] {
                s.put(target, "").header("x-amz-acl", canned).send().await.refused(403, "AccessDenied");
            }
        }
        let uri = "uri=http://acs.amazonaws.com/groups/global/AllUsers";
        s.put("/bucket/key", "").header("x-amz-grant-read", uri).send().await.refused(403, "AccessDenied");
        s.put("/bucket?publicAccessBlock", block(&["IgnorePublicAcls"])).send().await.ok();
        s.put("/bucket?acl", "").header("x-amz-acl", "public-read").send().await.status(200);
        assert_eq!(s.get("/bucket?acl").send().await.ok().all("Permission").len(), 2, "ignored, and shown");
    });
}

#[test]
fn policies() {
    run(async |s| {
        s.bucket("bucket").await;
        for query in ["policy", "policyStatus"] {
            let none = s.get(&format!("/bucket?{query}")).send().await;
            none.refused(404, "NoSuchBucketPolicy").says("BucketName", "bucket");
        }
        let set =
            s.put("/bucket?policy", POLICY).header("x-amz-confirm-remove-self-bucket-access", "true").send().await;
        assert!(set.status(204).body.is_empty());
        let got = s.get("/bucket?policy").send().await.status(200).has("content-type", "application/json");
        assert_eq!(got.text(), POLICY, "as it was sent");
        let status = s.get("/bucket?policyStatus").send().await.status(200);
        assert_eq!(
            status.text(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <PolicyStatus xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsPublic>false</IsPublic></PolicyStatus>"
        );
        s.put("/bucket?policy", "").send().await.refused(400, "MissingRequestBodyError");
        let large = POLICY.replace("bucket\"", &format!("bucket/{}\"", "x".repeat(20 * 1024)));
        s.put("/bucket?policy", large).send().await.refused(400, "PolicyTooLarge");
        s.put("/bucket?policy", b"{\xff}").send().await.refused(400, "MalformedPolicy");
        assert_eq!(s.read("/bucket?policy").await, POLICY);
        let spread = POLICY.replace(' ', &" ".repeat(10 * 1024));
        s.put("/bucket?policy", spread).send().await.status(204);
        assert_eq!(s.read("/bucket?policy").await, POLICY.replace([' ', '\n'], ""), "white space does not count");
        s.delete("/bucket?policy").send().await.status(204);
        s.delete("/bucket?policy").send().await.status(204);
        s.get("/bucket?policy").send().await.refused(404, "NoSuchBucketPolicy");
    });
}

fn allowing(principal: &str) -> String {
    format!(
        "{{\"Version\": \"2012-10-17\", \"Statement\": [{{\"Effect\": \"Allow\", \"Principal\": {principal}, \
         \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::bucket/*\"}}]}}"
    )
}

#[test]
fn policies_that_are_refused() {
    run(async |s| {
        s.bucket("bucket").await;
        let put = |policy: &str| s.put("/bucket?policy", policy).send();
        for malformed in
            ["{", "[]", "{\"Version\": \"2012-10-17\"}", &POLICY.replace("arn:aws:s3:::bucket", "arn:aws:s3:::other")]
        {
            put(malformed).await.refused(400, "MalformedPolicy");
        }
        let nobody = put(&allowing("{\"AWS\": \"arn:aws:iam::000000000000:root\"}")).await;
        nobody.refused(400, "MalformedPolicy").says("Message", "Invalid principal in policy");
        put(&allowing("\"*\"")).await.refused(403, "AccessDenied");
        s.get("/bucket?policy").send().await.refused(404, "NoSuchBucketPolicy");
        s.put("/bucket?publicAccessBlock", block(&["BlockPublicAcls"])).send().await.ok();
        put(&allowing("\"*\"")).await.status(204);
        s.get("/bucket?policyStatus").send().await.ok().says("IsPublic", "true");
    });
}

#[test]
fn requester_pays() {
    run(async |s| {
        s.bucket("bucket").await;
        let get = async || s.get("/bucket?requestPayment").send().await.status(200);
        assert_eq!(
            get().await.text(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <RequestPaymentConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Payer>BucketOwner</Payer>\
             </RequestPaymentConfiguration>"
        );
        let set = |payer: &str| {
            let document = format!("<RequestPaymentConfiguration><Payer>{payer}</Payer></RequestPaymentConfiguration>");
            s.put("/bucket?requestPayment", document).send()
        };
        set("Requester").await.status(200);
        get().await.says("Payer", "Requester");
        set("Nobody").await.refused(400, "MalformedXML");
        set("BucketOwner").await.status(200);
        get().await.says("Payer", "BucketOwner");
    });
}

#[test]
fn all_of_it_outlives_the_server() {
    let data = tempfile::tempdir().expect("a folder");
    run_in(
        data.path(),
        |_| {},
        async |s| {
            s.bucket("bucket").await;
            s.put("/bucket?policy", POLICY).send().await.status(204);
            s.put("/bucket?publicAccessBlock", block(&["IgnorePublicAcls"])).send().await.ok();
            let payer = "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>";
            s.put("/bucket?requestPayment", payer).send().await.ok();
        },
    );
    run_in(
        data.path(),
        |_| {},
        async |s| {
            assert_eq!(s.read("/bucket?policy").await, POLICY);
            assert_eq!(shown(s).await, ["IgnorePublicAcls"]);
            s.get("/bucket?requestPayment").send().await.ok().says("Payer", "Requester");
        },
    );
}

#[test]
fn switches_of_an_account_outweigh_those_of_its_buckets() {
    let data = tempfile::tempdir().expect("a folder");
    let unchanged = |_: &mut larder_server::Settings| {};
    run_in(data.path(), unchanged, async |s| {
        let account = account(data.path());
        let control =
            |method: &str, body: &str| s.ask(method, CONTROL).body(body).header("x-amz-account-id", &account).send();
        s.put("/bucket", "").header("x-amz-object-ownership", "ObjectWriter").send().await.ok();
        s.delete("/bucket?publicAccessBlock").send().await.status(204);
        control("GET", "").await.refused(404, "NoSuchPublicAccessBlockConfiguration").says("AccountId", &account);
        control("PUT", "<Wrong/>").await.refused(400, "MalformedXML");
        control("PUT", &block(&["BlockPublicAcls", "BlockPublicPolicy"])).await.status(200);
        let shown = control("GET", "").await.status(200);
        assert_eq!(ALL.map(|name| shown.first(name)), ["true", "false", "true", "false"]);
        let public = || s.put("/bucket?acl", "").header("x-amz-acl", "public-read").send();
        public().await.refused(403, "AccessDenied");
        s.put("/bucket?policy", allowing("\"*\"")).send().await.refused(403, "AccessDenied");
        control("DELETE", "").await.status(204);
        control("DELETE", "").await.status(204);
        public().await.status(200);
        s.put("/bucket?policy", allowing("\"*\"")).send().await.status(204);
        control("GET", "").await.refused(404, "NoSuchPublicAccessBlockConfiguration");
    });
}

/// The account of the server that keeps its data here.
fn account(data: &Path) -> String {
    let text = std::fs::read_to_string(data.join("account.toml")).expect("the account's file");
    let digits = |word: &&str| word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_digit());
    text.split('"').find(digits).expect("an account").to_owned()
}

#[test]
fn the_path_of_s3_control_is_a_buckets_without_its_header() {
    run(async |s| {
        s.bucket("v20180820").await;
        s.put(CONTROL, "mine").send().await.ok();
        assert_eq!(s.read(CONTROL).await, "mine");
        let control = |method: &str| s.ask(method, CONTROL);
        let of_another = control("GET").header("x-amz-account-id", "000000000000").send().await;
        of_another.refused(403, "AccessDenied");
        control("GET").header("x-amz-account-id", "me").send().await.refused(400, "InvalidRequest");
        let jobs = s.get("/v20180820/jobs").header("x-amz-account-id", "000000000000").send().await;
        jobs.refused(501, "NotImplemented");
        let unsigned = control("GET").anonymous().header("x-amz-account-id", "000000000000").send().await;
        unsigned.refused(403, "AccessDenied");
        assert_eq!(s.read(CONTROL).await, "mine");
    });
}

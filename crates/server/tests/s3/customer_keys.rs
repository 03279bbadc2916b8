//! SSE-C: objects under keys that clients send along.

use crate::harness::{Answer, Ask, TestServer, digest, noise, run, run_with};
use crate::multipart::manifest;

const SSE: &str = "x-amz-server-side-encryption";
const ALGORITHM: &str = "x-amz-server-side-encryption-customer-algorithm";
const KEY: &str = "x-amz-server-side-encryption-customer-key";
const MD5: &str = "x-amz-server-side-encryption-customer-key-md5";

/// A request with a customer's key of one repeated byte.
fn with_key(ask: Ask<'_>, byte: u8) -> Ask<'_> {
    let key = [byte; 32];
    ask.header(ALGORITHM, "AES256").header(KEY, digest::base64(key)).header(MD5, digest::content_md5(&key))
}

fn with_source_key(ask: Ask<'_>, byte: u8) -> Ask<'_> {
    let (key, prefix) = ([byte; 32], "x-amz-copy-source-server-side-encryption-customer");
    ask.header(&format!("{prefix}-algorithm"), "AES256")
        .header(&format!("{prefix}-key"), digest::base64(key))
        .header(&format!("{prefix}-key-md5"), digest::content_md5(&key))
}

/// The answer says which key, and that no other encryption is at work.
#[track_caller]
fn names_key(answer: Answer, byte: u8) -> Answer {
    answer.has(ALGORITHM, "AES256").has(MD5, &digest::content_md5(&[byte; 32])).has(SSE, "")
}

/// A bucket that takes customers' keys.
async fn open_bucket(s: &TestServer, name: &str) {
    s.bucket(name).await;
    let document = "<ServerSideEncryptionConfiguration><Rule><BlockedEncryptionTypes><EncryptionType>NONE</EncryptionType>\
                    </BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>";
    s.put(&format!("/{name}?encryption"), document).send().await.ok();
}

#[test]
fn an_object_opens_with_its_key_alone() {
    run(async |s| {
        open_bucket(s, "bucket").await;
        let body = noise(200_000, 5);
        let put = names_key(with_key(s.put("/bucket/key", &body), 1).send().await.ok(), 1);
        // The tag of such an object is no digest of its content.
        assert_ne!(put.header("etag"), digest::etag(&body));
        let got = names_key(with_key(s.get("/bucket/key"), 1).send().await.ok(), 1);
        assert_eq!(got.body, body);
        let part = with_key(s.get("/bucket/key"), 1).header("range", "bytes=65519-131080").send().await.status(206);
        assert_eq!(part.body, body[65_519..=131_080]);
        names_key(with_key(s.head("/bucket/key"), 1).send().await.status(200), 1);
        s.get("/bucket/key").send().await.refused(400, "InvalidRequest");
        s.head("/bucket/key").send().await.refused_head(400);
        with_key(s.get("/bucket/key"), 2).send().await.refused(403, "AccessDenied");
        with_key(s.head("/bucket/key"), 2).send().await.refused_head(403);
        let attributes = |ask| with_header(ask, "x-amz-object-attributes", "ObjectSize");
        attributes(s.get("/bucket/key?attributes")).send().await.refused(400, "InvalidRequest");
        attributes(with_key(s.get("/bucket/key?attributes"), 2)).send().await.refused(403, "AccessDenied");
        attributes(with_key(s.get("/bucket/key?attributes"), 1)).send().await.ok().says("ObjectSize", "200000");
        s.put("/bucket/other", "x").send().await.ok();
        with_key(s.get("/bucket/other"), 1).send().await.refused(400, "InvalidRequest");
        s.delete("/bucket/key").send().await.status(204);
    });
}

fn with_header<'a>(ask: Ask<'a>, name: &str, value: &str) -> Ask<'a> {
    ask.header(name, value)
}

#[test]
fn the_headers_must_be_whole_and_right() {
    run(async |s| {
        open_bucket(s, "bucket").await;
        let (key, md5) = (digest::base64([1; 32]), digest::content_md5(&[1; 32]));
        let put = |headers: &[(&str, &str)]| {
            let ask = s.put("/bucket/key", "x");
            headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value)).send()
        };
        put(&[(ALGORITHM, "AES256"), (KEY, &key)]).await.refused(400, "InvalidArgument");
        put(&[(ALGORITHM, "AES256"), (MD5, &md5)]).await.refused(400, "InvalidArgument");
        put(&[(KEY, &key), (MD5, &md5)]).await.refused(400, "InvalidArgument");
        put(&[(ALGORITHM, "AES256")]).await.refused(400, "InvalidArgument");
        let other = [(ALGORITHM, "AES192"), (KEY, &*key), (MD5, &*md5)];
        put(&other).await.refused(400, "InvalidEncryptionAlgorithmError");
        let short = digest::base64([1; 16]);
        let refused = put(&[(ALGORITHM, "AES256"), (KEY, &short), (MD5, &md5)]).await.refused(400, "InvalidArgument");
        assert!(!refused.text().contains(&short), "a key is never repeated");
        put(&[(ALGORITHM, "AES256"), (KEY, "???"), (MD5, &md5)]).await.refused(400, "InvalidArgument");
        let wrong = digest::content_md5(&[2; 32]);
        put(&[(ALGORITHM, "AES256"), (KEY, &key), (MD5, &wrong)]).await.refused(400, "InvalidArgument");
        put(&[(ALGORITHM, "AES256"), (KEY, &key), (MD5, &md5), (SSE, "AES256")]).await.refused(400, "InvalidArgument");
        put(&[(ALGORITHM, "AES256"), (KEY, &key), (MD5, &md5), (SSE, "aws:kms")]).await.refused(400, "InvalidArgument");
        s.assert_missing("/bucket/key").await;
    });
}

#[test]
fn copies_have_keys_on_both_sides() {
    run(async |s| {
        open_bucket(s, "bucket").await;
        let body = noise(100_000, 6);
        with_key(s.put("/bucket/key", &body), 1).send().await.ok();
        let copy = |to: &str| s.put(to, "").header("x-amz-copy-source", "bucket/key");
        copy("/bucket/copy").send().await.refused(400, "InvalidRequest");
        with_source_key(copy("/bucket/copy"), 2).send().await.refused(403, "AccessDenied");
        with_source_key(copy("/bucket/plain"), 1).send().await.status(200).has(SSE, "AES256");
        assert_eq!(s.get("/bucket/plain").send().await.ok().body, body);
        let other = with_key(with_source_key(copy("/bucket/other"), 1), 3).send().await.status(200);
        names_key(other, 3);
        assert_eq!(with_key(s.get("/bucket/other"), 3).send().await.ok().body, body);
        with_key(s.get("/bucket/other"), 1).send().await.refused(403, "AccessDenied");
        // The key of an object is changed by copying it onto itself.
        with_key(with_source_key(copy("/bucket/key"), 1), 4).send().await.status(200);
        assert_eq!(with_key(s.get("/bucket/key"), 4).send().await.ok().body, body);
        with_key(s.get("/bucket/key"), 1).send().await.refused(403, "AccessDenied");
    });
}

#[test]
fn every_part_has_the_key_of_its_upload() {
    run(async |s| {
        open_bucket(s, "bucket").await;
        let parts = [noise(5 * 1024 * 1024, 7), noise(70_000, 8)];
        let begun = names_key(with_key(s.post("/bucket/key?uploads", ""), 1).send().await.status(200), 1);
        let id = begun.first("UploadId");
        let target = |number: usize| format!("/bucket/key?partNumber={number}&uploadId={id}");
        s.put(&target(1), &parts[0]).send().await.refused(400, "InvalidRequest");
        with_key(s.put(&target(1), &parts[0]), 2).send().await.refused(400, "InvalidRequest");
        let mut named = Vec::new();
        for (number, body) in (1..).zip(&parts) {
            let stored = names_key(with_key(s.put(&target(number), body), 1).send().await.ok(), 1);
            // A part that is sent again is the same part.
            let again = with_key(s.put(&target(number), body), 1).send().await.ok();
            assert_eq!(again.header("etag"), stored.header("etag"));
            named.push((u32::try_from(number).expect("small"), stored.header("etag").to_owned()));
        }
        let named: Vec<_> = named.iter().map(|(number, etag)| (*number, etag.as_str())).collect();
        s.post(&format!("/bucket/key?uploadId={id}"), manifest(&named)).send().await.status(200);
        let whole = parts.concat();
        assert_eq!(with_key(s.get("/bucket/key"), 1).send().await.ok().body, whole);
        let second = with_key(s.get("/bucket/key?partNumber=2"), 1).send().await.status(206);
        assert_eq!(second.body, parts[1]);
        s.get("/bucket/key").send().await.refused(400, "InvalidRequest");
        let plain = s.post("/bucket/plain?uploads", "").send().await.status(200).first("UploadId");
        let target = format!("/bucket/plain?partNumber=1&uploadId={plain}");
        with_key(s.put(&target, "x"), 1).send().await.refused(400, "InvalidRequest");
        let copied = s.put(&target, "").header("x-amz-copy-source", "bucket/key");
        with_source_key(copied, 1).header("x-amz-copy-source-range", "bytes=0-9").send().await.status(200);
    });
}

#[test]
fn new_buckets_block_customers_keys_and_owners_may_let_them_in() {
    run(async |s| {
        s.bucket("bucket").await;
        with_key(s.put("/bucket/key", "x"), 1).send().await.refused(403, "AccessDenied");
        with_key(s.post("/bucket/key?uploads", ""), 1).send().await.refused(403, "AccessDenied");
        open_bucket(s, "open").await;
        with_key(s.put("/open/key", "x"), 1).send().await.ok();
        let block = "<ServerSideEncryptionConfiguration><Rule><BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType>\
                     </BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>";
        s.put("/open?encryption", block).send().await.ok();
        with_key(s.put("/open/key", "y"), 1).send().await.refused(403, "AccessDenied");
        let kept = with_key(s.get("/open/key"), 1).send().await.ok();
        assert_eq!(kept.text(), "x");
    });
}

#[test]
fn a_customer_s_key_is_not_taken_in_clear() {
    run_with(
        |settings| settings.sse_c_over_http = Some(false),
        async |s| {
            open_bucket(s, "bucket").await;
            with_key(s.put("/bucket/key", "x"), 1).send().await.refused(400, "InvalidRequest");
            with_key(s.get("/bucket/key"), 1).send().await.refused(400, "InvalidRequest");
        },
    );
}

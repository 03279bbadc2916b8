//! SSE-S3, and what a bucket says about the encryption of its objects.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{TestServer, digest, noise, run, run_in, run_with};
use crate::multipart::{begin, manifest, part};

const SSE: &str = "x-amz-server-side-encryption";

fn default_of(algorithm: &str, more: &str) -> String {
    format!(
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>{algorithm}\
         </SSEAlgorithm></ApplyServerSideEncryptionByDefault>{more}</Rule></ServerSideEncryptionConfiguration>"
    )
}

#[test]
fn every_object_is_encrypted_and_says_so() {
    run(async |s| {
        s.bucket("bucket").await;
        let put = s.put("/bucket/key", "hello world").send().await.ok().has(SSE, "AES256");
        put.has("etag", &digest::etag(b"hello world"));
        s.put("/bucket/asked", "x").header(SSE, "AES256").send().await.ok().has(SSE, "AES256");
        s.get("/bucket/key").send().await.ok().has(SSE, "AES256");
        s.head("/bucket/key").send().await.status(200).has(SSE, "AES256");
        let copied = s.put("/bucket/copy", "").header("x-amz-copy-source", "bucket/key").send().await.status(200);
        copied.has(SSE, "AES256");
        assert_eq!(s.read("/bucket/copy").await, "hello world");
        let begun = s.post("/bucket/parts?uploads", "").send().await.status(200).has(SSE, "AES256");
        let id = begun.first("UploadId");
        let target = format!("/bucket/parts?partNumber=1&uploadId={id}");
        let etag = s.put(&target, "part").send().await.ok().has(SSE, "AES256").header("etag").to_owned();
        let completed =
            s.post(&format!("/bucket/parts?uploadId={id}"), manifest(&[(1, &etag)])).send().await.status(200);
        completed.has(SSE, "AES256");
        s.get("/bucket/parts").send().await.ok().has(SSE, "AES256");
    });
}

#[test]
fn unknown_and_misplaced_headers_are_refused() {
    run(async |s| {
        s.bucket("bucket").await;
        let put = |name: &str, value: &str| s.put("/bucket/key", "x").header(name, value).send();
        for algorithm in ["aes256", "AES128", "aws:no", ""] {
            put(SSE, algorithm).await.refused(400, "InvalidArgument").says("ArgumentName", SSE);
        }
        put("x-amz-server-side-encryption-aws-kms-key-id", "alias/aws/s3").await.refused(400, "InvalidArgument");
        put("x-amz-server-side-encryption-context", "e30=").await.refused(400, "InvalidArgument");
        put("x-amz-server-side-encryption-bucket-key-enabled", "perhaps").await.refused(400, "InvalidArgument");
        let with_key = s.put("/bucket/key", "x").header(SSE, "AES256");
        let with_key = with_key.header("x-amz-server-side-encryption-aws-kms-key-id", "alias/aws/s3");
        with_key.send().await.refused(400, "InvalidArgument");
        s.put("/bucket/key", "x").send().await.ok();
        s.get("/bucket/key").header(SSE, "AES256").send().await.refused(400, "InvalidArgument");
        s.head("/bucket/key").header(SSE, "AES256").send().await.refused_head(400);
        let id = begin(s, "/bucket/key").await;
        let target = format!("/bucket/key?partNumber=1&uploadId={id}");
        s.put(&target, "x").header(SSE, "AES256").send().await.refused(400, "InvalidArgument");
    });
}

#[test]
fn a_bucket_has_a_default_that_can_be_changed() {
    run(async |s| {
        s.bucket("bucket").await;
        let shown = s.get("/bucket?encryption").send().await.ok();
        shown.says("SSEAlgorithm", "AES256").says("BucketKeyEnabled", "false").says("EncryptionType", "SSE-C");
        let set = |document: String| s.put("/bucket?encryption", document).send();
        set(default_of("aws:kms", "<BucketKeyEnabled>true</BucketKeyEnabled>")).await.ok();
        let shown = s.get("/bucket?encryption").send().await.ok();
        shown.says("SSEAlgorithm", "aws:kms").says("BucketKeyEnabled", "true").says("EncryptionType", "SSE-C");
        let put = s.put("/bucket/key", "x").send().await.ok().has(SSE, "aws:kms");
        put.has("x-amz-server-side-encryption-bucket-key-enabled", "true");
        s.put("/bucket/other", "x").header(SSE, "AES256").send().await.ok().has(SSE, "AES256");
        s.delete("/bucket?encryption").send().await.status(204);
        s.get("/bucket?encryption").send().await.ok().says("SSEAlgorithm", "AES256");
        s.put("/bucket/key", "x").send().await.ok().has(SSE, "AES256");
        set(default_of("AES", "")).await.refused(400, "MalformedXML");
        set("<ServerSideEncryptionConfiguration/>".to_owned()).await.refused(400, "MalformedXML");
        let key = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256\
                   </SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule>\
                   </ServerSideEncryptionConfiguration>";
        set(key.to_owned()).await.refused(400, "InvalidArgument");
    });
}

#[test]
fn encryption_can_be_switched_off_for_what_asks_for_none() {
    run_with(
        |settings| settings.default_encryption = false,
        async |s| {
            s.bucket("bucket").await;
            s.put("/bucket/plain", "plain").send().await.ok().has(SSE, "");
            s.put("/bucket/sealed", "sealed").header(SSE, "AES256").send().await.ok().has(SSE, "AES256");
            s.get("/bucket/plain").send().await.ok().has(SSE, "");
            // Copies are encrypted as the request says, whatever the source is.
            for (from, to, asked, shown) in [
                ("plain", "c1", "AES256", "AES256"),
                ("plain", "c2", "", ""),
                ("sealed", "c3", "", ""),
                ("sealed", "c4", "AES256", "AES256"),
            ] {
                let copy = s.put(&format!("/bucket/{to}"), "").header("x-amz-copy-source", format!("bucket/{from}"));
                let copy = if asked.is_empty() { copy } else { copy.header(SSE, asked) };
                copy.send().await.status(200).has(SSE, shown);
                assert_eq!(s.get(&format!("/bucket/{to}")).send().await.ok().has(SSE, shown).text(), from);
            }
        },
    );
}

#[test]
fn a_copy_onto_itself_may_change_the_encryption_alone() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "x").send().await.ok();
        let copy = || s.put("/bucket/key", "").header("x-amz-copy-source", "bucket/key");
        copy().send().await.refused(400, "InvalidRequest");
        copy().header(SSE, "aws:kms").send().await.status(200).has(SSE, "aws:kms");
        assert_eq!(s.get("/bucket/key").send().await.ok().has(SSE, "aws:kms").text(), "x");
    });
}

/// All files under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

async fn fill(s: &TestServer, large: &[u8]) {
    s.bucket("bucket").await;
    s.put("/bucket/small", "a text that would be found on the disk").send().await.ok();
    s.put("/bucket/large", large).send().await.ok();
    let id = begin(s, "/bucket/parts").await;
    let etag = part(s, "/bucket/parts", &id, 1, large).await;
    s.post(&format!("/bucket/parts?uploadId={id}"), manifest(&[(1, &etag)])).send().await.status(200);
}

#[test]
fn no_plain_content_is_on_the_disk_and_no_changed_file_is_served() {
    let data = tempfile::tempdir().expect("a folder");
    let large = noise(300_000, 1);
    run_in(data.path(), |_| {}, async |s| fill(s, &large).await);
    let needles = [b"would be found on the disk".as_slice(), &large[1_000..1_064], &large[299_000..299_064]];
    for path in files(data.path()) {
        let bytes = fs::read(&path).expect("readable");
        for needle in needles {
            let found = bytes.windows(needle.len()).any(|window| window == needle);
            assert!(!found, "plain content in {}", path.display());
        }
    }
    run_in(
        data.path(),
        |_| {},
        async |s| {
            assert_eq!(s.get("/bucket/large").send().await.ok().body, large);
            assert_eq!(s.get("/bucket/parts").send().await.ok().body, large);
            assert_eq!(s.read("/bucket/small").await, "a text that would be found on the disk");
        },
    );
}

//! Object lock: retention, legal holds, the bucket's default. The server's clock is moved past retentions.

use crate::harness::{Ask, TestServer, digest, run};

const NEEDS_CHECKSUM: &str =
    "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters";

/// Of a body that is `x`.
fn with_checksum(put: Ask<'_>) -> Ask<'_> {
    put.header("content-md5", digest::content_md5(b"x"))
}

const DAY: i64 = 86_400;

fn retention(mode: &str, until: &str) -> String {
    format!("<Retention><Mode>{mode}</Mode><RetainUntilDate>{until}</RetainUntilDate></Retention>")
}

fn hold(status: &str) -> String {
    format!("<LegalHold><Status>{status}</Status></LegalHold>")
}

fn default_rule(mode: &str, period: &str) -> String {
    format!(
        "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>\
         <Mode>{mode}</Mode>{period}</DefaultRetention></Rule></ObjectLockConfiguration>"
    )
}

/// Stores a version under retention; returns the target that names it.
async fn locked(s: &TestServer, key: &str, mode: &str) -> String {
    let put = with_checksum(s.put(&format!("/bucket/{key}"), "x")).header("x-amz-object-lock-mode", mode);
    let put = put.header("x-amz-object-lock-retain-until-date", s.iso_date(DAY)).send().await.status(200);
    format!("/bucket/{key}?versionId={}", put.header("x-amz-version-id"))
}

#[test]
fn compliance_binds_everyone_until_it_ends() {
    run(async |s| {
        s.locking_bucket("bucket").await;
        let version = locked(s, "key", "COMPLIANCE").await;
        let id = version.split_once('=').expect("an id").1.to_owned();
        for method in ["GET", "HEAD"] {
            let answer = s.ask(method, &version).send().await.status(200).has("x-amz-object-lock-mode", "COMPLIANCE");
            assert!(
                answer.header("x-amz-object-lock-retain-until-date").starts_with(s.iso_date(DAY).trim_end_matches('Z'))
            );
        }
        s.delete(&version).send().await.refused(403, "AccessDenied");
        let bypass = s.delete(&version).header("x-amz-bypass-governance-retention", "true").send().await;
        bypass.refused(403, "AccessDenied");
        let target = version.replace('?', "?retention&");
        for weaker in [
            retention("COMPLIANCE", &s.iso_date(DAY / 2)),
            retention("GOVERNANCE", &s.iso_date(2 * DAY)),
            "<Retention/>".to_owned(),
        ] {
            let answer = s.put(&target, weaker).header("x-amz-bypass-governance-retention", "true").send().await;
            answer.refused(403, "AccessDenied");
        }
        let document = format!("<Delete><Object><Key>key</Key><VersionId>{id}</VersionId></Object></Delete>");
        let answer =
            s.post("/bucket?delete", &document).header("content-md5", digest::content_md5(document.as_bytes()));
        let answer = answer.header("x-amz-bypass-governance-retention", "true").send().await.status(200);
        assert!(answer.inner("Deleted").is_empty());
        answer.says("Code", "AccessDenied").says("VersionId", &id);
        // A delete marker takes nothing away, nor does a new version.
        let marker = s.delete("/bucket/key").send().await.status(204);
        s.put("/bucket/key", "y").send().await.status(200);
        assert_eq!(s.read(&version).await, "x");
        s.delete(&format!("/bucket/key?versionId={}", marker.header("x-amz-version-id"))).send().await.status(204);
        s.put(&target, retention("COMPLIANCE", &s.iso_date(2 * DAY))).send().await.status(200);
        s.advance(DAY as u64 + 1);
        s.delete(&version).send().await.refused(403, "AccessDenied");
        s.advance(DAY as u64);
        s.delete(&version).send().await.status(204);
        s.get(&version).send().await.refused(404, "NoSuchVersion");
    });
}

#[test]
fn governance_is_bypassed_by_who_says_so() {
    run(async |s| {
        s.locking_bucket("bucket").await;
        let version = locked(s, "key", "GOVERNANCE").await;
        let target = version.replace('?', "?retention&");
        s.delete(&version).send().await.refused(403, "AccessDenied");
        s.delete(&version)
            .header("x-amz-bypass-governance-retention", "false")
            .send()
            .await
            .refused(403, "AccessDenied");
        s.put(&target, retention("GOVERNANCE", &s.iso_date(DAY / 2))).send().await.refused(403, "AccessDenied");
        s.put(&target, retention("GOVERNANCE", &s.iso_date(2 * DAY))).send().await.status(200);
        let shown = s.get(&target).send().await.status(200).says("Mode", "GOVERNANCE");
        assert!(
            shown.first("RetainUntilDate").starts_with(s.iso_date(2 * DAY).trim_end_matches('Z')),
            "{}",
            shown.text()
        );
        let bypass = |body: String| s.put(&target, body).header("x-amz-bypass-governance-retention", "true").send();
        bypass(retention("GOVERNANCE", &s.iso_date(DAY))).await.status(200);
        s.delete(&version).header("x-amz-bypass-governance-retention", "true").send().await.status(204);
        let version = locked(s, "other", "GOVERNANCE").await;
        s.advance(DAY as u64 + 1);
        s.delete(&version).send().await.status(204);
    });
}

#[test]
fn a_legal_hold_is_never_bypassed() {
    run(async |s| {
        s.locking_bucket("bucket").await;
        let held = || s.put("/bucket/key", "x").header("x-amz-object-lock-legal-hold", "ON");
        held().send().await.refused(400, "InvalidRequest").says("Message", NEEDS_CHECKSUM);
        let put = with_checksum(held()).send().await.status(200);
        let version = format!("/bucket/key?versionId={}", put.header("x-amz-version-id"));
        let target = version.replace('?', "?legal-hold&");
        s.head(&version).send().await.status(200).has("x-amz-object-lock-legal-hold", "ON");
        s.get(&target).send().await.status(200).says("Status", "ON");
        let bypass = s.delete(&version).header("x-amz-bypass-governance-retention", "true").send().await;
        bypass.refused(403, "AccessDenied");
        s.advance(1000 * DAY as u64);
        s.delete(&version).send().await.refused(403, "AccessDenied");
        s.put(&target, hold("MAYBE")).send().await.refused(400, "MalformedXML");
        s.put(&target, hold("OFF")).send().await.status(200);
        s.get(&target).send().await.status(200).says("Status", "OFF");
        s.delete(&version).send().await.status(204);
    });
}

#[test]
fn the_bucket_s_default() {
    run(async |s| {
        s.locking_bucket("bucket").await;
        let shown = s.get("/bucket?object-lock").send().await.status(200).says("ObjectLockEnabled", "Enabled");
        assert!(shown.inner("Rule").is_empty());
        s.get("/bucket?versioning").send().await.ok().says("Status", "Enabled");
        let set = |document: String| s.put("/bucket?object-lock", document).send();
        set(default_rule("GOVERNANCE", "<Days>1</Days>")).await.status(200);
        s.get("/bucket?object-lock").send().await.status(200).says("Mode", "GOVERNANCE").says("Days", "1");
        s.put("/bucket/key", "x").send().await.ok();
        let head = s.head("/bucket/key").send().await.status(200).has("x-amz-object-lock-mode", "GOVERNANCE");
        let until = head.header("x-amz-object-lock-retain-until-date");
        assert!(until.starts_with(s.iso_date(DAY).trim_end_matches('Z')), "{until} {}", s.iso_date(DAY));
        let own = with_checksum(s.put("/bucket/own", "x")).header("x-amz-object-lock-mode", "COMPLIANCE");
        own.header("x-amz-object-lock-retain-until-date", s.iso_date(2 * DAY)).send().await.ok();
        s.head("/bucket/own").send().await.status(200).has("x-amz-object-lock-mode", "COMPLIANCE");
        let id = s.post("/bucket/parts?uploads", "").send().await.ok().first("UploadId");
        let tag = s.put(&format!("/bucket/parts?partNumber=1&uploadId={id}"), "x").send().await.ok();
        let manifest = crate::multipart::manifest(&[(1, tag.header("etag"))]);
        s.post(&format!("/bucket/parts?uploadId={id}"), manifest).send().await.status(200);
        s.put("/bucket/copy", "").header("x-amz-copy-source", "bucket/key").send().await.ok();
        for key in ["parts", "copy"] {
            s.head(&format!("/bucket/{key}")).send().await.status(200).has("x-amz-object-lock-mode", "GOVERNANCE");
        }
        for (period, code) in [
            ("<Days>0</Days>", "InvalidArgument"),
            ("<Days>-1</Days>", "InvalidArgument"),
            ("<Days>36501</Days>", "InvalidArgument"),
            ("<Years>101</Years>", "InvalidArgument"),
            ("<Days>1</Days><Years>1</Years>", "MalformedXML"),
            ("", "MalformedXML"),
        ] {
            let answer = set(default_rule("GOVERNANCE", period)).await;
            assert_eq!(answer.status, 400, "{period}");
            assert!(
                answer.first("Code") == code || answer.first("Code") == "InvalidRetentionPeriod",
                "{period}: {}",
                answer.text()
            );
        }
        set(default_rule("LENIENT", "<Days>1</Days>")).await.refused(400, "MalformedXML");
        set("<ObjectLockConfiguration/>".to_owned()).await.refused(400, "MalformedXML");
        s.get("/bucket?object-lock").send().await.status(200).says("Days", "1");
        let suspended = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
        s.put("/bucket?versioning", suspended).send().await.refused(409, "InvalidBucketState").says(
            "Message",
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
        );
    });
}

#[test]
fn a_bucket_without_object_lock() {
    run(async |s| {
        s.versioned_bucket("bucket").await;
        s.get("/bucket?object-lock").send().await.refused(404, "ObjectLockConfigurationNotFoundError");
        let put = s.put("/bucket/key", "x").header("x-amz-object-lock-mode", "GOVERNANCE");
        let put = put.header("x-amz-object-lock-retain-until-date", s.iso_date(DAY)).send().await;
        put.refused(400, "InvalidRequest");
        s.put("/bucket/key", "x")
            .header("x-amz-object-lock-legal-hold", "ON")
            .send()
            .await
            .refused(400, "InvalidRequest");
        s.assert_missing("/bucket/key").await;
        s.put("/bucket/key", "x").send().await.ok();
        let until = s.iso_date(DAY);
        s.put("/bucket/key?retention", retention("GOVERNANCE", &until)).send().await.refused(400, "InvalidRequest");
        s.put("/bucket/key?legal-hold", hold("ON")).send().await.refused(400, "InvalidRequest");
        s.get("/bucket/key?retention").send().await.refused(400, "InvalidRequest");
        s.get("/bucket/key?legal-hold").send().await.refused(400, "InvalidRequest");
        // Since 2023 it can be turned on later, where versioning is.
        s.put("/bucket?object-lock", default_rule("GOVERNANCE", "<Years>1</Years>")).send().await.status(200);
        s.get("/bucket?object-lock").send().await.status(200).says("Years", "1");
        s.bucket("plain").await;
        s.put("/plain?object-lock", default_rule("GOVERNANCE", "<Days>1</Days>"))
            .send()
            .await
            .refused(409, "InvalidBucketState")
            .says("Message", "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
    });
}

#[test]
fn headers_that_do_not_go_together() {
    run(async |s| {
        s.locking_bucket("bucket").await;
        let (mode, date, hold) =
            ("x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date", "x-amz-object-lock-legal-hold");
        let (future, past) = (s.iso_date(DAY), s.iso_date(-DAY));
        for headers in [
            vec![(mode, "GOVERNANCE")],
            vec![(date, &*future)],
            vec![(mode, "LENIENT"), (date, &*future)],
            vec![(mode, "GOVERNANCE"), (date, &*past)],
            vec![(mode, "GOVERNANCE"), (date, "tomorrow")],
            vec![(mode, "GOVERNANCE"), (date, "99999-01-01T00:00:00Z")],
            vec![(hold, "MAYBE")],
        ] {
            let put = headers.iter().fold(s.put("/bucket/key", "x"), |put, (name, value)| put.header(name, value));
            let answer = put.send().await;
            assert_eq!(answer.status, 400, "{headers:?}");
            assert!(matches!(answer.first("Code").as_str(), "InvalidArgument" | "InvalidRequest"), "{}", answer.text());
        }
        s.assert_missing("/bucket/key").await;
        s.put("/bucket/key", "x").send().await.ok();
        s.get("/bucket/key?retention").send().await.refused(404, "NoSuchObjectLockConfiguration");
        s.get("/bucket/key?legal-hold").send().await.refused(404, "NoSuchObjectLockConfiguration");
        s.put("/bucket/key?retention", retention("GOVERNANCE", &past)).send().await.refused(400, "InvalidArgument");
        s.put("/bucket/key?retention", retention("LENIENT", &future)).send().await.refused(400, "MalformedXML");
        s.put("/bucket/none?retention", retention("GOVERNANCE", &future)).send().await.refused(404, "NoSuchKey");
        s.get("/bucket/none?legal-hold").send().await.refused(404, "NoSuchKey");
    });
}

#[test]
fn a_copy_is_not_locked_as_its_source_is() {
    run(async |s| {
        s.locking_bucket("bucket").await;
        locked(s, "key", "COMPLIANCE").await;
        s.put("/bucket/copy", "").header("x-amz-copy-source", "bucket/key").send().await.status(200);
        s.head("/bucket/copy").send().await.status(200).has("x-amz-object-lock-mode", "");
        let own = s.put("/bucket/held", "").header("x-amz-copy-source", "bucket/key");
        own.header("x-amz-object-lock-legal-hold", "ON").send().await.status(200);
        s.head("/bucket/held").send().await.status(200).has("x-amz-object-lock-legal-hold", "ON");
    });
}

#[test]
fn many_governed_versions_are_deleted_by_who_may() {
    run(async |s| {
        s.locking_bucket("bucket").await;
        let version = locked(s, "key", "GOVERNANCE").await;
        let id = version.split_once('=').expect("an id").1;
        let document = format!("<Delete><Object><Key>key</Key><VersionId>{id}</VersionId></Object></Delete>");
        let delete =
            || s.post("/bucket?delete", &document).header("content-md5", digest::content_md5(document.as_bytes()));
        delete().send().await.status(200).says("Code", "AccessDenied");
        let answer = delete().header("x-amz-bypass-governance-retention", "true").send().await.status(200);
        assert!(answer.inner("Error").is_empty(), "{}", answer.text());
        s.get(&version).send().await.refused(404, "NoSuchVersion");
    });
}

#[test]
fn the_bucket_s_default_is_taken_back() {
    run(async |s| {
        s.locking_bucket("bucket").await;
        s.put("/bucket?object-lock", default_rule("GOVERNANCE", "<Days>1</Days>")).send().await.status(200);
        let none = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>";
        s.put("/bucket?object-lock", none).send().await.status(200);
        s.put("/bucket/key", "x").send().await.ok();
        s.head("/bucket/key").send().await.status(200).has("x-amz-object-lock-mode", "");
        s.get("/bucket?object-lock").send().await.status(200).says("ObjectLockEnabled", "Enabled").says("Mode", "");
    });
}

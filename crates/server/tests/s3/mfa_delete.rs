//! MFA Delete, for an account without devices and for one whose root user has one.

use crate::harness::{Answer, Device, TestServer, allow, digest, run};

fn versioning(mfa_delete: &str) -> String {
    format!(
        "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>{mfa_delete}</MfaDelete></VersioningConfiguration>"
    )
}

#[test]
fn it_is_switched_on_by_a_second_factor_only() {
    run(async |s| {
        s.bucket("bucket").await;
        let put = || s.put("/bucket?versioning", versioning("Enabled"));
        let without = put().send().await.refused(403, "AccessDenied");
        without.says("Message", "Mfa Authentication must be used for this request");
        let malformed = put().header("x-amz-mfa", "123456").send().await.refused(400, "InvalidArgument");
        malformed.says("ArgumentName", "x-amz-mfa");
        put().header("x-amz-mfa", "arn:aws:iam::1:mfa/root 123456").send().await.refused(403, "AccessDenied");
        let none = s.get("/bucket?versioning").send().await.ok();
        none.says("Status", "").says("MfaDelete", "");
        // To leave it off needs nothing.
        s.put("/bucket?versioning", versioning("Disabled")).send().await.status(200);
        s.get("/bucket?versioning").send().await.ok().says("Status", "Enabled").says("MfaDelete", "");
    });
}

#[test]
fn without_it_the_header_does_not_matter() {
    run(async |s| {
        s.versioned_bucket("bucket").await;
        let version = s.put("/bucket/key", "x").send().await.ok().header("x-amz-version-id").to_owned();
        let delete = s.delete(&format!("/bucket/key?versionId={version}")).header("x-amz-mfa", "serial 123456");
        delete.send().await.status(204);
        s.assert_missing("/bucket/key").await;
    });
}

/// `bucket` with MFA Delete, two versions of `key`, and the device that guards it.
async fn guarded(s: &TestServer) -> (Device<'_>, [String; 2]) {
    let device = Device::enabled(&s.operator().await.root, None).await;
    s.bucket("bucket").await;
    let put = s.put("/bucket?versioning", versioning("Enabled")).header("x-amz-mfa", device.header());
    put.send().await.ok();
    let put = async || s.put("/bucket/key", "x").send().await.ok().header("x-amz-version-id").to_owned();
    let versions = [put().await, put().await];
    (device, versions)
}

#[track_caller]
fn denied(answer: Answer) {
    answer.refused(403, "AccessDenied");
}

#[test]
fn on_and_off() {
    run(async |s| {
        let (device, _) = guarded(s).await;
        s.get("/bucket?versioning").send().await.ok().says("Status", "Enabled").says("MfaDelete", "Enabled");
        let put = |document: &str| s.put("/bucket?versioning", document);
        let suspended = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
        denied(put(&versioning("Disabled")).send().await);
        denied(put(suspended).send().await);
        let wrong = format!("{} {}", device.serial, device.wrong_code());
        denied(put(&versioning("Disabled")).header("x-amz-mfa", wrong).send().await);
        s.get("/bucket?versioning").send().await.ok().says("Status", "Enabled").says("MfaDelete", "Enabled");
        put(&versioning("Disabled")).header("x-amz-mfa", device.header()).send().await.ok();
        assert_ne!(s.get("/bucket?versioning").send().await.ok().first("MfaDelete"), "Enabled");
        put(suspended).send().await.ok();
    });
}

#[test]
fn a_version_is_deleted_with_a_code() {
    run(async |s| {
        let (device, [first, second]) = guarded(s).await;
        let delete = |version: &str| s.delete(&format!("/bucket/key?versionId={version}"));
        let without = delete(&first).send().await.refused(403, "AccessDenied");
        without.says("Message", "Mfa Authentication must be used for this request");
        let header = device.header();
        delete(&first).header("x-amz-mfa", &header).send().await.status(204);
        // A code is good once, and nowhere twice.
        denied(delete(&second).header("x-amz-mfa", &header).send().await);
        s.advance(30);
        denied(delete(&second).header("x-amz-mfa", &header).send().await);
        let (serial, code) = header.split_once(' ').expect("two parts");
        let session = [("SerialNumber", serial), ("TokenCode", code)];
        s.operator().await.root.sts("GetSessionToken", &session).send().await.failed(403, "AccessDenied");
        // A marker is no deletion of a version.
        s.delete("/bucket/key").send().await.status(204);
        assert_eq!(s.get("/bucket?versions").send().await.ok().all("VersionId").len(), 2);
        delete(&second).header("x-amz-mfa", device.header()).send().await.status(204);
    });
}

#[test]
fn many_versions_are_deleted_with_one_code() {
    run(async |s| {
        let (device, [first, second]) = guarded(s).await;
        let object = |version: &str| format!("<Object><Key>key</Key><VersionId>{version}</VersionId></Object>");
        let document = format!("<Delete>{}{}</Delete>", object(&first), object(&second));
        let delete = |document: &str| {
            let md5 = digest::content_md5(document.as_bytes());
            s.post("/bucket?delete", document).header("content-md5", md5)
        };
        denied(delete(&document).send().await);
        let wrong = format!("{} {}", device.serial, device.wrong_code());
        denied(delete(&document).header("x-amz-mfa", wrong).send().await);
        assert_eq!(s.get("/bucket?versions").send().await.ok().all("VersionId").len(), 2);
        let marker = delete("<Delete><Object><Key>key</Key></Object></Delete>").send().await.ok();
        assert_eq!(marker.all("DeleteMarker"), ["true"]);
        let header = device.header();
        let deleted = delete(&document).header("x-amz-mfa", &header).send().await.ok();
        assert_eq!(deleted.inner("Deleted").len(), 2, "{}", deleted.text());
        denied(delete(&document).header("x-amz-mfa", &header).send().await);
    });
}

#[test]
fn only_the_root_user_has_the_code_that_counts() {
    run(async |s| {
        let (device, [first, _]) = guarded(s).await;
        let account = s.operator().await;
        let admin = account.user_who_may("admin", &[allow("*")]).await;
        let own = Device::enabled(&account.root, Some("admin")).await;
        let delete =
            |header: String| admin.delete(&format!("/bucket/key?versionId={first}")).header("x-amz-mfa", header);
        denied(delete(device.header()).send().await);
        denied(delete(own.header()).send().await);
        let theirs = format!("{} {}", own.serial, own.next_code());
        denied(s.delete(&format!("/bucket/key?versionId={first}")).header("x-amz-mfa", theirs).send().await);
        denied(admin.put("/bucket?versioning", versioning("Disabled")).header("x-amz-mfa", own.header()).send().await);
        // Nor another account's root user, whatever the bucket's policy allows.
        let partner = s.account("partner").await;
        let theirs = Device::enabled(&partner.root, None).await;
        account.bucket_policy("bucket", &[allow("s3:*").on("bucket bucket/*").to(&partner.id)]).await;
        let ask = partner.root.delete(&format!("/bucket/key?versionId={first}"));
        denied(ask.header("x-amz-mfa", theirs.header()).send().await);
        assert_eq!(s.get("/bucket?versions").send().await.ok().all("VersionId").len(), 2);
    });
}

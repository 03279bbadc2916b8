//! MFA Delete, for an account without devices.

use crate::harness::run;

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

//! Which permissions requests need, and how a caller's policies, boundary, session and the bucket's policy add up.

use crate::harness::{Account, Actor, Answer, Form, Statement, TestServer, allow, deny, digest, policy, run};

#[track_caller]
fn denied(answer: Answer) {
    answer.refused(403, "AccessDenied");
}

/// The first account with `bucket`, in which lists count, and a user who may do this.
async fn user_who_may<'a>(s: &'a TestServer, statements: &[Statement]) -> (Account<'a>, Actor<'a>) {
    let account = s.operator().await;
    account.open_bucket("bucket", "ObjectWriter").await;
    s.put("/bucket/key", "x").send().await.ok();
    let anna = account.user_who_may("anna", statements).await;
    (account, anna)
}

fn on_objects(actions: &str) -> Statement {
    allow(actions).on("bucket/*")
}

/// Asserts that an upload with a header, of any kind, needs a permission besides `s3:PutObject`.
async fn assert_needs(s: &TestServer, bucket: &str, anna: &Actor<'_>, headers: &[(&str, &str)], action: &str) {
    let account = s.operator().await;
    let put = allow("s3:PutObject s3:GetObject s3:GetObjectTagging").on(&format!("{bucket}/*"));
    let extra = allow(action).on(&format!("{bucket}/*"));
    for (statements, allowed) in [(vec![put.clone()], false), (vec![put, extra], true)] {
        account.permit("anna", &statements).await;
        let requests = [
            anna.put(&format!("/{bucket}/new"), "x").header("content-md5", digest::content_md5(b"x")),
            anna.post(&format!("/{bucket}/new?uploads"), ""),
            anna.put(&format!("/{bucket}/new"), "").header("x-amz-copy-source", format!("/{bucket}/key")),
        ];
        for ask in requests {
            let ask = headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value));
            let answer = ask.send().await;
            assert_eq!(answer.status, if allowed { 200 } else { 403 }, "{action}: {}", answer.text());
        }
    }
}

#[test]
fn headers_of_uploads() {
    run(async |s| {
        let (account, anna) = user_who_may(s, &[]).await;
        s.locking_bucket("locking").await;
        s.put("/locking/key", "x").send().await.ok();
        assert_needs(s, "bucket", &anna, &[("x-amz-acl", "public-read")], "s3:PutObjectAcl").await;
        let grantee = format!("id={}", account.canonical_id);
        assert_needs(s, "bucket", &anna, &[("x-amz-grant-read", &grantee)], "s3:PutObjectAcl").await;
        let tags = [("x-amz-tagging", "a=1"), ("x-amz-tagging-directive", "REPLACE")];
        assert_needs(s, "bucket", &anna, &tags, "s3:PutObjectTagging").await;
        let until = s.iso_date(86_400);
        let lock = [("x-amz-object-lock-mode", "GOVERNANCE"), ("x-amz-object-lock-retain-until-date", until.as_str())];
        assert_needs(s, "locking", &anna, &lock, "s3:PutObjectRetention").await;
        assert_needs(s, "locking", &anna, &[("x-amz-object-lock-legal-hold", "ON")], "s3:PutObjectLegalHold").await;
    });
}

#[test]
fn fields_of_forms() {
    run(async |s| {
        let (account, anna) = user_who_may(s, &[on_objects("s3:PutObject")]).await;
        let form = |field: &str, value: &str| {
            let form = Form::new(s, "bucket").by(&anna.keys).field("key", "form").field(field, value);
            let conditions = format!("[\"starts-with\", \"$key\", \"\"], [\"starts-with\", \"${field}\", \"\"]");
            form.policy(&conditions, 60).file("f", "x").send()
        };
        let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";
        form("x-amz-meta-a", "1").await.status(204);
        denied(form("acl", "public-read").await);
        denied(form("tagging", tags).await);
        account.permit("anna", &[on_objects("s3:PutObject s3:PutObjectAcl s3:PutObjectTagging")]).await;
        form("acl", "public-read").await.status(204);
        form("tagging", tags).await.status(204);
    });
}

#[test]
fn governance_is_bypassed_by_who_may() {
    run(async |s| {
        let (account, anna) = user_who_may(s, &[]).await;
        s.locking_bucket("locking").await;
        let until = s.iso_date(86_400);
        let put = async || {
            let ask = s.put("/locking/key", "x").header("content-md5", digest::content_md5(b"x"));
            let ask = ask.header("x-amz-object-lock-mode", "GOVERNANCE");
            let answer = ask.header("x-amz-object-lock-retain-until-date", &until).send().await.ok();
            answer.header("x-amz-version-id").to_owned()
        };
        let version = put().await;
        let target = format!("/locking/key?versionId={version}");
        let delete = || anna.delete(&target).header("x-amz-bypass-governance-retention", "true").send();
        let document = format!("<Delete><Object><Key>key</Key><VersionId>{version}</VersionId></Object></Delete>");
        let delete_many = || {
            let ask = anna.post("/locking?delete", &document);
            let ask = ask.header("content-md5", digest::content_md5(document.as_bytes()));
            ask.header("x-amz-bypass-governance-retention", "true").send()
        };
        let shorten = || {
            let until = s.iso_date(3_600);
            let document =
                format!("<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>{until}</RetainUntilDate></Retention>");
            let md5 = digest::content_md5(document.as_bytes());
            let ask = anna.put("/locking/key?retention", document).header("content-md5", md5);
            ask.header("x-amz-bypass-governance-retention", "true").send()
        };
        let all_but = allow("s3:DeleteObjectVersion s3:DeleteObject s3:PutObjectRetention").on("locking/*");
        account.permit("anna", std::slice::from_ref(&all_but)).await;
        denied(delete().await);
        assert_eq!(delete_many().await.ok().all("Code"), ["AccessDenied"]);
        denied(shorten().await);
        account.permit("anna", &[all_but, allow("s3:BypassGovernanceRetention").on("locking/*")]).await;
        shorten().await.ok();
        assert_eq!(delete_many().await.ok().all("Code"), [""; 0]);
        delete().await.status(204);
    });
}

#[test]
fn copies_read_their_source() {
    run(async |s| {
        let write = on_objects("s3:PutObject");
        let (account, anna) = user_who_may(s, std::slice::from_ref(&write)).await;
        s.put("/bucket/tagged", "x").header("x-amz-tagging", "a=1").send().await.ok();
        let copy = |source: &str| anna.put("/bucket/copy", "").header("x-amz-copy-source", source).send();
        denied(copy("/bucket/key").await);
        denied(copy("/bucket/missing").await);
        let read = on_objects("s3:GetObject");
        account.permit("anna", &[write.clone(), read.clone()]).await;
        copy("/bucket/key").await.ok();
        // Tags go with a copy only for whoever may read and write them.
        denied(copy("/bucket/tagged").await);
        account.permit("anna", &[write.clone(), read.clone(), on_objects("s3:GetObjectTagging")]).await;
        denied(copy("/bucket/tagged").await);
        let tagging = on_objects("s3:GetObjectTagging s3:PutObjectTagging");
        account.permit("anna", &[write.clone(), read.clone(), tagging]).await;
        copy("/bucket/tagged").await.ok();
        account.permit("anna", &[read]).await;
        denied(copy("/bucket/key").await);
        // Parts of an upload are copies too.
        account.permit("anna", &[write]).await;
        let upload = anna.post("/bucket/big?uploads", "").send().await.ok().first("UploadId");
        let part = anna.put(&format!("/bucket/big?uploadId={upload}&partNumber=1"), "");
        denied(part.header("x-amz-copy-source", "/bucket/key").send().await);
    });
}

#[test]
fn an_explicit_deny_wins() {
    run(async |s| {
        let everything = allow("s3:*").on("bucket bucket/*");
        let (account, anna) = user_who_may(s, std::slice::from_ref(&everything)).await;
        anna.get("/bucket/key").send().await.ok();
        account.permit("anna", &[everything.clone(), deny("s3:GetObject").on("bucket/k*")]).await;
        denied(anna.get("/bucket/key").send().await);
        anna.get("/bucket/missing").send().await.refused(404, "NoSuchKey");
        account.permit("anna", std::slice::from_ref(&everything)).await;
        // In the bucket's policy, whatever else allows it: policies and lists.
        let open = everything.clone().to("*");
        let never = deny("s3:GetObject").on("bucket/*").to(&account.user_arn("anna"));
        account.bucket_policy("bucket", &[open, never]).await;
        s.put("/bucket/key", "x").header("x-amz-acl", "public-read").send().await.ok();
        denied(anna.get("/bucket/key").send().await);
        s.get("/bucket/key").anonymous().send().await.ok();
        // In a group's policy.
        s.delete("/bucket?policy").send().await.status(204);
        anna.get("/bucket/key").send().await.ok();
        let iam = |action: &str, parameters: &[(&str, &str)]| account.root.iam(action, parameters).send();
        iam("CreateGroup", &[("GroupName", "barred")]).await.succeeded();
        iam("AddUserToGroup", &[("GroupName", "barred"), ("UserName", "anna")]).await.succeeded();
        let document = policy(&[deny("s3:Get*")]);
        let put = [("GroupName", "barred"), ("PolicyName", "never"), ("PolicyDocument", document.as_str())];
        iam("PutGroupPolicy", &put).await.succeeded();
        denied(anna.get("/bucket/key").send().await);
        iam("RemoveUserFromGroup", &[("GroupName", "barred"), ("UserName", "anna")]).await.succeeded();
        anna.get("/bucket/key").send().await.ok();
    });
}

#[test]
fn sessions_are_held_to_their_policies() {
    run(async |s| {
        let (account, anna) = user_who_may(s, &[on_objects("s3:GetObject s3:PutObject"), allow("sts:*")]).await;
        let trusted = allow("sts:AssumeRole").to(&account.root_arn());
        let role = account.role("role", &trusted, &[on_objects("s3:GetObject s3:PutObject")]).await;
        let read_only = policy(&[allow("s3:GetObject s3:DeleteObject").on("bucket/*")]);
        let narrowed = [("Policy", read_only.as_str())];
        for session in [anna.assume(&role, &narrowed).await, anna.federate("guest", &narrowed).await] {
            session.get("/bucket/key").send().await.ok();
            denied(session.put("/bucket/key", "y").send().await);
            // What the session's policy allows is no more than the role or user has.
            denied(session.delete("/bucket/key").send().await);
        }
        let managed = account.managed_policy("only-keys", &[allow("s3:GetObject").on("bucket/k*")]).await;
        let session = anna.assume(&role, &[("PolicyArns.member.1.arn", managed.as_str())]).await;
        session.get("/bucket/key").send().await.ok();
        denied(session.get("/bucket/other").send().await);
        let whole = anna.assume(&role, &[]).await;
        whole.put("/bucket/key", "x").send().await.ok();
        // A federated user without a policy of its own has nothing.
        denied(anna.federate("guest", &[]).await.get("/bucket/key").send().await);
    });
}

#[test]
fn boundaries_bound() {
    run(async |s| {
        let (account, anna) = user_who_may(s, &[allow("s3:* iam:*")]).await;
        let boundary = account.managed_policy("boundary", &[allow("s3:GetObject s3:PutObject").on("bucket/*")]).await;
        let iam = |action: &str, parameters: &[(&str, &str)]| account.root.iam(action, parameters).send();
        let set = [("UserName", "anna"), ("PermissionsBoundary", boundary.as_str())];
        iam("PutUserPermissionsBoundary", &set).await.succeeded();
        anna.get("/bucket/key").send().await.ok();
        denied(anna.delete("/bucket/key").send().await);
        denied(anna.get("/bucket?list-type=2").send().await);
        // Nor may the user take it off.
        let own = anna.iam("DeleteUserPermissionsBoundary", &[("UserName", "anna")]).send().await;
        own.failed(403, "AccessDenied");
        // A boundary gives nothing by itself.
        account.permit("anna", &[allow("s3:PutObject").on("bucket/*")]).await;
        denied(anna.get("/bucket/key").send().await);
        account.permit("anna", &[allow("s3:*")]).await;
        iam("DeleteUserPermissionsBoundary", &[("UserName", "anna")]).await.succeeded();
        anna.delete("/bucket/key").send().await.status(204);
    });
}

#[test]
fn across_accounts_both_sides_must_allow() {
    run(async |s| {
        let (account, _) = user_who_may(s, &[]).await;
        let partner = s.account("partner").await;
        let bert = partner.user_who_may("bert", &[allow("s3:GetObject").on("bucket/*")]).await;
        let carl = partner.user("carl").await;
        denied(bert.get("/bucket/key").send().await);
        for to in [partner.id.clone(), partner.root_arn()] {
            account.bucket_policy("bucket", &[on_objects("s3:GetObject").to(&to)]).await;
            bert.get("/bucket/key").send().await.ok();
            partner.root.get("/bucket/key").send().await.ok();
            denied(carl.get("/bucket/key").send().await);
        }
        account.bucket_policy("bucket", &[on_objects("s3:GetObject").to(&partner.user_arn("carl"))]).await;
        denied(carl.get("/bucket/key").send().await);
        denied(bert.get("/bucket/key").send().await);
        partner.permit("carl", &[allow("s3:GetObject").on("bucket/*")]).await;
        carl.get("/bucket/key").send().await.ok();
        let by_id = on_objects("s3:GetObject").for_principal("CanonicalUser", &partner.canonical_id);
        account.bucket_policy("bucket", &[by_id]).await;
        partner.root.get("/bucket/key").send().await.ok();
    });
}

#[test]
fn a_bucket_policy_suffices_within_the_account() {
    run(async |s| {
        let (account, anna) = user_who_may(s, &[]).await;
        denied(anna.get("/bucket/key").send().await);
        account.bucket_policy("bucket", &[on_objects("s3:GetObject").to(&account.user_arn("anna"))]).await;
        anna.get("/bucket/key").send().await.ok();
        denied(account.user("bert").await.get("/bucket/key").send().await);
        // The account's name is no user's: its users need their own permission still.
        account.bucket_policy("bucket", &[on_objects("s3:GetObject").to(&account.id)]).await;
        denied(anna.get("/bucket/key").send().await);
    });
}

#[test]
fn the_root_user_repairs_what_denies_everybody() {
    run(async |s| {
        let (account, anna) = user_who_may(s, &[allow("s3:*")]).await;
        let nobody = deny("s3:*").on("bucket bucket/*").to("*");
        let put = s.put("/bucket?policy", policy(&[nobody])).header("x-amz-confirm-remove-self-bucket-access", "true");
        put.send().await.status(204);
        denied(anna.get("/bucket/key").send().await);
        denied(s.get("/bucket/key").send().await);
        denied(s.get("/bucket?list-type=2").send().await);
        denied(anna.delete("/bucket?policy").send().await);
        let partner = s.account("partner").await;
        denied(partner.root.delete("/bucket?policy").send().await);
        s.get("/bucket?policy").send().await.ok();
        account.bucket_policy("bucket", &[deny("s3:*").on("bucket/*").to("*")]).await;
        s.delete("/bucket?policy").send().await.status(204);
        s.get("/bucket/key").send().await.ok();
        anna.get("/bucket/key").send().await.ok();
    });
}

#[test]
fn policies_that_are_attached_and_changed_take_effect_at_once() {
    run(async |s| {
        let (account, anna) = user_who_may(s, &[]).await;
        let arn = account.managed_policy("readers", &[on_objects("s3:GetObject")]).await;
        let iam = |action: &str, parameters: &[(&str, &str)]| account.root.iam(action, parameters).send();
        let attach = [("UserName", "anna"), ("PolicyArn", arn.as_str())];
        iam("AttachUserPolicy", &attach).await.succeeded();
        anna.get("/bucket/key").send().await.ok();
        let document = policy(&[on_objects("s3:PutObject")]);
        let version = [("PolicyArn", arn.as_str()), ("PolicyDocument", document.as_str()), ("SetAsDefault", "true")];
        iam("CreatePolicyVersion", &version).await.succeeded();
        denied(anna.get("/bucket/key").send().await);
        anna.put("/bucket/key", "x").send().await.ok();
        iam("SetDefaultPolicyVersion", &[("PolicyArn", &arn), ("VersionId", "v1")]).await.succeeded();
        anna.get("/bucket/key").send().await.ok();
        iam("DetachUserPolicy", &attach).await.succeeded();
        denied(anna.get("/bucket/key").send().await);
    });
}

/// AWS: whoever has the permission, but is of another account, is told that the method is not allowed.
#[test]
fn a_policy_lets_nobody_of_another_account_at_itself() {
    run(async |s| {
        let owner = s.operator().await;
        let partner = s.account("partner").await;
        owner.open_bucket("bucket", "BucketOwnerEnforced").await;
        let everything = [allow("s3:*").on("bucket bucket/*").to("*")];
        owner.bucket_policy("bucket", &everything).await;
        let theirs = policy(&[allow("s3:*").on("bucket").to(&partner.id)]);
        for (method, body) in [("GET", ""), ("PUT", theirs.as_str()), ("DELETE", "")] {
            let ask = || partner.root.ask(method, "/bucket?policy").body(body);
            let refused = ask().send().await.refused(405, "MethodNotAllowed");
            assert_eq!(
                (refused.first("Method").as_str(), refused.first("ResourceType").as_str()),
                (method, "BUCKETPOLICY")
            );
            s.ask(method, "/bucket?policy").body(body).anonymous().send().await.refused(405, "MethodNotAllowed");
        }
        // All else it says holds, and it is still there.
        partner.root.put("/bucket/key", "x").send().await.ok();
        owner.root.get("/bucket?policy").send().await.ok();
        owner.root.delete("/bucket?policy").send().await.status(204);
        partner.root.delete("/bucket?policy").send().await.refused(403, "AccessDenied");
    });
}

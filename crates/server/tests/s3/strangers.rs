//! What another account's bucket gives to those who know its name: nothing, whatever they ask for.

use crate::harness::{Account, Actor, Answer, Form, allow, digest, encoded, run};

/// Requests on a bucket and its object `key`, each with a body and headers that its owner would succeed with.
const REQUESTS: &[(&str, &str, &str)] = &[
    ("GET", "", ""),
    ("HEAD", "", ""),
    ("GET", "?list-type=2", ""),
    ("GET", "?versions", ""),
    ("GET", "?uploads", ""),
    ("GET", "?acl", ""),
    ("GET", "?cors", ""),
    ("GET", "?location", ""),
    ("GET", "?policy", ""),
    ("GET", "?policyStatus", ""),
    ("GET", "?publicAccessBlock", ""),
    ("GET", "?ownershipControls", ""),
    ("GET", "?requestPayment", ""),
    ("GET", "?tagging", ""),
    ("GET", "?versioning", ""),
    ("GET", "?object-lock", ""),
    ("GET", "?lifecycle", ""),
    ("GET", "?encryption", ""),
    ("GET", "?notification", ""),
    ("PUT", "?acl", ""),
    ("PUT", "?encryption", "<ServerSideEncryptionConfiguration><Rule/></ServerSideEncryptionConfiguration>"),
    ("DELETE", "?encryption", ""),
    ("PUT", "?cors", "<CORSConfiguration/>"),
    ("PUT", "?policy", "{}"),
    ("PUT", "?publicAccessBlock", "<PublicAccessBlockConfiguration/>"),
    ("PUT", "?ownershipControls", "<OwnershipControls/>"),
    ("PUT", "?requestPayment", "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>"),
    ("PUT", "?tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"),
    ("PUT", "?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
    ("PUT", "?object-lock", "<ObjectLockConfiguration/>"),
    ("PUT", "?lifecycle", "<LifecycleConfiguration/>"),
    ("DELETE", "?cors", ""),
    ("DELETE", "?policy", ""),
    ("DELETE", "?publicAccessBlock", ""),
    ("DELETE", "?ownershipControls", ""),
    ("DELETE", "?tagging", ""),
    ("DELETE", "?lifecycle", ""),
    ("DELETE", "", ""),
    ("GET", "/key", ""),
    ("HEAD", "/key", ""),
    ("GET", "/missing", ""),
    ("HEAD", "/missing", ""),
    ("GET", "/key?versionId=null", ""),
    ("GET", "/key?acl", ""),
    ("GET", "/key?attributes", ""),
    ("GET", "/key?legal-hold", ""),
    ("GET", "/key?retention", ""),
    ("GET", "/key?tagging", ""),
    ("GET", "/key?uploadId=UPLOAD", ""),
    ("PUT", "/key", "changed"),
    ("PUT", "/new", "changed"),
    ("PUT", "/key?acl", ""),
    ("PUT", "/key?legal-hold", "<LegalHold><Status>ON</Status></LegalHold>"),
    ("PUT", "/key?retention", "<Retention/>"),
    ("PUT", "/key?tagging", "<Tagging><TagSet/></Tagging>"),
    ("PUT", "/key?uploadId=UPLOAD&partNumber=1", "changed"),
    ("POST", "/key?uploadId=UPLOAD", "<CompleteMultipartUpload/>"),
    ("POST", "/key?uploads", ""),
    ("POST", "/key?restore", "<RestoreRequest/>"),
    ("DELETE", "/key?tagging", ""),
    ("DELETE", "/key?uploadId=UPLOAD", ""),
    ("DELETE", "/key?versionId=null", ""),
    ("DELETE", "/key", ""),
];

/// A bucket `theirs` with an object and an upload under way; returns the upload's id.
async fn theirs(partner: &Account<'_>) -> String {
    partner.bucket("theirs").await;
    partner.root.put("/theirs/key", "secret").send().await.ok();
    partner.root.post("/theirs/key?uploads", "").send().await.ok().first("UploadId")
}

/// Asserts that the bucket is as it was.
async fn assert_untouched(partner: &Account<'_>) {
    let listed = partner.root.get("/theirs?list-type=2").send().await.ok();
    assert_eq!(listed.all("Key"), ["key"]);
    assert_eq!(partner.root.get("/theirs/key").send().await.ok().text(), "secret");
    assert_eq!(partner.root.get("/theirs?uploads").send().await.ok().all("UploadId").len(), 1);
    partner.root.get("/theirs?policy").send().await.refused(404, "NoSuchBucketPolicy");
}

#[track_caller]
fn assert_denied(answer: Answer, method: &str, target: &str) {
    assert!(!answer.text().contains("secret"), "{method} {target}: {}", answer.text());
    assert_eq!(answer.status, 403, "{method} {target}: {}", answer.text());
    if method != "HEAD" {
        answer.refused(403, "AccessDenied");
    }
}

async fn try_everything(actor: &Actor<'_>, upload: &str) {
    for (method, rest, body) in REQUESTS {
        let target = format!("/theirs{}", rest.replace("UPLOAD", upload));
        let ask = actor.ask(method, &target).body(body);
        let ask = if rest.ends_with("?acl") && *method == "PUT" { ask.header("x-amz-acl", "private") } else { ask };
        let ask = if *rest == "/key?attributes" { ask.header("x-amz-object-attributes", "ETag") } else { ask };
        assert_denied(ask.send().await, method, &target);
    }
}

#[test]
fn whoever_they_are() {
    run(async |s| {
        let partner = s.account("partner").await;
        let stranger = s.account("stranger").await;
        let upload = theirs(&partner).await;
        let admin = stranger.user_who_may("admin", &[allow("*")]).await;
        let session = stranger.root.session(&[]).await;
        let trusted = allow("sts:AssumeRole").to(&stranger.root_arn());
        let role = admin.assume(&stranger.role("role", &trusted, &[allow("*")]).await, &[]).await;
        // The operator owns the server, not what is in others' buckets.
        for actor in [&stranger.root, &admin, &session, &role, &s.operator().await.root] {
            try_everything(actor, &upload).await;
        }
        assert_untouched(&partner).await;
    });
}

#[test]
fn a_user_of_the_owner_without_permissions_is_one_too() {
    run(async |s| {
        let partner = s.account("partner").await;
        let upload = theirs(&partner).await;
        try_everything(&partner.user("nobody").await, &upload).await;
        let elsewhere = [allow("s3:*").on("other other/*"), allow("iam:*")];
        try_everything(&partner.user_who_may("elsewhere", &elsewhere).await, &upload).await;
        assert_untouched(&partner).await;
    });
}

#[test]
fn nor_without_a_signature() {
    run(async |s| {
        let partner = s.account("partner").await;
        let upload = theirs(&partner).await;
        for (method, rest, body) in REQUESTS {
            let target = format!("/theirs{}", rest.replace("UPLOAD", &upload));
            let ask = s.ask(method, &target).anonymous().body(body);
            let ask = if *rest == "/key?attributes" { ask.header("x-amz-object-attributes", "ETag") } else { ask };
            assert_denied(ask.send().await, method, &target);
        }
        s.get("/").anonymous().send().await.refused(403, "AccessDenied");
        s.put("/mine", "").anonymous().send().await.refused(403, "AccessDenied");
        assert_untouched(&partner).await;
    });
}

#[test]
fn documents_and_copies() {
    run(async |s| {
        let partner = s.account("partner").await;
        let stranger = s.account("stranger").await;
        let upload = theirs(&partner).await;
        stranger.bucket("mine").await;
        stranger.root.put("/mine/key", "x").send().await.ok();
        let copy =
            |target: &str, source: &str| stranger.root.put(target, "").header("x-amz-copy-source", source).send();
        copy("/mine/copy", "/theirs/key").await.refused(403, "AccessDenied");
        copy("/mine/copy", "/theirs/missing").await.refused(403, "AccessDenied");
        copy("/mine/copy", "/theirs/key?versionId=null").await.refused(403, "AccessDenied");
        copy("/theirs/copy", "/mine/key").await.refused(403, "AccessDenied");
        let part = format!("/theirs/key?uploadId={upload}&partNumber=1");
        copy(&part, "/mine/key").await.refused(403, "AccessDenied");
        let own = stranger.root.post("/mine/big?uploads", "").send().await.ok().first("UploadId");
        copy(&format!("/mine/big?uploadId={own}&partNumber=1"), "/theirs/key").await.refused(403, "AccessDenied");
        // Their upload is none of one's own bucket, whatever its id.
        let elsewhere = stranger.root.put(&format!("/mine/key?uploadId={upload}&partNumber=1"), "x").send().await;
        elsewhere.refused(404, "NoSuchUpload");

        let delete = "<Delete><Object><Key>key</Key></Object><Object><Key>missing</Key></Object></Delete>";
        let deleted = stranger.root.post("/theirs?delete", delete);
        let deleted = deleted.header("content-md5", digest::content_md5(delete.as_bytes())).send().await;
        match deleted.status {
            200 => assert_eq!(deleted.all("Code"), ["AccessDenied", "AccessDenied"]),
            _ => drop(deleted.refused(403, "AccessDenied")),
        }
        let form = Form::new(s, "theirs").by(&stranger.root.keys).field("key", "form");
        form.policy("[\"starts-with\", \"$key\", \"\"]", 60).file("f", "x").send().await.refused(403, "AccessDenied");
        let unsigned = Form::new(s, "theirs").field("key", "form").file("f", "x").send().await;
        unsigned.refused(403, "AccessDenied");
        assert_untouched(&partner).await;
        assert_eq!(stranger.root.get("/mine?list-type=2").send().await.ok().all("Key"), ["key"]);
    });
}

#[test]
fn everybody_lists_their_own_buckets() {
    run(async |s| {
        let partner = s.account("partner").await;
        let stranger = s.account("stranger").await;
        s.bucket("first").await;
        partner.bucket("theirs").await;
        stranger.bucket("mine").await;
        for (account, names) in [(&partner, ["theirs"]), (&stranger, ["mine"]), (&s.operator().await, ["first"])] {
            let listed = account.root.get("/").send().await.ok().says("ID", &account.canonical_id);
            assert_eq!(listed.all("Name"), names);
            let guessed = account.root.get("/?prefix=t").send().await.ok();
            assert_eq!(
                guessed.all("Name"),
                names.iter().copied().filter(|name| name.starts_with('t')).collect::<Vec<_>>()
            );
        }
        let anna = partner.user("anna").await;
        anna.get("/").send().await.refused(403, "AccessDenied");
        partner.permit("anna", &[allow("s3:ListAllMyBuckets")]).await;
        assert_eq!(anna.get("/").send().await.ok().all("Name"), ["theirs"]);
        // The name is taken for all, and making it again is for its owner alone.
        stranger.root.put("/theirs", "").send().await.refused(409, "BucketAlreadyExists");
    });
}

#[test]
fn their_users_and_roles() {
    run(async |s| {
        let partner = s.account("partner").await;
        let stranger = s.account("stranger").await;
        let anna = partner.user_who_may("anna", &[allow("s3:*")]).await;
        let trusted = allow("sts:AssumeRole").to(&partner.root_arn());
        let role = partner.role("role", &trusted, &[allow("s3:*")]).await;
        let admin = stranger.user_who_may("admin", &[allow("*")]).await;
        for actor in [&stranger.root, &admin] {
            let listed = actor.iam("ListUsers", &[]).send().await.succeeded();
            assert!(!listed.text().contains("anna"), "{}", listed.text());
            for (action, parameters) in [
                ("GetUser", vec![("UserName", "anna")]),
                ("CreateAccessKey", vec![("UserName", "anna")]),
                ("DeleteUser", vec![("UserName", "anna")]),
                ("GetRole", vec![("RoleName", "role")]),
                ("DeleteAccessKey", vec![("UserName", "anna"), ("AccessKeyId", &anna.keys.id)]),
                ("UpdateAccessKey", vec![("UserName", "anna"), ("AccessKeyId", &anna.keys.id), ("Status", "Inactive")]),
            ] {
                actor.iam(action, &parameters).send().await.failed(404, "NoSuchEntity");
            }
            let assume =
                actor.sts("AssumeRole", &[("RoleArn", role.as_str()), ("RoleSessionName", "work")]).send().await;
            assume.failed(403, "AccessDenied");
        }
        anna.get("/").send().await.ok();
    });
}

#[test]
fn a_confused_deputy_gets_nothing_either() {
    run(async |s| {
        let partner = s.account("partner").await;
        let stranger = s.account("stranger").await;
        let upload = theirs(&partner).await;
        let arn = "arn:aws:s3:::theirs";
        let service = |name: &str| allow("s3:*").on("theirs theirs/*").for_principal("Service", name);
        partner
            .bucket_policy(
                "theirs",
                &[
                    service("logging.s3.amazonaws.com").when("ArnLike", "aws:SourceArn", arn),
                    service("cloudtrail.amazonaws.com").when("StringEquals", "aws:SourceAccount", &partner.id),
                ],
            )
            .await;
        let nobody = partner.user("nobody").await;
        let admin = stranger.user_who_may("admin", &[allow("*")]).await;
        for actor in [&stranger.root, &admin, &nobody] {
            try_everything(actor, &upload).await;
            // The keys are the service's to set, no header's.
            let claimed = actor.get("/theirs/key").header("aws-sourcearn", arn).header("x-amz-source-arn", arn);
            let claimed = claimed.header("x-amz-source-account", &partner.id).send().await;
            claimed.refused(403, "AccessDenied");
        }
        let unsigned = s.get("/theirs/key").anonymous().header("x-amz-source-arn", arn).send().await;
        unsigned.refused(403, "AccessDenied");
        // Nor does a statement for everybody that asks for the key.
        partner.root.delete("/theirs?publicAccessBlock").send().await.status(204);
        let everybody = allow("s3:GetObject").on("theirs/*").to("*").when("ArnLike", "aws:SourceArn", arn);
        partner.bucket_policy("theirs", &[everybody]).await;
        for actor in [&stranger.root, &admin, &nobody] {
            actor.get("/theirs/key").send().await.refused(403, "AccessDenied");
            let query = format!("/theirs/key?aws:SourceArn={}", encoded(arn));
            actor.get(&query).send().await.refused(403, "AccessDenied");
        }
    });
}

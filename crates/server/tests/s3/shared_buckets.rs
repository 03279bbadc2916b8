//! Access control lists and ownership where more than one account writes.

use crate::harness::{Account, Answer, Statement, TestServer, allow, inner, policy, run};

const ALL_USERS: &str = "uri=http://acs.amazonaws.com/groups/global/AllUsers";
const AUTHENTICATED: &str = "uri=http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

#[track_caller]
fn denied(answer: Answer) {
    answer.refused(403, "AccessDenied");
}

/// The owner of `bucket`, in which lists count, and a partner who may do this with it.
async fn shared<'a>(s: &'a TestServer, ownership: &str, statements: &[&str]) -> (Account<'a>, Account<'a>) {
    let owner = s.operator().await;
    let partner = s.account("partner").await;
    owner.open_bucket("bucket", ownership).await;
    if !statements.is_empty() {
        let actions = statements.join(" ");
        let on = if actions.contains("List") { "bucket bucket/*" } else { "bucket/*" };
        owner.bucket_policy("bucket", &[allow(&actions).on(on).to(&partner.id)]).await;
    }
    (owner, partner)
}

fn id(account: &Account<'_>) -> String {
    format!("id={}", account.canonical_id)
}

#[test]
fn canned_lists_of_a_bucket() {
    run(async |s| {
        let (owner, partner) = shared(s, "ObjectWriter", &[]).await;
        owner.root.put("/bucket/key", "x").send().await.ok();
        let set = async |canned: &str| {
            owner.root.put("/bucket?acl", "").header("x-amz-acl", canned).send().await.ok();
        };
        for (canned, lists, lists_unsigned, writes) in [
            ("private", false, false, false),
            ("authenticated-read", true, false, false),
            ("public-read", true, true, false),
            ("public-read-write", true, true, true),
        ] {
            set(canned).await;
            let allowed = |answer: Answer, expected: bool| {
                assert_eq!(answer.status == 200, expected, "{canned}: {} {}", answer.status, answer.text());
            };
            allowed(partner.root.get("/bucket?list-type=2").send().await, lists);
            allowed(s.get("/bucket?list-type=2").anonymous().send().await, lists_unsigned);
            allowed(partner.root.put("/bucket/theirs", "x").send().await, writes);
            // No list of a bucket opens its objects or the bucket's own settings.
            denied(partner.root.get("/bucket/key").send().await);
            denied(partner.root.get("/bucket?acl").send().await);
            denied(partner.root.get("/bucket?policy").send().await);
            denied(s.get("/bucket/key").anonymous().send().await);
        }
    });
}

#[test]
fn canned_lists_of_an_object() {
    run(async |s| {
        let (owner, partner) = shared(s, "ObjectWriter", &[]).await;
        for (canned, partner_reads, all_read) in
            [("private", false, false), ("authenticated-read", true, false), ("public-read", true, true)]
        {
            owner.root.put("/bucket/key", "x").header("x-amz-acl", canned).send().await.ok();
            assert_eq!(partner.root.get("/bucket/key").send().await.status == 200, partner_reads, "{canned}");
            assert_eq!(s.get("/bucket/key").anonymous().send().await.status == 200, all_read, "{canned}");
            denied(partner.root.get("/bucket/key?acl").send().await);
            denied(partner.root.put("/bucket/key", "y").send().await);
            denied(partner.root.delete("/bucket/key").send().await);
        }
    });
}

#[test]
fn grants_in_headers() {
    run(async |s| {
        let (owner, partner) = shared(s, "ObjectWriter", &[]).await;
        let put = |name: &str| owner.root.put("/bucket/key", "x").header(name, id(&partner)).send();
        let get = |query: &str| partner.root.get(&format!("/bucket/key{query}")).send();
        put("x-amz-grant-read").await.ok();
        get("").await.ok();
        denied(get("?acl").await);
        put("x-amz-grant-read-acp").await.ok();
        denied(get("").await);
        get("?acl").await.ok();
        put("x-amz-grant-write-acp").await.ok();
        denied(get("?acl").await);
        let private = partner.root.put("/bucket/key?acl", "").header("x-amz-acl", "public-read").send().await;
        private.ok();
        s.get("/bucket/key").anonymous().send().await.ok();
        put("x-amz-grant-full-control").await.ok();
        get("").await.ok();
        get("?acl").await.ok();
        let bucket = |name: &str| owner.root.put("/bucket?acl", "").header(name, id(&partner)).send();
        bucket("x-amz-grant-read").await.ok();
        partner.root.get("/bucket?list-type=2").send().await.ok();
        denied(partner.root.put("/bucket/new", "x").send().await);
        bucket("x-amz-grant-write").await.ok();
        denied(partner.root.get("/bucket?list-type=2").send().await);
        partner.root.put("/bucket/new", "x").send().await.ok();
        partner.root.delete("/bucket/new").send().await.status(204);
        bucket("x-amz-grant-read-acp").await.ok();
        partner.root.get("/bucket?acl").send().await.ok();
        denied(partner.root.put("/bucket/new", "x").send().await);
    });
}

#[test]
fn a_list_gives_to_the_account_and_its_users_need_their_own_permission() {
    run(async |s| {
        let (owner, partner) = shared(s, "ObjectWriter", &[]).await;
        owner.root.put("/bucket/key", "x").header("x-amz-grant-read", id(&partner)).send().await.ok();
        let anna = partner.user("anna").await;
        denied(anna.get("/bucket/key").send().await);
        partner.permit("anna", &[allow("s3:GetObject").on("bucket/*")]).await;
        anna.get("/bucket/key").send().await.ok();
        // And a user's permission is nothing without the list.
        owner.root.put("/bucket/key", "x").send().await.ok();
        denied(anna.get("/bucket/key").send().await);
    });
}

#[test]
fn whoever_writes_owns() {
    run(async |s| {
        let (owner, partner) = shared(s, "ObjectWriter", &["s3:PutObject"]).await;
        partner.root.put("/bucket/theirs", "x").send().await.ok();
        for query in ["", "?acl", "?tagging"] {
            denied(owner.root.get(&format!("/bucket/theirs{query}")).send().await);
            partner.root.get(&format!("/bucket/theirs{query}")).send().await.ok();
        }
        denied(owner.root.put("/bucket/theirs?acl", "").header("x-amz-acl", "public-read").send().await);
        let listed = owner.root.get("/bucket?list-type=2&fetch-owner=true").send().await.ok();
        assert_eq!(inner(&listed.inner("Owner")[0], "ID"), [partner.canonical_id.as_str()]);
        // Not even a policy of the owner's lets anybody read what is not the owner's.
        let open = allow("s3:GetObject").on("bucket/*").to("*");
        owner.bucket_policy("bucket", &[open]).await;
        denied(owner.root.get("/bucket/theirs").send().await);
        denied(s.get("/bucket/theirs").anonymous().send().await);
        // But the owner pays for it, and may delete it.
        owner.root.delete("/bucket/theirs").send().await.status(204);
    });
}

#[test]
fn full_control_for_the_buckets_owner() {
    run(async |s| {
        let (owner, partner) = shared(s, "ObjectWriter", &["s3:PutObject", "s3:PutObjectAcl"]).await;
        let put = |canned: &str| partner.root.put("/bucket/theirs", "x").header("x-amz-acl", canned).send();
        put("bucket-owner-full-control").await.ok();
        owner.root.get("/bucket/theirs").send().await.ok();
        let shown = owner.root.get("/bucket/theirs?acl").send().await.ok();
        assert_eq!(inner(&shown.inner("Owner")[0], "ID"), [partner.canonical_id.as_str()]);
        put("bucket-owner-read").await.ok();
        owner.root.get("/bucket/theirs").send().await.ok();
        denied(owner.root.get("/bucket/theirs?acl").send().await);
        put("private").await.ok();
        denied(owner.root.get("/bucket/theirs").send().await);
    });
}

#[test]
fn a_bucket_whose_owner_is_preferred() {
    run(async |s| {
        let (owner, partner) = shared(s, "BucketOwnerPreferred", &["s3:PutObject", "s3:PutObjectAcl"]).await;
        let put = |canned: &str| partner.root.put("/bucket/theirs", "x").header("x-amz-acl", canned).send();
        put("bucket-owner-full-control").await.ok();
        let shown = owner.root.get("/bucket/theirs?acl").send().await.ok();
        assert_eq!(inner(&shown.inner("Owner")[0], "ID"), [owner.canonical_id.as_str()]);
        denied(partner.root.get("/bucket/theirs").send().await);
        put("private").await.ok();
        denied(owner.root.get("/bucket/theirs").send().await);
        partner.root.get("/bucket/theirs").send().await.ok();
    });
}

#[test]
fn enforcing_the_owner_disables_all_lists() {
    run(async |s| {
        let (owner, partner) = shared(s, "ObjectWriter", &["s3:PutObject"]).await;
        partner.root.put("/bucket/theirs", "x").send().await.ok();
        owner.root.put("/bucket/open", "x").header("x-amz-acl", "public-read").send().await.ok();
        s.get("/bucket/open").anonymous().send().await.ok();
        let enforced = "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>\
                        </OwnershipControls>";
        owner.root.put("/bucket?ownershipControls", enforced).send().await.ok();
        denied(s.get("/bucket/open").anonymous().send().await);
        denied(partner.root.get("/bucket/open").send().await);
        // Everything in the bucket is its owner's now.
        owner.root.get("/bucket/theirs").send().await.ok();
        denied(partner.root.get("/bucket/theirs").send().await);
        partner.root.put("/bucket/more", "x").send().await.ok();
        owner.root.get("/bucket/more").send().await.ok();
        denied(partner.root.get("/bucket/more").send().await);
        let full = partner.root.put("/bucket/more", "x").header("x-amz-acl", "bucket-owner-full-control").send().await;
        full.ok();
        // `private` would be the writer's list.
        let private = partner.root.put("/bucket/more", "x").header("x-amz-acl", "private").send().await;
        private.refused(400, "AccessControlListNotSupported");
        // Back again, and the lists count again.
        owner
            .root
            .put("/bucket?ownershipControls", enforced.replace("BucketOwnerEnforced", "ObjectWriter"))
            .send()
            .await
            .ok();
        s.get("/bucket/open").anonymous().send().await.ok();
        denied(owner.root.get("/bucket/theirs").send().await);
    });
}

#[test]
fn anonymous_by_a_policy() {
    run(async |s| {
        let (owner, _) = shared(s, "BucketOwnerEnforced", &[]).await;
        owner.root.put("/bucket/public/key", "x").send().await.ok();
        owner.root.put("/bucket/private/key", "x").send().await.ok();
        denied(s.get("/bucket/public/key").anonymous().send().await);
        owner.bucket_policy("bucket", &[allow("s3:GetObject").on("bucket/public/*").to("*")]).await;
        s.get("/bucket/public/key").anonymous().send().await.ok();
        s.head("/bucket/public/key").anonymous().send().await.ok();
        denied(s.get("/bucket/private/key").anonymous().send().await);
        denied(s.put("/bucket/public/key", "y").anonymous().send().await);
        denied(s.delete("/bucket/public/key").anonymous().send().await);
        denied(s.get("/bucket?list-type=2").anonymous().send().await);
    });
}

#[test]
fn a_missing_key_is_shown_to_who_may_list() {
    run(async |s| {
        let (owner, partner) = shared(s, "BucketOwnerEnforced", &[]).await;
        let anna = owner.user_who_may("anna", &[allow("s3:GetObject").on("bucket/*")]).await;
        let to = |statement: Statement| statement.to("*");
        owner.bucket_policy("bucket", &[to(allow("s3:GetObject").on("bucket/*"))]).await;
        denied(anna.get("/bucket/missing").send().await);
        denied(partner.root.get("/bucket/missing").send().await);
        denied(s.get("/bucket/missing").anonymous().send().await);
        s.head("/bucket/missing").anonymous().send().await.refused_head(403);
        owner.permit("anna", &[allow("s3:GetObject").on("bucket/*"), allow("s3:ListBucket").on("bucket")]).await;
        anna.get("/bucket/missing").send().await.refused(404, "NoSuchKey");
        denied(s.get("/bucket/missing").anonymous().send().await);
        let both = [to(allow("s3:GetObject").on("bucket/*")), to(allow("s3:ListBucket").on("bucket"))];
        owner.bucket_policy("bucket", &both).await;
        s.get("/bucket/missing").anonymous().send().await.refused(404, "NoSuchKey");
        s.head("/bucket/missing").anonymous().send().await.refused_head(404);
        // To whom may list, but not read, it is not shown either.
        owner.bucket_policy("bucket", &[to(allow("s3:ListBucket").on("bucket"))]).await;
        denied(s.get("/bucket/missing").anonymous().send().await.clone());
    });
}

#[test]
fn uploads_of_a_partner() {
    run(async |s| {
        let (owner, partner) = shared(s, "BucketOwnerEnforced", &["s3:PutObject"]).await;
        let begin = async |key: &str| {
            partner.root.post(&format!("/bucket/{key}?uploads"), "").send().await.ok().first("UploadId")
        };
        let (mine, other) = (begin("a").await, begin("b").await);
        partner.root.put(&format!("/bucket/a?uploadId={mine}&partNumber=1"), "x").send().await.ok();
        // Whoever began it may see and end it; a third may not, and its owner may.
        partner.root.get(&format!("/bucket/a?uploadId={mine}")).send().await.ok();
        let third = s.account("third").await;
        denied(third.root.get(&format!("/bucket/a?uploadId={mine}")).send().await);
        denied(third.root.delete(&format!("/bucket/a?uploadId={mine}")).send().await);
        partner.root.delete(&format!("/bucket/a?uploadId={mine}")).send().await.status(204);
        denied(partner.root.get("/bucket?uploads").send().await);
        owner.root.delete(&format!("/bucket/b?uploadId={other}")).send().await.status(204);
        assert!(owner.root.get("/bucket?uploads").send().await.ok().all("UploadId").is_empty());
    });
}

#[test]
fn the_owner_that_is_expected() {
    run(async |s| {
        let (owner, partner) = shared(s, "BucketOwnerEnforced", &["s3:PutObject", "s3:GetObject"]).await;
        owner.root.put("/bucket/key", "x").send().await.ok();
        for actor in [&owner.root, &partner.root] {
            let with = |method: &str, account: &str| {
                actor.ask(method, "/bucket/key").header("x-amz-expected-bucket-owner", account).send()
            };
            with("GET", &owner.id).await.ok();
            with("PUT", &owner.id).await.ok();
            for other in [partner.id.as_str(), "000000000000"] {
                denied(with("GET", other).await);
                denied(with("PUT", other).await);
                denied(with("DELETE", other).await);
            }
        }
        partner.bucket("theirs").await;
        let copy = |account: &str| {
            let ask = partner.root.put("/theirs/copy", "").header("x-amz-copy-source", "/bucket/key");
            ask.header("x-amz-source-expected-bucket-owner", account).send()
        };
        denied(copy(&partner.id).await);
        copy(&owner.id).await.ok();
    });
}

#[test]
fn requesters_pay() {
    run(async |s| {
        let (owner, partner) =
            shared(s, "BucketOwnerEnforced", &["s3:PutObject", "s3:GetObject", "s3:ListBucket", "s3:DeleteObject"])
                .await;
        owner.root.put("/bucket/key", "x").send().await.ok();
        let payer = "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>";
        owner.root.put("/bucket?requestPayment", payer).send().await.ok();
        owner.root.get("/bucket/key").send().await.ok();
        for (method, target) in
            [("GET", "/bucket/key"), ("GET", "/bucket?list-type=2"), ("PUT", "/bucket/new"), ("DELETE", "/bucket/new")]
        {
            denied(partner.root.ask(method, target).send().await);
            partner.root.ask(method, target).header("x-amz-request-payer", "requester").send().await.ok();
        }
        let document = policy(&[allow("s3:GetObject").on("bucket/*").to("*")]);
        owner.root.put("/bucket?policy", document).send().await.status(204);
        denied(s.get("/bucket/key").anonymous().send().await);
    });
}

#[test]
fn to_everybody_who_signs_or_to_everybody() {
    run(async |s| {
        let (owner, partner) = shared(s, "ObjectWriter", &[]).await;
        let put = |grantee: &str| owner.root.put("/bucket/key", "x").header("x-amz-grant-read", grantee).send();
        put(AUTHENTICATED).await.ok();
        partner.root.get("/bucket/key").send().await.ok();
        denied(s.get("/bucket/key").anonymous().send().await);
        put(ALL_USERS).await.ok();
        partner.root.get("/bucket/key").send().await.ok();
        s.get("/bucket/key").anonymous().send().await.ok();
    });
}

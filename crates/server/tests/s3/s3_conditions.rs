//! The condition keys of S3 itself.

use crate::harness::{Account, Actor, Answer, Form, Statement, TestServer, allow, deny, digest, run, run_with};

/// A user of the first account who may do this, and `bucket` with `key` in it.
async fn user_who_may<'a>(s: &'a TestServer, statements: &[Statement]) -> (Actor<'a>, Account<'a>) {
    s.versioned_bucket("bucket").await;
    s.put("/bucket/key", "x").send().await.ok();
    let account = s.operator().await;
    (account.user_who_may("anna", statements).await, account)
}

fn on_objects(action: &str) -> Statement {
    allow(action).on("bucket/*")
}

#[track_caller]
fn denied(answer: Answer) {
    answer.refused(403, "AccessDenied");
}

#[test]
fn parameters_of_listings() {
    run(async |s| {
        let list = allow("s3:ListBucket s3:ListBucketVersions").on("bucket");
        let (anna, account) = user_who_may(s, &[list.clone().when("StringEquals", "s3:prefix", "a/ | ")]).await;
        let get = |query: &str| anna.get(&format!("/bucket?list-type=2{query}")).send();
        get("&prefix=a/").await.ok();
        get("&prefix=").await.ok();
        anna.get("/bucket?versions&prefix=a%2F").send().await.ok();
        denied(get("").await);
        denied(get("&prefix=a").await);
        denied(get("&prefix=a/b").await);
        account.permit("anna", &[list.clone().when("StringEquals", "s3:delimiter", "/")]).await;
        get("&delimiter=/").await.ok();
        denied(get("&delimiter=-").await);
        denied(get("").await);
        account.permit("anna", &[list.when("NumericLessThanEquals", "s3:max-keys", "10")]).await;
        get("&max-keys=10").await.ok();
        denied(get("&max-keys=11").await);
        denied(get("").await);
    });
}

#[test]
fn a_version_by_its_id() {
    run(async |s| {
        let (anna, account) = user_who_may(s, &[]).await;
        let first = s.put("/bucket/key", "1").send().await.ok().header("x-amz-version-id").to_owned();
        s.put("/bucket/key", "2").send().await.ok();
        let one = on_objects("s3:GetObjectVersion").when("StringEquals", "s3:VersionId", &first);
        account.permit("anna", &[one]).await;
        assert_eq!(anna.get(&format!("/bucket/key?versionId={first}")).send().await.ok().text(), "1");
        denied(anna.get("/bucket/key").send().await);
        let second = s.head("/bucket/key").send().await.ok().header("x-amz-version-id").to_owned();
        denied(anna.get(&format!("/bucket/key?versionId={second}")).send().await);
        // The permission for the current version is none for the others.
        account.permit("anna", &[on_objects("s3:GetObject")]).await;
        anna.get("/bucket/key").send().await.ok();
        denied(anna.get(&format!("/bucket/key?versionId={first}")).send().await);
    });
}

#[test]
fn versions_in_a_document() {
    run(async |s| {
        let (anna, account) = user_who_may(s, &[]).await;
        let put = async || s.put("/bucket/key", "1").send().await.ok().header("x-amz-version-id").to_owned();
        let (mine, other) = (put().await, put().await);
        let one = on_objects("s3:DeleteObjectVersion").when("StringEquals", "s3:VersionId", &mine);
        account.permit("anna", &[one]).await;
        let object = |id: &str| format!("<Object><Key>key</Key><VersionId>{id}</VersionId></Object>");
        let document = format!("<Delete>{}{}<Object><Key>key</Key></Object></Delete>", object(&mine), object(&other));
        let delete = anna.post("/bucket?delete", &document);
        let answer = delete.header("content-md5", digest::content_md5(document.as_bytes())).send().await.ok();
        assert_eq!(answer.all("Code"), ["AccessDenied", "AccessDenied"], "{}", answer.text());
        assert_eq!(answer.inner("Deleted").len(), 1);
        denied(anna.delete("/bucket/key").send().await);
        denied(anna.delete(&format!("/bucket/key?versionId={other}")).send().await);
    });
}

#[test]
fn canned_lists() {
    run(async |s| {
        let with_control = on_objects("s3:PutObject s3:PutObjectAcl");
        let with_control = with_control.when("StringEquals", "s3:x-amz-acl", "bucket-owner-full-control");
        let (anna, _) = user_who_may(s, &[with_control]).await;
        let put = || anna.put("/bucket/new", "x");
        put().header("x-amz-acl", "bucket-owner-full-control").send().await.ok();
        denied(put().send().await);
        denied(put().header("x-amz-acl", "private").send().await);
        let url = anna.presign("PUT", "/bucket/new?x-amz-acl=bucket-owner-full-control");
        s.put(&url, "x").anonymous().send().await.ok();
    });
}

#[test]
fn grants() {
    run(async |s| {
        let (anna, account) = user_who_may(s, &[]).await;
        let grantee = format!("id={}", account.canonical_id);
        let granted = on_objects("s3:PutObject s3:PutObjectAcl");
        account.permit("anna", &[granted.when("StringEquals", "s3:x-amz-grant-full-control", &grantee)]).await;
        anna.put("/bucket/new", "x").header("x-amz-grant-full-control", &grantee).send().await.ok();
        denied(anna.put("/bucket/new", "x").send().await);
    });
}

#[test]
fn storage_class_and_encryption() {
    run(async |s| {
        let standard = on_objects("s3:PutObject").when("StringEquals", "s3:x-amz-storage-class", "STANDARD");
        let (anna, account) = user_who_may(s, &[standard]).await;
        let put = |name: &str, value: &str| anna.put("/bucket/new", "x").header(name, value).send();
        put("x-amz-storage-class", "STANDARD").await.ok();
        denied(put("x-amz-storage-class", "STANDARD_IA").await);
        denied(anna.put("/bucket/new", "x").send().await);
        let put_object = on_objects("s3:PutObject");
        let unencrypted = deny("s3:PutObject").on("bucket/*").when("Null", "s3:x-amz-server-side-encryption", "true");
        account.permit("anna", &[put_object, unencrypted]).await;
        denied(anna.put("/bucket/new", "x").send().await);
        put("x-amz-server-side-encryption", "AES256").await.ok().has("x-amz-server-side-encryption", "AES256");
    });
}

#[test]
fn copies() {
    run(async |s| {
        let (anna, account) = user_who_may(s, &[]).await;
        s.put("/bucket/other", "x").send().await.ok();
        let read = on_objects("s3:GetObject");
        let from = on_objects("s3:PutObject").when("StringLike", "s3:x-amz-copy-source", "bucket/k* | /bucket/k*");
        account.permit("anna", &[read.clone(), from]).await;
        let copy = |source: &str| anna.put("/bucket/copy", "").header("x-amz-copy-source", source);
        copy("/bucket/key").send().await.ok();
        copy("bucket/key").send().await.ok();
        denied(copy("/bucket/other").send().await);
        denied(anna.put("/bucket/copy", "x").send().await);
        let replacing = on_objects("s3:PutObject").when("StringEquals", "s3:x-amz-metadata-directive", "REPLACE");
        account.permit("anna", &[read, replacing]).await;
        copy("/bucket/key").header("x-amz-metadata-directive", "REPLACE").send().await.ok();
        denied(copy("/bucket/key").header("x-amz-metadata-directive", "COPY").send().await);
        denied(copy("/bucket/key").send().await);
    });
}

#[test]
fn tags_of_the_object() {
    run(async |s| {
        let public = on_objects("s3:GetObject s3:GetObjectTagging s3:DeleteObjectTagging s3:PutObjectTagging");
        let (anna, _) = user_who_may(s, &[public.when("StringEquals", "s3:ExistingObjectTag/level", "public")]).await;
        denied(anna.get("/bucket/key").send().await);
        s.put("/bucket/key", "x").header("x-amz-tagging", "level=secret").send().await.ok();
        for query in ["", "?tagging"] {
            denied(anna.get(&format!("/bucket/key{query}")).send().await);
        }
        let tags = "<Tagging><TagSet><Tag><Key>level</Key><Value>public</Value></Tag></TagSet></Tagging>";
        denied(anna.put("/bucket/key?tagging", tags).send().await);
        s.put("/bucket/key?tagging", tags).send().await.ok();
        for query in ["", "?tagging"] {
            anna.get(&format!("/bucket/key{query}")).send().await.ok();
        }
        anna.head("/bucket/key").send().await.ok();
        anna.delete("/bucket/key?tagging").send().await.status(204);
        denied(anna.get("/bucket/key").send().await);
        denied(anna.get("/bucket/missing").send().await);
    });
}

#[test]
fn tags_of_the_request() {
    run(async |s| {
        let tagged =
            on_objects("s3:PutObject s3:PutObjectTagging").when("StringEquals", "s3:RequestObjectTag/team", "blue");
        let keys = tagged.when("ForAllValues:StringEquals", "s3:RequestObjectTagKeys", "team | stage");
        let (anna, _) = user_who_may(s, &[keys]).await;
        let put = |tags: &str| anna.put("/bucket/new", "x").header("x-amz-tagging", tags).send();
        put("team=blue").await.ok();
        put("team=blue&stage=1").await.ok();
        denied(put("team=red").await);
        denied(put("team=blue&other=1").await);
        denied(anna.put("/bucket/new", "x").send().await);
        let tag = |key: &str, value: &str| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>");
        let set = |tags: String| {
            anna.put("/bucket/key?tagging", format!("<Tagging><TagSet>{tags}</TagSet></Tagging>")).send()
        };
        set(tag("team", "blue")).await.ok();
        denied(set(tag("team", "red")).await);
        denied(set(tag("team", "blue") + &tag("other", "1")).await);
        denied(set(String::new()).await);
    });
}

#[test]
fn how_it_is_signed() {
    run(async |s| {
        let (anna, account) = user_who_may(s, &[]).await;
        let read = || on_objects("s3:GetObject");
        let presigned = async || s.get(&anna.presign("GET", "/bucket/key")).anonymous().send().await;
        account.permit("anna", &[read().when("StringEquals", "s3:authType", "REST-QUERY-STRING")]).await;
        presigned().await.ok();
        denied(anna.get("/bucket/key").send().await);
        account.permit("anna", &[read().when("StringEquals", "s3:authType", "REST-HEADER")]).await;
        anna.get("/bucket/key").send().await.ok();
        denied(presigned().await);
        account.permit("anna", &[read().when("StringEquals", "s3:signatureversion", "AWS4-HMAC-SHA256")]).await;
        anna.get("/bucket/key").send().await.ok();
        presigned().await.ok();
        denied(anna.get("/bucket/key").v4a("*").send().await);
        account.permit("anna", &[on_objects("s3:PutObject").when("StringEquals", "s3:authType", "POST")]).await;
        let form = Form::new(s, "bucket").by(&anna.keys).field("key", "form");
        form.policy("[\"starts-with\", \"$key\", \"\"]", 60).file("f", "x").send().await.status(204);
        denied(anna.put("/bucket/form", "x").send().await);
    });
}

#[test]
fn the_age_of_a_signature() {
    run(async |s| {
        let young = on_objects("s3:GetObject").when("NumericLessThan", "s3:signatureAge", "10000");
        let (anna, _) = user_who_may(s, &[young]).await;
        let url = anna.presign("GET", "/bucket/key");
        s.get(&url).anonymous().send().await.ok();
        s.advance(9);
        s.get(&url).anonymous().send().await.ok();
        s.advance(1);
        denied(s.get(&url).anonymous().send().await);
        anna.get("/bucket/key").send().await.ok();
        denied(anna.get("/bucket/key").signed_after(-60).send().await);
    });
}

#[test]
fn content_hash() {
    use crate::harness::Body;
    run(async |s| {
        let put = on_objects("s3:PutObject");
        let unsigned = deny("s3:PutObject").on("bucket/*");
        let unsigned = unsigned.when("StringEquals", "s3:x-amz-content-sha256", "UNSIGNED-PAYLOAD");
        let (anna, account) = user_who_may(s, &[put, unsigned]).await;
        anna.put("/bucket/new", "x").send().await.ok();
        denied(anna.put("/bucket/new", "x").sent_as(Body::As("UNSIGNED-PAYLOAD".to_owned())).send().await);
        let expected = digest::sha256_hex(b"x");
        let one = on_objects("s3:PutObject").when("StringEquals", "s3:x-amz-content-sha256", &expected);
        account.permit("anna", &[one]).await;
        anna.put("/bucket/new", "x").send().await.ok();
        denied(anna.put("/bucket/new", "y").send().await);
    });
}

#[test]
fn days_of_retention() {
    run(async |s| {
        let (anna, account) = user_who_may(s, &[]).await;
        s.locking_bucket("locking").await;
        let most = "s3:object-lock-remaining-retention-days";
        let statements = [
            allow("s3:PutObject").on("locking/*"),
            allow("s3:PutObjectRetention").on("locking/*").when("NumericLessThanEquals", most, "10"),
        ];
        account.permit("anna", &statements).await;
        let put = |days: i64| {
            let ask = anna.put("/locking/key", "x").header("content-md5", digest::content_md5(b"x"));
            ask.header("x-amz-object-lock-mode", "GOVERNANCE")
                .header("x-amz-object-lock-retain-until-date", s.iso_date(days * 86_400))
                .send()
        };
        put(10).await.ok();
        denied(put(11).await);
        let retention = |days: i64| {
            let until = s.iso_date(days * 86_400);
            let document =
                format!("<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>{until}</RetainUntilDate></Retention>");
            let md5 = digest::content_md5(document.as_bytes());
            s.put("/locking/key?retention", document).by(&anna.keys).header("content-md5", md5).send()
        };
        denied(retention(20).await);
        let mode =
            [allow("s3:PutObjectRetention").on("locking/*").when("StringEquals", "s3:object-lock-mode", "COMPLIANCE")];
        account.permit("anna", &mode).await;
        denied(retention(20).await);
        let governance =
            [allow("s3:PutObjectRetention").on("locking/*").when("StringEquals", "s3:object-lock-mode", "GOVERNANCE")];
        account.permit("anna", &governance).await;
        retention(20).await.ok();
    });
}

#[test]
fn legal_holds() {
    run(async |s| {
        let (anna, account) = user_who_may(s, &[]).await;
        s.locking_bucket("locking").await;
        s.put("/locking/key", "x").send().await.ok();
        let on = allow("s3:PutObjectLegalHold s3:PutObject").on("locking/*");
        account.permit("anna", &[on.when("StringEqualsIfExists", "s3:object-lock-legal-hold", "ON")]).await;
        let set = |status: &str| {
            let document = format!("<LegalHold><Status>{status}</Status></LegalHold>");
            let md5 = digest::content_md5(document.as_bytes());
            anna.put("/locking/key?legal-hold", document).header("content-md5", md5).send()
        };
        set("ON").await.ok();
        denied(set("OFF").await);
        let put = |status: &str| {
            let put = anna.put("/locking/new", "x").header("content-md5", digest::content_md5(b"x"));
            put.header("x-amz-object-lock-legal-hold", status).send()
        };
        put("ON").await.ok();
        denied(put("OFF").await);
    });
}

#[test]
fn where_a_bucket_is_made() {
    let in_europe = |settings: &mut larder_server::Settings| {
        settings.region = larder_types::Region::parse("eu-west-1").expect("a region")
    };
    run_with(in_europe, async |s| {
        let account = s.operator().await;
        let constraint = |place: &str| {
            let place = format!("<LocationConstraint>{place}</LocationConstraint>");
            format!("<CreateBucketConfiguration>{place}</CreateBucketConfiguration>")
        };
        let here = allow("s3:CreateBucket").when("StringEquals", "s3:LocationConstraint", "eu-west-1");
        let anna = account.user_who_may("anna", &[here]).await;
        anna.put("/new", constraint("eu-west-1")).send().await.ok();
        account.permit("anna", &[allow("s3:CreateBucket").when("StringEquals", "s3:LocationConstraint", "EU")]).await;
        denied(anna.put("/other", constraint("eu-west-1")).send().await);
        account.permit("anna", &[allow("s3:CreateBucket").on("new*")]).await;
        anna.put("/new-one", constraint("eu-west-1")).send().await.ok();
        denied(anna.put("/other", constraint("eu-west-1")).send().await);
    });
}

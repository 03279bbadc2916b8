//! Access control lists of buckets and objects, in headers and documents, and who owns what is written.

use crate::harness::{Form, TestServer, run, run_in};

const XSI: &str = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";

/// A bucket whose lists count, and which does not block public access.
async fn open_bucket(s: &TestServer, name: &str) {
    s.put(&format!("/{name}"), "").header("x-amz-object-ownership", "ObjectWriter").send().await.ok();
    s.delete(&format!("/{name}?publicAccessBlock")).send().await.status(204);
}

async fn owner(s: &TestServer) -> (String, String) {
    let listed = s.get("/").send().await.ok();
    (listed.first("ID"), listed.first("DisplayName"))
}

fn user(id: &str, permission: &str) -> String {
    format!(
        "<Grant><Grantee {XSI} xsi:type=\"CanonicalUser\"><ID>{id}</ID></Grantee>\
         <Permission>{permission}</Permission></Grant>"
    )
}

fn group(uri: &str, permission: &str) -> String {
    format!(
        "<Grant><Grantee {XSI} xsi:type=\"Group\"><URI>{uri}</URI></Grantee>\
         <Permission>{permission}</Permission></Grant>"
    )
}

fn list(owner: &str, grants: &str) -> String {
    format!(
        "<AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>{owner}</ID></Owner>\
         <AccessControlList>{grants}</AccessControlList></AccessControlPolicy>"
    )
}

/// What a list grants, besides full control for its owner.
async fn granted(s: &TestServer, target: &str) -> Vec<String> {
    let answer = s.get(&format!("{target}?acl")).send().await.status(200);
    let mut grants = answer.inner("Grant");
    let full_control = |grant: &String| {
        grant.contains("xsi:type=\"CanonicalUser\"") && grant.contains("<Permission>FULL_CONTROL</Permission>")
    };
    let own = grants.iter().position(full_control).expect("full control for the owner");
    grants.remove(own);
    grants
}

#[test]
fn a_list_is_shown_as_s3_writes_it() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "x").send().await.ok();
        let (id, name) = owner(s).await;
        for target in ["/bucket?acl", "/bucket/key?acl"] {
            let answer = s.get(target).send().await.status(200).has("content-type", "application/xml");
            assert_eq!(
                answer.text(),
                format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                     <AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                     <Owner><DisplayName>{name}</DisplayName><ID>{id}</ID></Owner><AccessControlList><Grant>\
                     <Grantee {XSI} xsi:type=\"CanonicalUser\"><ID>{id}</ID><DisplayName>{name}</DisplayName></Grantee>\
                     <Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>"
                )
            );
        }
        s.get("/bucket/missing?acl").send().await.refused(404, "NoSuchKey");
        s.get("/missing?acl").send().await.refused(404, "NoSuchBucket");
    });
}

#[test]
fn a_bucket_that_enforces_its_owner_takes_no_lists() {
    run(async |s| {
        s.bucket("bucket").await;
        let (id, _) = owner(s).await;
        let put = |name: &str, value: &str| s.put("/bucket/key", "x").header(name, value).send();
        put("x-amz-acl", "bucket-owner-full-control").await.ok();
        put("x-amz-grant-full-control", &format!("id=\"{id}\"")).await.ok();
        put("x-amz-acl", "private").await.ok();
        for canned in ["public-read", "authenticated-read", "bucket-owner-read"] {
            put("x-amz-acl", canned).await.refused(400, "AccessControlListNotSupported");
            let started = s.post("/bucket/up?uploads", "").header("x-amz-acl", canned).send().await;
            started.refused(400, "AccessControlListNotSupported");
            let copied = s.put("/bucket/copy", "").header("x-amz-copy-source", "/bucket/key");
            copied.header("x-amz-acl", canned).send().await.refused(400, "AccessControlListNotSupported");
        }
        let read = put("x-amz-grant-read", &format!("id={id}")).await;
        read.refused(400, "AccessControlListNotSupported");
        let own = list(&id, &user(&id, "FULL_CONTROL"));
        for target in ["/bucket?acl", "/bucket/key?acl"] {
            s.put(target, &own).send().await.refused(400, "AccessControlListNotSupported");
            let canned = s.put(target, "").header("x-amz-acl", "private").send().await;
            canned.refused(400, "AccessControlListNotSupported");
        }
        assert_eq!(s.keys("bucket").await, ["key"]);
    });
}

#[test]
fn canned_lists() {
    run(async |s| {
        open_bucket(s, "bucket").await;
        let public = [group(ALL_USERS, "READ")];
        let inner = |grants: &[String]| -> Vec<String> {
            grants
                .iter()
                .map(|grant| grant.trim_start_matches("<Grant>").trim_end_matches("</Grant>").to_owned())
                .collect()
        };
        let read_write = [group(ALL_USERS, "READ"), group(ALL_USERS, "WRITE")];
        for (canned, expected) in [("public-read", &public[..]), ("public-read-write", &read_write), ("private", &[])] {
            s.put("/bucket?acl", "").header("x-amz-acl", canned).send().await.status(200);
            assert_eq!(granted(s, "/bucket").await, inner(expected), "{canned}");
            s.put("/bucket/key", "x").header("x-amz-acl", canned).send().await.ok();
            assert_eq!(granted(s, "/bucket/key").await, inner(expected), "{canned}");
        }
        s.put("/bucket/key?acl", "").header("x-amz-acl", "public-read").send().await.status(200);
        assert_eq!(granted(s, "/bucket/key").await, inner(&public));
        // A copy has no list but its own.
        let copy = || s.put("/bucket/copy", "").header("x-amz-copy-source", "/bucket/key");
        copy().send().await.ok();
        assert!(granted(s, "/bucket/copy").await.is_empty());
        copy().header("x-amz-acl", "public-read").send().await.ok();
        assert_eq!(granted(s, "/bucket/copy").await, inner(&public));
        // Writing over an object does not keep its list.
        s.put("/bucket/copy", "y").send().await.ok();
        assert!(granted(s, "/bucket/copy").await.is_empty());
        let form = Form::new(s, "bucket").field("key", "form").field("acl", "public-read");
        form.policy("[\"starts-with\", \"$key\", \"\"], [\"starts-with\", \"$acl\", \"\"]", 60)
            .file("f", "x")
            .send()
            .await
            .status(204);
        assert_eq!(granted(s, "/bucket/form").await, inner(&public));

        let unknown = s.put("/bucket?acl", "").header("x-amz-acl", "public").send().await;
        unknown.refused(400, "InvalidArgument").says("ArgumentName", "x-amz-acl").says("ArgumentValue", "public");
        s.put("/bucket?acl", "").send().await.refused(400, "MissingSecurityHeader");
    });
}

#[test]
fn grants_in_headers() {
    run(async |s| {
        open_bucket(s, "bucket").await;
        let (id, _) = owner(s).await;
        let put = |name: &str, value: &str| s.put("/bucket?acl", "").header(name, value);
        let both = put("x-amz-grant-full-control", &format!("id=\"{id}\""));
        both.header("x-amz-grant-read-acp", format!("uri=\"{ALL_USERS}\", id={id}")).send().await.status(200);
        let shown = s.get("/bucket?acl").send().await.ok();
        assert_eq!(shown.all("Permission"), ["READ_ACP", "READ_ACP", "FULL_CONTROL"]);
        assert_eq!(shown.all("URI"), [ALL_USERS]);
        let also = put("x-amz-grant-read", &format!("id={id}")).header("x-amz-acl", "private").send().await;
        also.refused(400, "InvalidRequest");
        put("x-amz-grant-read", "everybody").send().await.refused(400, "InvalidArgument");
        let nobody = put("x-amz-grant-read", &format!("id={}", "0".repeat(64))).send().await;
        nobody.refused(400, "InvalidArgument").says("Message", "Invalid id").says("ArgumentName", "x-amz-grant-read");
        let nowhere = put("x-amz-grant-read", "emailAddress=\"nobody@example.org\"").send().await;
        nowhere.refused(400, "UnresolvableGrantByEmailAddress");
        put("x-amz-grant-write", "uri=http://example.org/").send().await.refused(400, "InvalidArgument");
        assert_eq!(s.get("/bucket?acl").send().await.ok().all("Permission").len(), 3, "nothing has changed");
    });
}

#[test]
fn documents() {
    run(async |s| {
        open_bucket(s, "bucket").await;
        s.put("/bucket/key", "x").send().await.ok();
        let (id, _) = owner(s).await;
        for target in ["/bucket?acl", "/bucket/key?acl"] {
            let put = |document: String| s.put(target, document).send();
            let grants = format!("{}{}", user(&id, "WRITE_ACP"), group(ALL_USERS, "READ"));
            put(list(&id, &grants)).await.status(200);
            let shown = s.get(target).send().await.ok();
            assert_eq!(shown.all("Permission"), ["READ", "WRITE_ACP"]);
            // What is shown is taken back; so is a list without entries.
            put(shown.text().to_owned()).await.status(200);
            put(list(&id, "")).await.status(200);
            let empty = s.get(target).send().await.ok();
            assert!(empty.all("Permission").is_empty() && empty.text().contains("<AccessControlList/>"));

            put(list(&"0".repeat(64), "")).await.refused(403, "AccessDenied");
            put(list(&id, &user("nobody", "READ"))).await.refused(400, "InvalidArgument").says("Message", "Invalid id");
            put(list(&id, &group("http://example.org/", "READ"))).await.refused(400, "InvalidArgument");
            let by_email = format!(
                "<Grant><Grantee {XSI} xsi:type=\"AmazonCustomerByEmail\"><EmailAddress>a@example.org</EmailAddress>\
                 </Grantee><Permission>READ</Permission></Grant>"
            );
            put(list(&id, &by_email)).await.refused(400, "UnresolvableGrantByEmailAddress");
            for malformed in [
                "<AccessControlPolicy>".to_owned(),
                "<Wrong/>".to_owned(),
                "<AccessControlPolicy><AccessControlList/></AccessControlPolicy>".to_owned(),
                format!("<AccessControlPolicy><Owner><ID>{id}</ID></Owner></AccessControlPolicy>"),
                list(&id, &user(&id, "EVERYTHING")),
                list(&id, "<Grant><Grantee><ID>x</ID></Grantee><Permission>READ</Permission></Grant>"),
                list(&id, &user(&id, "READ").repeat(101)),
            ] {
                put(malformed).await.refused(400, "MalformedACLError");
            }
            put(list(&id, &user(&id, "READ").repeat(100))).await.status(200);
            let both = s.put(target, list(&id, "")).header("x-amz-acl", "private").send().await;
            both.refused(400, "UnexpectedContent");
        }
    });
}

#[test]
fn a_version_has_a_list_of_its_own() {
    run(async |s| {
        open_bucket(s, "bucket").await;
        s.versioning("bucket", "Enabled").await;
        let first = s.put("/bucket/key", "1").send().await.ok().header("x-amz-version-id").to_owned();
        s.put("/bucket/key", "2").send().await.ok();
        let before = s.get("/bucket?versions").send().await.ok().all("LastModified");
        let of_first = format!("/bucket/key?acl&versionId={first}");
        let set = s.put(&of_first, "").header("x-amz-acl", "public-read").send().await;
        set.status(200).has("x-amz-version-id", &first);
        let shown = s.get(&of_first).send().await.ok().has("x-amz-version-id", &first);
        assert_eq!(shown.all("Permission"), ["READ", "FULL_CONTROL"]);
        assert!(granted(s, "/bucket/key").await.is_empty());
        assert_eq!(s.get("/bucket?versions").send().await.ok().all("LastModified"), before, "a list is no version");
        s.delete("/bucket/key").send().await.status(204);
        s.get("/bucket/key?acl").send().await.refused(404, "NoSuchKey");
        s.get("/bucket/key?acl&versionId=x").send().await.refused(400, "InvalidArgument");
    });
}

#[test]
fn an_upload_keeps_its_list() {
    run(async |s| {
        open_bucket(s, "bucket").await;
        let (id, name) = owner(s).await;
        let started = s.post("/bucket/key?uploads", "").header("x-amz-acl", "public-read").send().await.ok();
        let upload = started.first("UploadId");
        let listed = s.get("/bucket?uploads").send().await.ok();
        assert_eq!(listed.inner("Initiator"), [format!("<ID>{id}</ID><DisplayName>{name}</DisplayName>")]);
        let part = s.put(&format!("/bucket/key?uploadId={upload}&partNumber=1"), "x").send().await.ok();
        let parts = s.get(&format!("/bucket/key?uploadId={upload}")).send().await.ok();
        assert_eq!(parts.inner("Initiator").len(), 1);
        let complete = format!(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part></CompleteMultipartUpload>",
            part.header("etag")
        );
        s.post(&format!("/bucket/key?uploadId={upload}"), complete).send().await.ok();
        assert_eq!(granted(s, "/bucket/key").await.len(), 1);
    });
}

#[test]
fn lists_outlive_the_server() {
    let data = tempfile::tempdir().expect("a folder");
    run_in(
        data.path(),
        |_| {},
        async |s| {
            open_bucket(s, "bucket").await;
            s.put("/bucket?acl", "").header("x-amz-acl", "public-read").send().await.ok();
            s.put("/bucket/key", "x").header("x-amz-acl", "authenticated-read").send().await.ok();
        },
    );
    run_in(
        data.path(),
        |_| {},
        async |s| {
            assert_eq!(granted(s, "/bucket").await.len(), 1);
            assert!(granted(s, "/bucket/key").await[0].contains("AuthenticatedUsers"));
        },
    );
}

#[test]
fn lists_are_given_up_only_when_they_give_others_nothing() {
    run(async |s| {
        open_bucket(s, "bucket").await;
        let own = |rule: &str| {
            let rule = format!("<Rule><ObjectOwnership>{rule}</ObjectOwnership></Rule>");
            s.put("/bucket?ownershipControls", format!("<OwnershipControls>{rule}</OwnershipControls>")).send()
        };
        s.put("/bucket/key", "x").header("x-amz-acl", "public-read").send().await.ok();
        s.put("/bucket?acl", "").header("x-amz-acl", "public-read").send().await.ok();
        own("BucketOwnerEnforced").await.refused(400, "InvalidBucketAclWithObjectOwnership");
        own("BucketOwnerPreferred").await.status(200);
        s.put("/bucket?acl", "").header("x-amz-acl", "private").send().await.ok();
        own("BucketOwnerEnforced").await.status(200);
        assert!(granted(s, "/bucket/key").await.is_empty(), "an object's list does not count any more");
        s.delete("/bucket?ownershipControls").send().await.status(204);
        assert_eq!(granted(s, "/bucket/key").await.len(), 1, "and counts again");
    });
}

#[test]
fn a_new_bucket_with_a_list() {
    run(async |s| {
        let make = |canned: &str| s.put("/bucket", "").header("x-amz-acl", canned);
        make("public-read").send().await.refused(400, "InvalidBucketAclWithObjectOwnership");
        let writer = make("public-read").header("x-amz-object-ownership", "ObjectWriter").send().await;
        writer.refused(400, "InvalidBucketAclWithBlockPublicAccessError");
        s.head("/bucket").send().await.refused_head(404);
        make("log-delivery-write").header("x-amz-object-ownership", "ObjectWriter").send().await.status(200);
        assert_eq!(granted(s, "/bucket").await.len(), 2);
        make("private").send().await.refused(409, "BucketAlreadyOwnedByYou");
        s.put("/other", "").header("x-amz-acl", "private").send().await.status(200);
        assert!(granted(s, "/other").await.is_empty());
    });
}

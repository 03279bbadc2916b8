//! Accounts, and who may make them: the operator's requests.

use crate::harness::{Account, Actor, Keys, TestServer, allow, run, run_in};

const GIVEN: &str = r#"{"Name": "Moved", "Email": "moved@example.org", "AccountId": "123456789012",
    "CanonicalId": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
    "AccessKeyId": "MOVEDACCESSKEY00001", "SecretAccessKey": "a-secret-that-was-brought-along-unchanged"}"#;

fn moved(s: &TestServer) -> Actor<'_> {
    let secret = "a-secret-that-was-brought-along-unchanged".to_owned();
    s.actor(Keys { id: "MOVEDACCESSKEY00001".to_owned(), secret, token: None })
}

fn delete_request(account: &Account<'_>) -> String {
    format!("{{\"AccountId\": \"{}\"}}", account.id)
}

#[test]
fn made_listed_and_deleted() {
    run(async |s| {
        let operator = s.operator().await;
        let partner = s.account("partner").await;
        assert!(partner.id.len() == 12 && partner.canonical_id.len() == 64);
        let identity = partner.root.sts("GetCallerIdentity", &[]).send().await.succeeded();
        identity.says("Account", &partner.id).says("Arn", &partner.root_arn());
        let listed = operator.root.admin("ListAccounts", "{}").send().await.succeeded();
        let mut ids = vec![operator.id.clone(), partner.id.clone()];
        ids.sort();
        assert_eq!(listed.all_json("AccountId"), ids);
        assert!(!listed.text().contains("Secret") && !listed.text().contains(&partner.root.keys.secret));

        operator.root.admin("DeleteAccount", &delete_request(&partner)).send().await.succeeded();
        let listed = operator.root.admin("ListAccounts", "{}").send().await.succeeded();
        assert_eq!(listed.all_json("AccountId"), [operator.id.as_str()]);
        let again = operator.root.admin("DeleteAccount", &delete_request(&partner)).send().await;
        again.failed_json(404, "NotFoundException");
        let first = operator.root.admin("DeleteAccount", &delete_request(&operator)).send().await;
        assert!((400..500).contains(&first.status), "the first account stays: {}", first.text());
        operator.root.get("/").send().await.ok();
    });
}

#[test]
fn with_given_ids_and_keys() {
    run(async |s| {
        let operator = s.operator().await;
        let made = operator.root.admin("CreateAccount", GIVEN).send().await.succeeded();
        assert_eq!(made.json("AccountId"), "123456789012");
        assert_eq!(made.json("AccessKeyId"), "MOVEDACCESSKEY00001");
        moved(s).put("/moved", "").send().await.ok();
        let listed = moved(s).get("/").send().await.ok().says("DisplayName", "Moved");
        listed.says("ID", "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be");
        // Each of the four is unique.
        operator.root.admin("CreateAccount", GIVEN).send().await.failed_json(409, "AlreadyExistsException");
        for duplicate in [
            r#"{"Name": "x", "Email": "moved@example.org"}"#,
            r#"{"Name": "x", "Email": "x@example.org", "AccountId": "123456789012"}"#,
            r#"{"Name": "x", "Email": "x@example.org",
                "CanonicalId": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}"#,
            r#"{"Name": "x", "Email": "x@example.org", "AccessKeyId": "MOVEDACCESSKEY00001",
                "SecretAccessKey": "another-secret-that-is-as-long-as-the-others"}"#,
            r#"{"Name": "x", "Email": "x@example.org", "AccessKeyId": "LARDERTESTKEY0000001",
                "SecretAccessKey": "another-secret-that-is-as-long-as-the-others"}"#,
        ] {
            let answer = operator.root.admin("CreateAccount", duplicate).send().await;
            answer.failed_json(409, "AlreadyExistsException");
        }
        for invalid in [
            r#"{"Name": "", "Email": "x@example.org"}"#,
            r#"{"Name": "x", "Email": "x@example.org", "AccountId": "1234"}"#,
            r#"{"Name": "x", "Email": "x@example.org", "CanonicalId": "short"}"#,
            r#"{"Name": "x", "Email": "x@example.org", "AccessKeyId": "ONLYTHEID0000000001"}"#,
        ] {
            let answer = operator.root.admin("CreateAccount", invalid).send().await;
            answer.failed_json(400, "ValidationException");
        }
        for malformed in ["", "{", "[]", "{}", r#"{"Name": "x", "Email": "x@example.org", "Admin": true}"#] {
            let answer = operator.root.admin("CreateAccount", malformed).send().await;
            answer.failed_json(400, "SerializationException");
        }
    });
}

#[test]
fn whom_the_operators_account_lets() {
    run(async |s| {
        let operator = s.operator().await;
        let anna = operator.user_who_may("anna", &[allow("larder:ListAccounts")]).await;
        anna.admin("ListAccounts", "{}").send().await.succeeded();
        anna.admin("CreateAccount", GIVEN).send().await.failed_json(403, "AccessDeniedException");
        anna.admin("DeleteAccount", &delete_request(&operator)).send().await.failed_json(403, "AccessDeniedException");
        let bert = operator.user_who_may("bert", &[allow("s3:* iam:* sts:*")]).await;
        bert.admin("ListAccounts", "{}").send().await.failed_json(403, "AccessDeniedException");
        let encrypted = [allow("larder:*").when("Bool", "aws:SecureTransport", "true")];
        let carl = operator.user_who_may("carl", &encrypted).await;
        carl.admin("ListAccounts", "{}").send().await.failed_json(403, "AccessDeniedException");
        // What a session is held to holds here too.
        let root_session = operator.root.session(&[]).await;
        root_session.admin("ListAccounts", "{}").send().await.succeeded();
    });
}

#[test]
fn nobody_of_another_account() {
    run(async |s| {
        let operator = s.operator().await;
        let partner = s.account("partner").await;
        let admin = partner.user_who_may("admin", &[allow("*")]).await;
        let trusted = allow("sts:AssumeRole").to(&operator.root_arn());
        let role = partner.role("role", &trusted, &[allow("*")]).await;
        let session = operator.user_who_may("anna", &[allow("*")]).await.assume(&role, &[]).await;
        for actor in [&partner.root, &admin, &session] {
            for (operation, request) in
                [("ListAccounts", "{}"), ("CreateAccount", GIVEN), ("DeleteAccount", &delete_request(&partner))]
            {
                actor.admin(operation, request).send().await.failed_json(403, "AccessDeniedException");
            }
        }
        let listed = operator.root.admin("ListAccounts", "{}").send().await.succeeded();
        assert_eq!(listed.all_json("AccountId").len(), 2);
    });
}

#[test]
fn no_operation_is_anybodys() {
    run(async |s| {
        let operator = s.operator().await;
        let partner = s.account("partner").await;
        let admin = partner.user_who_may("admin", &[allow("*")]).await;
        let bert = operator.user_who_may("bert", &[allow("s3:* iam:* sts:* kms:*")]).await;
        assert!(larder_admin_api::operations().count() > 10);
        for operation in larder_admin_api::operations() {
            for actor in [&partner.root, &admin, &bert] {
                actor.admin(operation, "{}").send().await.failed_json(403, "AccessDeniedException");
            }
            // Only a signature names this service: without one it is S3 that is asked.
            operator.root.admin(operation, "{}").anonymous().send().await.refused(405, "MethodNotAllowed");
        }
    });
}

#[test]
fn requests_that_are_none() {
    run(async |s| {
        let root = s.operator().await.root;
        for unknown in ["Nothing", "", "createaccount"] {
            root.admin(unknown, "{}").send().await.failed_json(404, "UnknownOperationException");
        }
        root.post("/", "{}").for_service("larder").send().await.failed_json(404, "UnknownOperationException");
        let get = root.get("/").for_service("larder").header("x-amz-target", "LarderAdmin.ListAccounts").send().await;
        get.failed_json(405, "UnknownOperationException");
        // Unsigned it is nothing of the operator's, whatever it says.
        let unsigned = root.admin("ListAccounts", "{}").anonymous().send().await;
        assert!((400..500).contains(&unsigned.status) && !unsigned.text().contains("AccountId"), "{}", unsigned.text());
        let other_secret = Keys { secret: "another-secret-that-is-as-long-as-it-has-to-be".to_owned(), ..Keys::root() };
        let forged = s.actor(other_secret).admin("ListAccounts", "{}").send().await;
        forged.failed_json(403, "InvalidSignatureException");
        let unknown = root.admin("ListAccounts", "{}").signed_by("AKIAUNKNOWN").send().await;
        unknown.failed_json(403, "UnrecognizedClientException");
        // A signature for one service is none for another.
        let (head, body) = root.admin("ListAccounts", "{}").for_service("s3").wire();
        let head = String::from_utf8(head).expect("a text").replace("/s3/aws4_request", "/larder/aws4_request");
        let moved = crate::harness::exchange(s.address, head.into_bytes(), body).await;
        moved.failed_json(403, "InvalidSignatureException");
        let changed = root.admin("ListAccounts", "{}").tampered(|body| body.insert(1, b' ')).send().await;
        changed.failed_json(403, "InvalidSignatureException");
        let large = format!("{{\"Name\": \"{}\"}}", "x".repeat(100 * 1024));
        let large = root.admin("CreateAccount", &large).send().await;
        large.failed_json(413, "RequestEntityTooLargeException");
    });
}

#[test]
fn an_account_that_owns_buckets_stays() {
    run(async |s| {
        let operator = s.operator().await;
        let partner = s.account("partner").await;
        partner.bucket("theirs").await;
        let delete = || operator.root.admin("DeleteAccount", &delete_request(&partner)).send();
        let refused = delete().await.failed_json(409, "ConflictException");
        assert!(refused.json("message").contains("theirs"), "{}", refused.text());
        partner.root.delete("/theirs").send().await.status(204);
        delete().await.succeeded();
    });
}

#[test]
fn keys_die_with_their_account() {
    run(async |s| {
        let operator = s.operator().await;
        let partner = s.account("partner").await;
        let anna = partner.user_who_may("anna", &[allow("*")]).await;
        let trusted = allow("sts:AssumeRole").to(&partner.root_arn());
        let role = partner.role("role", &trusted, &[allow("*")]).await;
        let sessions = [anna.session(&[]).await, anna.assume(&role, &[]).await, partner.root.session(&[]).await];
        for actor in &sessions {
            actor.get("/").send().await.ok();
        }
        operator.root.admin("DeleteAccount", &delete_request(&partner)).send().await.succeeded();
        for actor in [&partner.root, &anna] {
            actor.get("/").send().await.refused(403, "InvalidAccessKeyId");
            actor.sts("GetCallerIdentity", &[]).send().await.failed(403, "InvalidClientTokenId");
        }
        for actor in &sessions {
            let refused = actor.get("/").send().await;
            assert!(matches!(refused.first("Code").as_str(), "InvalidToken"), "{}", refused.text());
            actor.sts("GetCallerIdentity", &[]).send().await.failed(403, "InvalidClientTokenId");
        }
    });
}

#[test]
fn accounts_outlive_the_server() {
    let data = tempfile::tempdir().expect("a folder");
    let unchanged = |_: &mut larder_server::Settings| {};
    let mut left = Vec::new();
    run_in(data.path(), unchanged, async |s| {
        let operator = s.operator().await;
        operator.root.admin("CreateAccount", GIVEN).send().await.succeeded();
        let partner = s.account("partner").await;
        let anna = partner.user_who_may("anna", &[allow("s3:*")]).await;
        let session = anna.session(&[]).await;
        partner.bucket("theirs").await;
        let gone = s.account("gone").await;
        operator.root.admin("DeleteAccount", &delete_request(&gone)).send().await.succeeded();
        left.extend([partner.root.keys, anna.keys, session.keys, gone.root.keys]);
    });
    run_in(data.path(), unchanged, async |s| {
        let accounts = s.operator().await.root.admin("ListAccounts", "{}").send().await.succeeded();
        assert_eq!(accounts.all_json("AccountId").len(), 3);
        moved(s).put("/moved", "").send().await.ok();
        for keys in &left[..3] {
            assert_eq!(s.actor(keys.clone()).get("/").send().await.ok().all("Name"), ["theirs"]);
        }
        s.actor(left[3].clone()).get("/").send().await.refused(403, "InvalidAccessKeyId");
        s.put("/theirs/key", "x").send().await.refused(403, "AccessDenied");
    });
}

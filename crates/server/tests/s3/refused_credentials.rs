//! Credentials that are no longer good, or never were: forged, replayed, expired, taken back.

use crate::harness::{Account, Actor, Answer, Device, Keys, TestServer, allow, exchange, run, run_with};

/// The server's first account with a bucket that holds `key`.
async fn with_object(s: &TestServer) -> Account<'_> {
    s.bucket("bucket").await;
    s.put("/bucket/key", "x").send().await.ok();
    s.operator().await
}

async fn reader<'a>(account: &Account<'a>, name: &str) -> Actor<'a> {
    account.user_who_may(name, &[allow("s3:GetObject").on("bucket/*"), allow("sts:*")]).await
}

async fn role(account: &Account<'_>) -> String {
    let trusted = allow("sts:AssumeRole").to(&account.root_arn());
    account.role("role", &trusted, &[allow("s3:GetObject").on("bucket/*")]).await
}

/// Asserts that neither S3 nor STS nor IAM takes the credentials.
async fn assert_refused(actor: &Actor<'_>, codes: &[&str]) {
    let answer = actor.get("/bucket/key").send().await;
    let code = answer.first("Code");
    assert!(codes.contains(&code.as_str()), "{}", answer.text());
    assert!(matches!(answer.status, 400 | 403), "{}", answer.text());
    for ask in [actor.sts("GetCallerIdentity", &[]), actor.iam("ListUsers", &[])] {
        let answer = ask.send().await;
        assert!(matches!(answer.status, 400 | 403), "{}", answer.text());
        assert!(!answer.text().contains("<Account>") && !answer.text().contains("<Users>"), "{}", answer.text());
    }
    let listed = actor.admin("ListAccounts", "{}").send().await;
    assert!(matches!(listed.status, 400 | 403), "{}", listed.text());
    let presigned = actor.server.get(&actor.presign("GET", "/bucket/key")).anonymous().send().await;
    assert!(codes.contains(&presigned.first("Code").as_str()), "{}", presigned.text());
}

#[test]
fn a_forged_token() {
    run(async |s| {
        let account = with_object(s).await;
        let anna = reader(&account, "anna").await;
        let session = anna.session(&[]).await;
        session.get("/bucket/key").send().await.ok();
        let token = session.keys.token.clone().expect("a token");
        // Every character, changed to another of the alphabet.
        for at in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).expect("a text");
            let answer = session.with_token(Some(&forged)).get("/bucket/key").send().await;
            assert_eq!(answer.first("Code"), "InvalidToken", "character {at}: {}", answer.text());
        }
        for forged in [&token[..token.len() / 2], &token[1..], &token[..token.len() - 1], "x", &format!("{token}AAAA")]
        {
            assert_refused(&session.with_token(Some(forged)), &["InvalidToken"]).await;
        }
        session.get("/bucket/key").send().await.ok();
    });
}

#[test]
fn a_token_under_another_key() {
    run(async |s| {
        let account = with_object(s).await;
        let anna = reader(&account, "anna").await;
        let (first, second) = (anna.session(&[]).await, anna.session(&[]).await);
        let roots = account.root.session(&[]).await;
        let token = roots.keys.token.as_deref();
        for actor in [&anna, &first, &second] {
            assert_refused(&actor.with_token(token), &["InvalidToken"]).await;
        }
        assert_refused(&first.with_token(second.keys.token.as_deref()), &["InvalidToken"]).await;
        // Neither half of a session's credentials is good with those of another.
        let mixed = Keys { id: roots.keys.id.clone(), ..first.keys.clone() };
        assert_refused(&s.actor(mixed), &["InvalidToken"]).await;
        let mixed = Keys { secret: first.keys.secret.clone(), ..roots.keys.clone() };
        assert_refused(&s.actor(mixed), &["SignatureDoesNotMatch"]).await;
        assert_refused(&first.with_token(None), &["InvalidAccessKeyId"]).await;
    });
}

#[test]
fn a_token_of_another_server() {
    let mut foreign = None;
    run(async |s| foreign = Some(s.operator().await.root.session(&[]).await.keys));
    run(async |s| {
        with_object(s).await;
        assert_refused(&s.actor(foreign.expect("keys")), &["InvalidToken"]).await;
    });
}

#[test]
fn an_expired_token() {
    run(async |s| {
        let account = with_object(s).await;
        let anna = reader(&account, "anna").await;
        let role = role(&account).await;
        let short = [("DurationSeconds", "900")];
        let sessions = [anna.session(&short).await, anna.assume(&role, &short).await];
        s.advance(899);
        for session in &sessions {
            session.get("/bucket/key").send().await.ok();
        }
        let url = sessions[0].presign("GET", "/bucket/key");
        s.advance(2);
        for session in &sessions {
            assert_refused(session, &["ExpiredToken"]).await;
        }
        // The URL would be good for a minute, but what signed it is not.
        s.get(&url).anonymous().send().await.refused(400, "ExpiredToken");
        anna.get("/bucket/key").send().await.ok();
    });
}

#[test]
fn a_token_of_a_deleted_user() {
    run(async |s| {
        let account = with_object(s).await;
        let anna = reader(&account, "anna").await;
        let federated = [("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")];
        let sessions = [anna.session(&[]).await, anna.federate("guest", &federated).await];
        let urls = [anna.presign("GET", "/bucket/key"), sessions[0].presign("GET", "/bucket/key")];
        for session in &sessions {
            session.get("/bucket/key").send().await.ok();
        }
        account.delete_user("anna").await;
        assert_refused(&anna, &["InvalidAccessKeyId"]).await;
        for session in &sessions {
            assert_refused(session, &["InvalidToken"]).await;
        }
        s.get(&urls[0]).anonymous().send().await.refused(403, "InvalidAccessKeyId");
        assert_eq!(s.get(&urls[1]).anonymous().send().await.first("Code"), "InvalidToken");
        // Another user of the same name is another user.
        let namesake = reader(&account, "anna").await;
        namesake.get("/bucket/key").send().await.ok();
        assert_refused(&sessions[0], &["InvalidToken"]).await;
    });
}

#[test]
fn a_token_of_a_deleted_role() {
    run(async |s| {
        let account = with_object(s).await;
        let arn = role(&account).await;
        let session = reader(&account, "anna").await.assume(&arn, &[]).await;
        session.get("/bucket/key").send().await.ok();
        let iam = |action: &str, parameters: &[(&str, &str)]| account.root.iam(action, parameters).send();
        iam("DeleteRolePolicy", &[("RoleName", "role"), ("PolicyName", "work")]).await.succeeded();
        session.get("/bucket/key").send().await.refused(403, "AccessDenied");
        iam("DeleteRole", &[("RoleName", "role")]).await.succeeded();
        assert_refused(&session, &["InvalidToken"]).await;
        role(&account).await;
        assert_refused(&session, &["InvalidToken"]).await;
    });
}

#[test]
fn inactive_and_deleted_keys() {
    run(async |s| {
        let account = with_object(s).await;
        let anna = reader(&account, "anna").await;
        let second = account.key_of("anna").await;
        let set = async |status: &str| {
            let parameters = [("UserName", "anna"), ("AccessKeyId", &anna.keys.id), ("Status", status)];
            account.root.iam("UpdateAccessKey", &parameters).send().await.succeeded();
        };
        for _ in 0..2 {
            anna.get("/bucket/key").send().await.ok();
            set("Inactive").await;
            assert_refused(&anna, &["InvalidAccessKeyId"]).await;
            second.get("/bucket/key").send().await.ok();
            set("Active").await;
        }
        anna.get("/bucket/key").send().await.ok();
        let parameters = [("UserName", "anna"), ("AccessKeyId", anna.keys.id.as_str())];
        account.root.iam("DeleteAccessKey", &parameters).send().await.succeeded();
        assert_refused(&anna, &["InvalidAccessKeyId"]).await;
        second.get("/bucket/key").send().await.ok();
    });
}

#[test]
fn a_presigned_url_after_the_permission_is_gone() {
    run(async |s| {
        let account = with_object(s).await;
        let anna = account.user_who_may("anna", &[allow("s3:GetObject s3:PutObject").on("bucket/*")]).await;
        let (get, put) = (anna.presign("GET", "/bucket/key"), anna.presign("PUT", "/bucket/new"));
        s.get(&get).anonymous().send().await.ok();
        account.permit("anna", &[allow("s3:PutObject").on("bucket/other/*")]).await;
        s.get(&get).anonymous().send().await.refused(403, "AccessDenied");
        s.put(&put, "x").anonymous().send().await.refused(403, "AccessDenied");
        account.permit("anna", &[allow("s3:GetObject").on("bucket/*")]).await;
        s.get(&get).anonymous().send().await.ok();
    });
}

/// Sends a request's head after a change.
async fn send_changed(s: &TestServer, head: &[u8], change: impl Fn(&str) -> bool) -> Answer {
    let head = std::str::from_utf8(head).expect("a text");
    let kept: Vec<&str> = head.split("\r\n").filter(|line| !change(&line.to_ascii_lowercase())).collect();
    assert!(kept.len() < head.split("\r\n").count());
    exchange(s.address, kept.join("\r\n").into_bytes(), Vec::new()).await
}

#[test]
fn a_signature_that_was_taken_off() {
    run(async |s| {
        let account = with_object(s).await;
        let session = reader(&account, "anna").await.session(&[]).await;
        for actor in [&account.root, &session] {
            let (head, _) = actor.get("/bucket/key").wire();
            let stripped = send_changed(s, &head, |line| line.starts_with("authorization:")).await;
            stripped.refused(403, "AccessDenied");
            let url = actor.presign("GET", "/bucket/key");
            let unsigned: Vec<&str> = url.split('&').filter(|pair| !pair.starts_with("X-Amz-Signature")).collect();
            let answer = s.get(&unsigned.join("&")).anonymous().send().await;
            assert!(matches!(answer.status, 400 | 403), "{}", answer.text());
            s.get("/bucket/key").anonymous().send().await.refused(403, "AccessDenied");
            let bare = url.split_once("?").expect("a query").0;
            s.get(bare).anonymous().send().await.refused(403, "AccessDenied");
        }
        let (head, _) = session.get("/bucket/key").wire();
        let answer = send_changed(s, &head, |line| line.starts_with("x-amz-security-token:")).await;
        assert_eq!(answer.status, 403, "{}", answer.text());
        let url = session.presign("GET", "/bucket/key");
        let without: Vec<&str> = url.split('&').filter(|pair| !pair.starts_with("X-Amz-Security-Token")).collect();
        let answer = s.get(&without.join("&")).anonymous().send().await;
        assert_eq!(answer.status, 403, "{}", answer.text());
    });
}

#[test]
fn a_token_beside_the_signature() {
    run(async |s| {
        let account = with_object(s).await;
        let nobody = account.user("nobody").await;
        let roots = account.root.session(&[]).await.keys.token.expect("a token");
        let ask = nobody.get("/bucket/key").unsigned_header("x-amz-security-token", &roots);
        let answer = ask.send().await;
        assert_eq!(answer.status, 403, "{}", answer.text());
        let url = nobody.presign("GET", "/bucket/key");
        let answer = s.get(&url).anonymous().header("x-amz-security-token", &roots).send().await;
        assert!(matches!(answer.status, 400 | 403), "{}", answer.text());
        let unsigned = s.get("/bucket/key").anonymous().header("x-amz-security-token", &roots).send().await;
        assert!(matches!(unsigned.status, 400 | 403), "{}", unsigned.text());
    });
}

#[test]
fn a_code_is_good_once() {
    run(async |s| {
        let account = with_object(s).await;
        let anna = reader(&account, "anna").await;
        let device = Device::enabled(&account.root, Some("anna")).await;
        let with = |code: String| {
            anna.sts("GetSessionToken", &[("SerialNumber", &device.serial), ("TokenCode", &code)]).send()
        };
        let code = device.next_code();
        with(code.clone()).await.succeeded();
        with(code.clone()).await.failed(403, "AccessDenied");
        s.advance(30);
        with(code).await.failed(403, "AccessDenied");
        with(device.wrong_code()).await.failed(403, "AccessDenied");
        with(device.next_code()).await.succeeded();
        // Somebody else's device is none of one's own.
        let bert = reader(&account, "bert").await;
        let code = device.next_code();
        let theirs =
            bert.sts("GetSessionToken", &[("SerialNumber", &device.serial), ("TokenCode", &code)]).send().await;
        theirs.failed(403, "AccessDenied");
        let alone = anna.sts("GetSessionToken", &[("SerialNumber", &device.serial)]).send().await;
        assert_eq!(alone.status, 400, "{}", alone.text());
    });
}

#[test]
fn codes_cannot_be_guessed() {
    run(async |s| {
        let account = with_object(s).await;
        let anna = reader(&account, "anna").await;
        let device = Device::enabled(&account.root, Some("anna")).await;
        let with =
            |code: &str| anna.sts("GetSessionToken", &[("SerialNumber", &device.serial), ("TokenCode", code)]).send();
        for _ in 0..20 {
            with(&device.wrong_code()).await.failed(403, "AccessDenied");
        }
        // After that even the right one is not taken for a while.
        with(&device.next_code()).await.failed(403, "AccessDenied");
        s.advance(3_600);
        with(&device.next_code()).await.succeeded();
    });
}

fn from(address: &str) -> [crate::harness::Statement; 1] {
    [allow("s3:GetObject").on("bucket/*").when("IpAddress", "aws:SourceIp", address).when(
        "Bool",
        "aws:SecureTransport",
        "true",
    )]
}

#[test]
fn what_a_stranger_says_of_where_it_comes_from() {
    let claims: &[(&str, &str)] = &[
        ("x-forwarded-for", "203.0.113.7"),
        ("x-forwarded-for", "203.0.113.7, 127.0.0.1"),
        ("x-real-ip", "203.0.113.7"),
        ("forwarded", "for=203.0.113.7;proto=https"),
        ("true-client-ip", "203.0.113.7"),
    ];
    run(async |s| {
        let account = with_object(s).await;
        let anna = account.user_who_may("anna", &from("203.0.113.0/24")).await;
        for (name, value) in claims {
            let ask = anna.get("/bucket/key").unsigned_header(name, value);
            ask.unsigned_header("x-forwarded-proto", "https").send().await.refused(403, "AccessDenied");
        }
        // Nor does it hide who somebody is.
        account.permit("anna", &[allow("s3:GetObject").when("IpAddress", "aws:SourceIp", "127.0.0.1")]).await;
        anna.get("/bucket/key").unsigned_header("x-forwarded-for", "203.0.113.7").send().await.ok();
    });
}

#[test]
fn what_a_trusted_proxy_says_of_it() {
    let trust = |settings: &mut larder_server::Settings| {
        settings.trusted_proxies = larder_http::TrustedProxies(vec!["127.0.0.0/8".parse().expect("a network")]);
    };
    run_with(trust, async |s| {
        let account = with_object(s).await;
        let anna = account.user_who_may("anna", &from("203.0.113.0/24")).await;
        let get = |list: &str, scheme: &str| {
            let ask = anna.get("/bucket/key").unsigned_header("x-forwarded-for", list);
            ask.unsigned_header("x-forwarded-proto", scheme).send()
        };
        get("203.0.113.7", "https").await.ok();
        get("203.0.113.7", "http").await.refused(403, "AccessDenied");
        get("198.51.100.1", "https").await.refused(403, "AccessDenied");
        // What the client wrote stands before what the proxy added.
        get("203.0.113.7, 198.51.100.1", "https").await.refused(403, "AccessDenied");
        get("198.51.100.1, 203.0.113.7", "https").await.ok();
        anna.get("/bucket/key").send().await.refused(403, "AccessDenied");
    });
}

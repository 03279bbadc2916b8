//! The global condition keys of policies: where a request comes from, when, how, and who sends it.

use crate::harness::{Actor, Answer, Device, Statement, TestServer, allow, deny, policy, run};

/// A user of the first account who may do this, and `bucket` with `key` in it.
async fn user_who_may<'a>(s: &'a TestServer, statements: &[Statement]) -> Actor<'a> {
    s.bucket("bucket").await;
    s.put("/bucket/key", "x").send().await.ok();
    s.operator().await.user_who_may("anna", statements).await
}

fn read() -> Statement {
    allow("s3:GetObject").on("bucket/*")
}

#[track_caller]
fn denied(answer: Answer) {
    answer.refused(403, "AccessDenied");
}

/// Asserts that reading is allowed under a condition, or is not.
async fn assert_reads(s: &TestServer, conditions: &[(&str, &str, &str, bool)]) {
    let anna = user_who_may(s, &[]).await;
    let account = s.operator().await;
    for (operator, key, values, allowed) in conditions {
        account.permit("anna", &[read().when(operator, key, values)]).await;
        let status = anna.get("/bucket/key").send().await.status;
        assert_eq!(status, if *allowed { 200 } else { 403 }, "{operator} {key} {values}");
    }
}

#[test]
fn source_ip() {
    run(async |s| {
        assert_reads(
            s,
            &[
                ("IpAddress", "aws:SourceIp", "127.0.0.1", true),
                ("IpAddress", "aws:SourceIp", "127.0.0.0/8 | 10.0.0.0/8", true),
                ("IpAddress", "aws:SourceIp", "10.0.0.0/8", false),
                ("NotIpAddress", "aws:SourceIp", "127.0.0.1/32", false),
                ("NotIpAddress", "aws:SourceIp", "192.0.2.0/24", true),
                ("IpAddress", "aws:SourceIp", "2001:db8::/32", false),
            ],
        )
        .await;
    });
}

#[test]
fn secure_transport() {
    run(async |s| {
        let encrypted = deny("s3:*").to("*").on("bucket bucket/*").when("Bool", "aws:SecureTransport", "false");
        let anna = user_who_may(s, &[read(), allow("s3:PutObject")]).await;
        anna.get("/bucket/key").send().await.ok();
        s.put("/bucket?policy", policy(&[encrypted])).send().await.status(204);
        denied(anna.get("/bucket/key").send().await);
        denied(anna.put("/bucket/key", "y").send().await);
        denied(s.get("/bucket/key").send().await);
        denied(s.get(&anna.presign("GET", "/bucket/key")).anonymous().send().await);
    });
}

#[test]
fn current_time() {
    run(async |s| {
        let (from, until) = (s.iso_date(3_600), s.iso_date(7_200));
        let office_hours = read().when("DateGreaterThan", "aws:CurrentTime", &from);
        let anna = user_who_may(s, &[office_hours.when("DateLessThan", "aws:CurrentTime", &until)]).await;
        denied(anna.get("/bucket/key").send().await);
        s.advance(3_601);
        anna.get("/bucket/key").send().await.ok();
        s.advance(3_600);
        denied(anna.get("/bucket/key").send().await);
        let epoch = (s.now().as_second() + 100).to_string();
        s.operator().await.permit("anna", &[read().when("NumericLessThan", "aws:EpochTime", &epoch)]).await;
        anna.get("/bucket/key").send().await.ok();
        s.advance(101);
        denied(anna.get("/bucket/key").send().await);
    });
}

#[test]
fn multi_factor_authentication() {
    run(async |s| {
        let present = read().when("Bool", "aws:MultiFactorAuthPresent", "true");
        let anna = user_who_may(s, &[present.when("NumericLessThan", "aws:MultiFactorAuthAge", "600")]).await;
        let device = Device::enabled(&s.operator().await.root, Some("anna")).await;
        // Long-term keys have neither key, and a session without a code has "false".
        denied(anna.get("/bucket/key").send().await);
        denied(anna.session(&[]).await.get("/bucket/key").send().await);
        let code = device.next_code();
        let session = anna.session(&[("SerialNumber", &device.serial), ("TokenCode", &code)]).await;
        session.get("/bucket/key").send().await.ok();
        s.advance(599);
        session.get("/bucket/key").send().await.ok();
        s.advance(2);
        denied(session.get("/bucket/key").send().await);
    });
}

#[test]
fn multi_factor_authentication_if_it_exists() {
    run(async |s| {
        let anna = user_who_may(s, &[allow("s3:*").on("bucket bucket/*")]).await;
        let account = s.operator().await;
        let device = Device::enabled(&account.root, Some("anna")).await;
        let code = device.next_code();
        let session = anna.session(&[("SerialNumber", &device.serial), ("TokenCode", &code)]).await;
        let plain = anna.session(&[]).await;
        let all = |operator: &str| {
            deny("s3:GetObject").to("*").on("bucket/*").when(operator, "aws:MultiFactorAuthPresent", "false")
        };
        // AWS's example: `Bool` misses long-term keys, `BoolIfExists` does not.
        account.bucket_policy("bucket", &[all("Bool")]).await;
        anna.get("/bucket/key").send().await.ok();
        denied(plain.get("/bucket/key").send().await);
        session.get("/bucket/key").send().await.ok();
        account.bucket_policy("bucket", &[all("BoolIfExists")]).await;
        denied(anna.get("/bucket/key").send().await);
        denied(plain.get("/bucket/key").send().await);
        session.get("/bucket/key").send().await.ok();
        let missing = deny("s3:*").to("*").on("bucket/*").when("Null", "aws:MultiFactorAuthAge", "true");
        account.bucket_policy("bucket", &[missing]).await;
        denied(anna.get("/bucket/key").send().await);
        denied(plain.get("/bucket/key").send().await);
        session.get("/bucket/key").send().await.ok();
    });
}

#[test]
fn a_role_that_wants_a_code() {
    run(async |s| {
        let account = s.operator().await;
        let anna = user_who_may(s, &[allow("sts:AssumeRole")]).await;
        let device = Device::enabled(&account.root, Some("anna")).await;
        let trusted = allow("sts:AssumeRole").to(&account.user_arn("anna"));
        let role = account.role("role", &trusted.when("Bool", "aws:MultiFactorAuthPresent", "true"), &[read()]).await;
        let named = [("RoleArn", role.as_str()), ("RoleSessionName", "work")];
        anna.sts("AssumeRole", &named).send().await.failed(403, "AccessDenied");
        let code = device.next_code();
        let session = anna.assume(&role, &[("SerialNumber", &device.serial), ("TokenCode", &code)]).await;
        session.get("/bucket/key").send().await.ok();
    });
}

#[test]
fn principal_tags() {
    run(async |s| {
        let same_team = read().when("StringEquals", "s3:ExistingObjectTag/team", "${aws:PrincipalTag/team}");
        let anna = user_who_may(s, &[same_team]).await;
        let root = s.operator().await.root;
        let tagged = |team: &str| s.put("/bucket/key", "x").header("x-amz-tagging", format!("team={team}")).send();
        tagged("blue").await.ok();
        denied(anna.get("/bucket/key").send().await);
        let tag = [("UserName", "anna"), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "blue")];
        root.iam("TagUser", &tag).send().await.succeeded();
        anna.get("/bucket/key").send().await.ok();
        tagged("red").await.ok();
        denied(anna.get("/bucket/key").send().await);
        root.iam("UntagUser", &[("UserName", "anna"), ("TagKeys.member.1", "team")]).send().await.succeeded();
        tagged("").await.ok();
        denied(anna.get("/bucket/key").send().await);
    });
}

#[test]
fn a_home_for_every_user() {
    run(async |s| {
        let home = [
            allow("s3:GetObject s3:PutObject").on("bucket/home/${aws:username}/*"),
            allow("s3:ListBucket").on("bucket").when("StringLike", "s3:prefix", "home/${aws:username}/*"),
        ];
        let anna = user_who_may(s, &home).await;
        let account = s.operator().await;
        let bert = account.user_who_may("bert", &home).await;
        anna.put("/bucket/home/anna/key", "a").send().await.ok();
        bert.put("/bucket/home/bert/key", "b").send().await.ok();
        denied(bert.get("/bucket/home/anna/key").send().await);
        denied(anna.put("/bucket/home/bert/key", "a").send().await);
        denied(anna.put("/bucket/home/annabel/key", "a").send().await);
        let listed = anna.get("/bucket?list-type=2&prefix=home/anna/").send().await.ok();
        assert_eq!(listed.all("Key"), ["home/anna/key"]);
        denied(anna.get("/bucket?list-type=2&prefix=home/bert/").send().await);
        denied(anna.get("/bucket?list-type=2").send().await);
        // Whoever has no name has no home: the variable makes the statement match nothing.
        let trusted = allow("sts:AssumeRole").to(&account.root_arn());
        let role = account.role("role", &trusted, &home).await;
        account.permit("anna", &[allow("sts:AssumeRole")]).await;
        let session = anna.assume(&role, &[]).await;
        denied(session.get("/bucket/home/anna/key").send().await);
        denied(session.get("/bucket/home/$%7Baws:username%7D/key").send().await);
        // A name that is a pattern opens nothing: variables are no wildcards, and names hold none.
        let star = account.root.iam("CreateUser", &[("UserName", "*")]).send().await;
        star.failed(400, "ValidationError");
    });
}

#[test]
fn user_agent_and_referer() {
    run(async |s| {
        let anna = user_who_may(s, &[read().when("StringLike", "aws:UserAgent", "backup/*")]).await;
        let get = |name: &str, value: &str| anna.get("/bucket/key").header(name, value).send();
        get("user-agent", "backup/1.0").await.ok();
        denied(get("user-agent", "curl/8").await);
        denied(anna.get("/bucket/key").send().await);
        let pages = read().when("StringLike", "aws:Referer", "https://example.org/*");
        s.operator().await.permit("anna", &[pages]).await;
        get("referer", "https://example.org/page").await.ok();
        denied(get("referer", "https://example.com/?https://example.org/").await);
        denied(anna.get("/bucket/key").send().await);
    });
}

#[test]
fn who_sends_it() {
    run(async |s| {
        let account = s.operator().await;
        let (own, arn) = (account.id.clone(), account.user_arn("anna"));
        assert_reads(
            s,
            &[
                ("StringEquals", "aws:username", "anna", true),
                ("StringEquals", "aws:username", "Anna", false),
                ("StringEqualsIgnoreCase", "aws:username", "Anna", true),
                ("ArnEquals", "aws:PrincipalArn", &arn, true),
                ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/b*", false),
                ("StringEquals", "aws:PrincipalAccount", &own, true),
                ("StringEquals", "aws:PrincipalType", "User", true),
                ("StringLike", "aws:userid", "AIDA*", true),
                ("StringEquals", "aws:ResourceAccount", &own, true),
                ("StringEquals", "aws:ResourceAccount", "000000000000", false),
                ("StringEquals", "s3:ResourceAccount", &own, true),
                ("StringEquals", "aws:RequestedRegion", "us-east-1", true),
                ("StringEquals", "aws:RequestedRegion", "eu-west-1", false),
                ("Bool", "aws:ViaAWSService", "false", true),
                ("Bool", "aws:PrincipalIsAWSService", "false", true),
                ("Null", "aws:TokenIssueTime", "true", true),
                ("Null", "aws:SourceArn", "true", true),
                ("StringEquals", "aws:Unknown", "x", false),
            ],
        )
        .await;
    });
}

#[test]
fn when_a_session_began() {
    run(async |s| {
        let anna = user_who_may(s, &[read()]).await;
        let account = s.operator().await;
        let (before, at) = (anna.session(&[]).await, s.iso_date(30));
        s.advance(60);
        let after = anna.session(&[]).await;
        // What AWS writes to revoke the sessions of a role.
        account.permit("anna", &[read(), deny("*").when("DateLessThan", "aws:TokenIssueTime", &at)]).await;
        denied(before.get("/bucket/key").send().await);
        after.get("/bucket/key").send().await.ok();
        anna.get("/bucket/key").send().await.ok();
    });
}

#[test]
fn variables_with_defaults_and_sets() {
    run(async |s| {
        let anna =
            user_who_may(s, &[allow("s3:PutObject").on("bucket/${aws:PrincipalTag/team,\\u0020'nobody'}/*")]).await;
        let account = s.operator().await;
        anna.put("/bucket/nobody/key", "x").send().await.ok();
        denied(anna.put("/bucket/blue/key", "x").send().await);
        let tag = [("UserName", "anna"), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "blue")];
        account.root.iam("TagUser", &tag).send().await.succeeded();
        anna.put("/bucket/blue/key", "x").send().await.ok();
        denied(anna.put("/bucket/nobody/key", "x").send().await);
        // A tag's value may hold a star, which stands for itself.
        let star = [("UserName", "anna"), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "b_*")];
        if account.root.iam("TagUser", &star).send().await.status == 200 {
            denied(anna.put("/bucket/b_lue/key", "x").send().await);
        }
    });
}

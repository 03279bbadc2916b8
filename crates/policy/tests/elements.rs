//! Conditions, resources and actions, one at a time, against tables of answers written by hand.

mod scene;

use larder_policy::{Kind, Policy, PolicyError, Query, Verdict};
use scene::{Given, OWN, account, parse, principal};

/// The lines of a table, cut at two spaces or more.
fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let columns: Vec<&str> = line.split("  ").map(str::trim).filter(|column| !column.is_empty()).collect();
        columns
    })
}

fn applies(policy: &Policy, action: &str, resource: &str, given: &Given) -> bool {
    let query =
        Query { principal: &principal("user"), action, resource, resource_account: account(OWN), context: given };
    !matches!(policy.decide(&query), Verdict::Silent)
}

fn with_condition(version: &str, effect: &str, condition: &str) -> Result<Policy, PolicyError> {
    let text = format!(
        r#"{{"Version":"{version}","Statement":{{"Effect":"{effect}","Action":"*","Resource":"*","Condition":{condition}}}}}"#
    );
    Policy::parse(&text, Kind::Identity)
}

fn check(table: &str, least: usize, one: impl Fn(&[&str]) -> bool) {
    let mut count = 0;
    let mut wrong = Vec::new();
    for row in rows(table) {
        let (expected, columns) = row.split_last().expect("an answer");
        assert!(matches!(*expected, "yes" | "no"), "no answer in {row:?}");
        if one(columns) != (*expected == "yes") {
            wrong.push(row.join("  "));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= least, "the table has {count} lines");
}

#[test]
fn conditions() {
    check(include_str!("data/conditions.txt"), 250, |columns| {
        let [operator, key, values, given] = columns else { panic!("four columns: {columns:?}") };
        let policy = with_condition("2012-10-17", "Allow", &format!(r#"{{"{operator}":{{"{key}":{values}}}}}"#));
        let policy = policy.unwrap_or_else(|error| panic!("{error}: {columns:?}"));
        applies(&policy, "s3:GetObject", "arn:aws:s3:::bucket/key", &Given::parse(given))
    });
}

#[test]
fn resources() {
    check(include_str!("data/resources.txt"), 50, |columns| {
        let [pattern, resource, given] = columns else { panic!("three columns: {columns:?}") };
        let document = |element: &str| {
            let text = format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","{element}":"{pattern}"}}}}"#
            );
            parse(&text, Kind::Identity)
        };
        let given = Given::parse(given);
        let covered = applies(&document("Resource"), "s3:GetObject", resource, &given);
        let elsewhere = applies(&document("NotResource"), "s3:GetObject", resource, &given);
        // Where a variable has no value, neither of them lets anybody in.
        assert!(covered != elsewhere || (!covered && given.0.is_empty()), "{columns:?}");
        covered
    });
}

#[test]
fn actions() {
    check(include_str!("data/actions.txt"), 25, |columns| {
        let [item, action] = columns else { panic!("two columns: {columns:?}") };
        let document = |element: &str| {
            parse(
                &format!(
                    r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","{element}":["{item}"],"Resource":"*"}}}}"#
                ),
                Kind::Identity,
            )
        };
        let given = Given::default();
        let named = applies(&document("Action"), action, "*", &given);
        assert_eq!(
            named,
            !applies(&document("NotAction"), action, "*", &given),
            "NotAction is the complement: {columns:?}"
        );
        named
    });
}

#[test]
fn operators_and_keys_are_all_required_values_are_alternatives() {
    let condition =
        r#"{"StringEquals":{"aws:username":["anna","ben"],"s3:prefix":"x"},"Bool":{"aws:SecureTransport":true}}"#;
    let policy = with_condition("2012-10-17", "Allow", condition).expect("valid");
    let applies = |given: &str| applies(&policy, "s3:ListBucket", "arn:aws:s3:::bucket", &Given::parse(given));
    assert!(applies("aws:username=anna;s3:prefix=x;aws:securetransport=true"));
    assert!(applies("aws:username=ben;s3:prefix=x;aws:securetransport=true"));
    assert!(!applies("aws:username=carl;s3:prefix=x;aws:securetransport=true"));
    assert!(!applies("aws:username=anna;s3:prefix=y;aws:securetransport=true"));
    assert!(!applies("aws:username=anna;s3:prefix=x;aws:securetransport=false"));
    assert!(!applies("aws:username=anna;aws:securetransport=true"));
}

#[test]
fn documents_of_2008_have_no_variables() {
    let condition = r#"{"StringEquals":{"s3:prefix":"${aws:username}"}}"#;
    let policy = with_condition("2008-10-17", "Allow", condition).expect("valid");
    let applies = |given: &str| applies(&policy, "s3:ListBucket", "arn:aws:s3:::bucket", &Given::parse(given));
    assert!(!applies("s3:prefix=anna;aws:username=anna"));
    assert!(applies("s3:prefix=${aws:username};aws:username=anna"));
}

#[test]
fn a_denial_whose_variable_is_unknown_denies_more_rather_than_less() {
    let unknown = r#"{"StringNotEquals":{"s3:prefix":"${aws:username}"}}"#;
    let given = Given::parse("s3:prefix=anna");
    let deny = with_condition("2012-10-17", "Deny", unknown).expect("valid");
    assert!(applies(&deny, "s3:ListBucket", "arn:aws:s3:::bucket", &given));
    let allow = with_condition("2012-10-17", "Allow", unknown).expect("valid");
    assert!(!applies(&allow, "s3:ListBucket", "arn:aws:s3:::bucket", &given));
}

#[test]
fn a_value_of_the_wrong_form_gives_no_access_through_a_negated_operator() {
    for (condition, given) in [
        (r#"{"NumericNotEquals":{"s3:max-keys":"10"}}"#, "s3:max-keys=many"),
        (r#"{"DateNotEquals":{"aws:CurrentTime":"2024-01-01"}}"#, "aws:currenttime=soon"),
        (r#"{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, "aws:sourceip=somewhere"),
    ] {
        let given = Given::parse(given);
        let deny = with_condition("2012-10-17", "Deny", condition).expect("valid");
        assert!(applies(&deny, "s3:ListBucket", "arn:aws:s3:::bucket", &given), "{condition}");
        let allow = with_condition("2012-10-17", "Allow", condition).expect("valid");
        assert!(!applies(&allow, "s3:ListBucket", "arn:aws:s3:::bucket", &given), "{condition}");
        // A key that is missing is not the same: AWS documents that the negation holds.
        assert!(applies(&allow, "s3:ListBucket", "arn:aws:s3:::bucket", &Given::parse("-")), "{condition}");
    }
}

#[test]
fn values_that_an_operator_cannot_have_are_refused() {
    for condition in [
        r#"{"NumericEquals":{"s3:max-keys":"ten"}}"#,
        r#"{"NumericEquals":{"s3:max-keys":"1e3"}}"#,
        r#"{"NumericEquals":{"s3:max-keys":""}}"#,
        r#"{"DateEquals":{"aws:CurrentTime":"tomorrow"}}"#,
        r#"{"DateEquals":{"aws:CurrentTime":"2024-13-01"}}"#,
        r#"{"DateEquals":{"aws:CurrentTime":"9223372036854775808"}}"#,
        r#"{"Bool":{"aws:SecureTransport":"yes"}}"#,
        r#"{"Null":{"aws:TokenIssueTime":"maybe"}}"#,
        r#"{"BinaryEquals":{"app:key":"no base64!"}}"#,
        r#"{"IpAddress":{"aws:SourceIp":"203.0.113"}}"#,
        r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/33"}}"#,
        r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/"}}"#,
        r#"{"IpAddress":{"aws:SourceIp":"2001:db8::/129"}}"#,
        r#"{"IpAddress":{"aws:SourceIp":"*"}}"#,
    ] {
        let refused = with_condition("2012-10-17", "Allow", condition).expect_err(condition);
        assert_eq!(refused.message, "The policy failed legacy parsing", "{condition}");
    }
    for condition in [
        r#"{"StringEquals":{"aws:username":"${aws:username"}}"#,
        r#"{"StringEquals":{"aws:username":null}}"#,
        r#"{"StringEquals":{"aws:username":{}}}"#,
        r#"{"StringEquals":{"aws:username":[["a"]]}}"#,
        r#"{"StringEquals":{"":"a"}}"#,
        r#"{"StringEquals":"a"}"#,
        r#"{"StringEqual":{"aws:username":"a"}}"#,
        r#"{"stringequals":{"aws:username":"a"}}"#,
        r#"{"NullIfExists":{"aws:username":"true"}}"#,
        r#"{"ForSomeValues:StringEquals":{"aws:username":"a"}}"#,
        r#"{"ForAllValues:ForAnyValue:StringEquals":{"aws:username":"a"}}"#,
        r#"{"StringEqualsIfExistsIfExists":{"aws:username":"a"}}"#,
        r#"{"BinaryNotEquals":{"aws:username":"QQ=="}}"#,
        r#"{"StringEquals":{"aws:username":"a","aws:username":"b"}}"#,
        r#"[]"#,
    ] {
        let refused = with_condition("2012-10-17", "Allow", condition).expect_err(condition);
        assert_eq!(refused.message, "Syntax errors in policy.", "{condition}");
    }
}

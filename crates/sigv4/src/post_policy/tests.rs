use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::{AuthError, FormAuth, SigningKey};

/// The example of <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html>.
const EXAMPLE: &str = "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7Im\
    J1Y2tldCI6ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7Im\
    FjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy\
    5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2\
    UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb2\
    4iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYW\
    wiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdG\
    htIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

fn example_form() -> Vec<(&'static str, &'static str)> {
    vec![
        ("key", "user/user1/photo.jpg"),
        ("acl", "public-read"),
        ("success_action_redirect", "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"),
        ("Content-Type", "image/jpeg"),
        ("x-amz-meta-uuid", "14365123651274"),
        ("x-amz-server-side-encryption", "AES256"),
        ("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"),
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Date", "20151229T000000Z"),
        ("x-amz-meta-tag", ""),
        ("Policy", EXAMPLE),
        ("X-Amz-Signature", "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"),
    ]
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn policy(conditions: &str) -> Result<PostPolicy, PolicyError> {
    raw(&format!("{{\"expiration\": \"2015-12-30T12:00:00.000Z\", \"conditions\": [{conditions}]}}"))
}

fn raw(json: &str) -> Result<PostPolicy, PolicyError> {
    PostPolicy::parse(&STANDARD.encode(json))
}

fn evaluate(conditions: &str, fields: &[(&str, &str)]) -> Result<(), String> {
    let conditions = format!("{{\"bucket\": \"b\"}}, {conditions}");
    let policy = policy(&conditions).expect("parses");
    policy.evaluate("b", fields, at("2015-12-30T00:00:00Z")).map_err(|error| error.to_string())
}

#[test]
fn the_published_example() {
    let form = example_form();
    let Ok(FormAuth::V4(auth)) = FormAuth::parse(&form) else { panic!("not SigV4") };
    let key = SigningKey::derive(SECRET, auth.credential.date(), auth.credential.region(), "s3");
    assert_eq!(auth.verify(&key), Ok(()));
    assert_eq!(auth.check_scope("us-east-1"), Ok(()));
    assert!(auth.check_scope("eu-west-1").is_err());
    let policy = PostPolicy::parse(auth.policy).expect("parses");
    let noon = at("2015-12-29T12:00:00Z");
    assert_eq!(policy.evaluate("sigv4examplebucket", &form, noon), Ok(()));
    assert_eq!(policy.allowed_length(), None);
    assert_eq!(policy.evaluate("sigv4examplebucket", &form, at("2015-12-30T12:00:01Z")), Err(PolicyError::Expired));
    let error = policy.evaluate("another", &form, noon).expect_err("another bucket").to_string();
    let message = "Invalid according to Policy: Policy Condition failed: [\"eq\", \"$bucket\", \"sigv4examplebucket\"]";
    assert_eq!(error, message);
    for (index, (name, _)) in form.iter().enumerate().take(10) {
        let mut changed = form.clone();
        changed[index].1 = "something else";
        let allowed = policy.evaluate("sigv4examplebucket", &changed, noon).is_ok();
        assert_eq!(allowed, *name == "x-amz-meta-tag", "{name}");
    }
}

#[test]
fn a_changed_policy_or_signature_does_not_verify() {
    let Ok(FormAuth::V4(auth)) = FormAuth::parse(&example_form()) else { panic!("not SigV4") };
    let key = SigningKey::derive(SECRET, "20151229", "us-east-1", "s3");
    let changed = EXAMPLE.replacen("eyAi", "eyAj", 1);
    let mut other = (*auth).clone();
    other.policy = &changed;
    assert!(matches!(other.verify(&key), Err(AuthError::SignatureDoesNotMatch(_))));
    let mut other = (*auth).clone();
    other.signature = "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699f";
    assert!(other.verify(&key).is_err());
    assert!(auth.verify(&SigningKey::derive(SECRET, "20151229", "us-east-2", "s3")).is_err());
}

#[test]
fn a_form_signed_with_version_2() {
    // The example of the developer guide for Signature Version 2.
    let policy = "eyAiZXhwaXJhdGlvbiI6ICIyMDA3LTEyLTAxVDEyOjAwOjAwLjAwMFoiLAogICJjb25kaXRpb25zIjogWwogICAgeyJidWNrZXQiOi\
                  AiZXhhbXBsZSIgfQogIF0KfQo=";
    let signature = crate::v2::sign_text(SECRET, policy.as_bytes());
    let form = [("awsaccesskeyid", "AKID"), ("Signature", &*signature), ("policy", policy)];
    let Ok(FormAuth::V2(auth)) = FormAuth::parse(&form) else { panic!("not SigV2") };
    assert_eq!(auth.verify(SECRET), Ok(()));
    assert!(auth.verify("another").is_err());
}

#[test]
fn forms_without_all_their_fields() {
    assert_eq!(FormAuth::parse(&[("key", "k")]), Ok(FormAuth::Anonymous));
    assert_eq!(FormAuth::parse(&[("policy", "p")]), Err(AuthError::AccessDenied));
    for name in ["policy", "x-amz-credential", "x-amz-algorithm", "x-amz-date", "x-amz-signature"] {
        let mut form = example_form();
        form.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        let error = FormAuth::parse(&form).expect_err(name);
        let AuthError::InvalidArgument { name: missing, .. } = &error else { panic!("{name}: {error}") };
        assert!(missing.eq_ignore_ascii_case(name), "{name}: {error}");
        assert!(error.to_string().starts_with("Bucket POST must contain a field named"), "{error}");
    }
    for (name, value) in
        [("X-Amz-Credential", "a/b"), ("X-Amz-Algorithm", "AWS4-HMAC-SHA1"), ("X-Amz-Date", "20151228T000000Z")]
    {
        let form: Vec<_> =
            example_form().into_iter().map(|(known, old)| (known, if known == name { value } else { old })).collect();
        assert!(matches!(FormAuth::parse(&form), Err(AuthError::InvalidArgument { .. })), "{name}");
    }
}

#[test]
fn conditions_compare_values_and_not_the_case_of_names() {
    let failed = |shown: &str| Err(format!("Invalid according to Policy: Policy Condition failed: {shown}"));
    assert_eq!(evaluate(r#"{"aCl": "private"}"#, &[("AcL", "private")]), Ok(()));
    assert_eq!(evaluate(r#"["StArTs-WiTh", "$KeY", "foo"]"#, &[("kEy", "foo.txt")]), Ok(()));
    assert_eq!(evaluate(r#"["eq", "$Key", "a"]"#, &[("key", "A")]), failed(r#"["eq", "$Key", "a"]"#));
    assert_eq!(evaluate(r#"{"acl": "x"}"#, &[]), failed(r#"["eq", "$acl", "x"]"#));
    assert_eq!(evaluate(r#"["starts-with", "$acl", ""]"#, &[]), Ok(()));
    assert_eq!(evaluate(r#"["starts-with", "$key", "\\$foo"]"#, &[("key", "\\$foo.txt")]), Ok(()));
    assert_eq!(evaluate(r#"{"acl": "a"}"#, &[("acl", "a"), ("acl", "b")]), failed(r#"["eq", "$acl", "a"]"#));
    let images = r#"["starts-with", "$Content-Type", "image/"]"#;
    assert_eq!(evaluate(images, &[("Content-Type", "image/png, image/gif")]), Ok(()));
    assert_eq!(evaluate(images, &[("Content-Type", "image/png,text/html")]), failed(images));
}

#[test]
fn every_field_needs_a_condition() {
    let extra = |name: &str| Err(format!("Invalid according to Policy: Extra input fields: {name}"));
    let covered = r#"["starts-with", "$key", ""]"#;
    let key = ("key", "k");
    assert_eq!(evaluate(covered, &[key, ("Expires", "0")]), extra("expires"));
    assert_eq!(evaluate(covered, &[key, ("x-amz-date", "0")]), extra("x-amz-date"));
    let free = [("X-Ignore-Me", "1"), ("policy", "p"), ("X-Amz-Signature", "s"), ("AWSAccessKeyId", "a"), ("file", "")];
    assert_eq!(evaluate(covered, &[&[key][..], &free[..]].concat()), Ok(()));
    let no_bucket = policy(covered).expect("parses").evaluate("b", &[key], at("2015-12-30T00:00:00Z"));
    assert_eq!(no_bucket, Err(PolicyError::ExtraField { field: "bucket".into() }));
}

#[test]
fn lengths_are_checked_against_every_range() {
    let policy = policy(r#"["content-length-range", "5", 10], ["content-length-range", 0, 8]"#).expect("parses");
    assert_eq!(policy.allowed_length(), Some(5..=8));
    assert_eq!(policy.check_length(5), Ok(()));
    assert_eq!(policy.check_length(8), Ok(()));
    assert_eq!(policy.check_length(4), Err(PolicyError::TooSmall { proposed: 4, min: 5 }));
    assert_eq!(policy.check_length(9), Err(PolicyError::TooLarge { proposed: 9, max: 8 }));
}

#[test]
fn malformed_policies_say_why() {
    let long = STANDARD.encode(vec![b' '; MAX_POLICY_BYTES]);
    for (encoded, detail) in [
        ("", "Expecting '{' but found End-of-Input"),
        ("{}", "invalid Base64 encoding."),
        (&*STANDARD.encode("expiration"), "Invalid JSON."),
        (&*STANDARD.encode("[]"), "Invalid JSON."),
        (&*STANDARD.encode("[".repeat(10_000)), "Invalid JSON."),
        (&*long, "the policy is too long."),
        (&*STANDARD.encode(r#"{"conditions": []}"#), "Policy missing expiration."),
        (&*STANDARD.encode(r#"{"EXPIRATION": "", "conditions": []}"#), "Unexpected: 'EXPIRATION'"),
        (&*STANDARD.encode(r#"{"expiration": "2015-12-30T12:00:00Z"}"#), "Policy missing conditions."),
        (&*STANDARD.encode(r#"{"expiration": 1, "conditions": []}"#), "Invalid 'expiration' value: '1'"),
        (
            &*STANDARD.encode(r#"{"expiration": "2015-12-30", "conditions": []}"#),
            "Invalid 'expiration' value: '2015-12-30'",
        ),
        (
            &*STANDARD.encode(r#"{"expiration": "2015-12-30T12:00:00+02:00", "conditions": []}"#),
            "Invalid 'expiration' value: '2015-12-30T12:00:00+02:00'",
        ),
    ] {
        let error = PostPolicy::parse(encoded).expect_err(detail).to_string();
        assert_eq!(error, format!("Invalid Policy: {detail}"));
    }
    let one = "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.";
    for (condition, detail) in [
        ("{}", one),
        (r#"{"a": "1", "b": "2"}"#, one),
        (r#"{"a": 1}"#, "Invalid Simple-Condition: value must be a string."),
        ("\"bucket\"", "Invalid condition test: must be a List or Object."),
        ("[]", "Invalid Condition: missing operation identifier."),
        (r#"["ends-with", "$key", "x"]"#, "Invalid Condition: unknown operation 'ends-with'."),
        (r#"["eq", "$key"]"#, "Invalid eq: wrong number of arguments."),
        (r#"["content-length-range", 0]"#, "Invalid content-length-range: wrong number of arguments."),
        (r#"["eq", "$key", 1]"#, "Invalid eq: arguments must be strings."),
    ] {
        let error = policy(condition).expect_err(condition).to_string();
        assert_eq!(error, format!("Invalid Policy: {detail}"), "{condition}");
    }
    for range in ["-1, 0", "0, \"x\"", "1.5, 2"] {
        assert!(policy(&format!("[\"content-length-range\", {range}]")).is_err(), "{range}");
    }
    let error = policy(r#"["eq", "key", "k"]"#).expect_err("no dollar");
    assert_eq!(error, PolicyError::ConditionFailed { condition: r#"["eq", "key", "k"]"#.into() });
}

//! Key policies.

use super::{check, document, refusal};
use crate::Kind;

const ARN: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const KEY: Kind<'_> = Kind::Key(ARN);

#[test]
fn key_policies_are_about_one_key_and_name_principals() {
    let principal = "Policy contains a statement with one or more invalid principals.";
    let action = "Policy has invalid action";
    let resource = "Policy has invalid resource";
    check(
        KEY,
        &[
            (&[("=Effect", "")], "Missing required field Effect"),
            (&[("=Principal", "")], "Missing required field Principal"),
            (&[("Principal", "{}")], "Missing required field Principal cannot be empty!"),
            (&[("Principal", r#""arn:aws:iam::111122223333:root""#)], principal),
            (&[("Principal", r#"{"AWS":"anna"}"#)], principal),
            (&[("Principal", r#"{"AWS":"arn:aws:iam::111122223333:user/*"}"#)], principal),
            (
                &[(
                    "Principal",
                    r#"{"CanonicalUser":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#,
                )],
                principal,
            ),
            (&[("=Principal", ""), ("NotPrincipal", r#""*""#)], "Allow with NotPrincipal is not allowed."),
            (&[("=Action", "")], "Missing required field Action"),
            (&[("Action", "[]")], "Missing required field Action cannot be empty!"),
            (&[("Action", r#""s3:GetObject""#)], action),
            (&[("Action", r#""kms:""#)], action),
            (&[("Action", r#""Decrypt""#)], action),
            (&[("=Resource", "")], "Missing required field Resource"),
            (&[("Resource", r#""arn:aws:kms:eu-central-1:111122223333:key/other""#)], resource),
            (&[("Resource", r#""arn:aws:kms:eu-central-1:111122223333:alias/mine""#)], resource),
            (&[("Resource", r#""arn:aws:s3:::bucket""#)], resource),
            (&[("Condition", r#"{"StringIs":{"a":"b"}}"#)], "Invalid Condition type : StringIs"),
            (&[("Unknown", "1")], "Unknown field Unknown"),
        ],
    );
    assert_eq!(refusal("{invalid", KEY), "This policy contains invalid Json");
    assert_eq!(refusal("[]", KEY), "Invalid policy syntax.");
    let deny_others = [("Effect", r#""Deny""#), ("=Principal", ""), ("NotPrincipal", r#"{"AWS":"111122223333"}"#)];
    let accepted: &[&[(&str, &str)]] = &[
        &[("Resource", &format!("\"{ARN}\""))],
        &[("Resource", r#"["arn:aws:kms:*:111122223333:key/*", "*"]"#)],
        &[("Resource", r#""arn:aws:kms:${aws:RequestedRegion}:111122223333:key/*""#)],
        &[("Action", r#"["KMS:decrypt", "kms:GenerateDataKey*", "*"]"#)],
        &[("Principal", r#""*""#)],
        &[("Principal", r#"{"AWS":["111122223333","AIDAAAAAAAAAAAAAAAAAA"],"Service":"logs.amazonaws.com"}"#)],
        &[("Condition", r#"{"StringEquals":{"kms:EncryptionContext:aws:s3:arn":"x","any:Key":"y"}}"#)],
        &deny_others,
    ];
    for changes in accepted {
        let text = document(KEY, changes);
        assert_eq!(refusal(&text, KEY), format!("accepted: {text}"));
    }
    let text = document(KEY, &[("Sid", r#""same""#)]);
    let twice = text.replace("}]}", &format!("}},{}]}}", &text[text.find('[').map_or(0, |at| at + 1)..text.len() - 2]));
    assert_eq!(refusal(&twice, KEY), "The Statement Ids in the policy are not unique");
}

//! Entry points for fuzzing, with the properties that must hold for all inputs. Shared by the fuzz targets and a seeded
//! test.

use std::borrow::Cow;

use larder_types::AccountId;

use crate::{Context, Documents, Kind, Named, Policy, Principal, Query, Values, acl, evaluate};

/// Gives every key a value made of its name.
struct Echo;

impl Context for Echo {
    fn get(&self, key: &str, suffix: Option<&str>) -> Option<Values<'_>> {
        match (key.len() % 3, suffix) {
            (0, None) => None,
            (1, None) => Some(Values::Many(vec![Cow::Owned(key.to_owned()), Cow::Borrowed("*")])),
            _ => Some(Values::One(Cow::Owned(suffix.unwrap_or(key).to_owned()))),
        }
    }
}

/// Parses `data` as a document of each kind, and evaluates those that parse.
///
/// # Panics
/// When a document without an allowing statement allows, or a denying document is not obeyed.
pub fn document(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let account = AccountId::from_number(111_122_223_333);
    let key = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    for kind in [Kind::Identity, Kind::Bucket("bucket"), Kind::Trust, Kind::Key(key)] {
        let Ok(policy) = Policy::parse(&text, kind) else { continue };
        let _ = (policy.is_public(), policy.context_keys().len(), policy.principals().count());
        for action in ["s3:GetObject", "s3:ListBucket", "sts:AssumeRole", ""] {
            let query = Query {
                principal: &Principal::Anonymous,
                action,
                resource: "arn:aws:s3:::bucket/a:b/*c",
                resource_account: account,
                context: &Echo,
            };
            let denied = matches!(policy.decide(&query), crate::Verdict::Denied(_));
            let named = Named { name: "document", policy: &policy };
            let alone = Documents { resource: Some(named), ..Documents::default() };
            let beside = Documents { resource: Some(named), acl_allows: true, ..Documents::default() };
            let allowed = evaluate(&query, &alone).allowed;
            assert!(
                !allowed || text.contains("Allow") || text.contains('\\'),
                "a document allows that has no such statement"
            );
            assert_eq!(evaluate(&query, &beside).allowed, !denied, "a denial is not obeyed");
        }
    }
}

/// Parses `data` as the value of a header that grants.
///
/// # Panics
/// When nobody is named and the header is taken.
pub fn grant_header(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(specs) = acl::parse_grants(&text) {
        assert!(!specs.is_empty(), "a header grants to nobody");
    }
}

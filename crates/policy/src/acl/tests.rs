//! What lists stand for and allow.

use larder_types::{Acl, CanonicalUserId, Grant, Grantee, Permission};

use super::{
    AclResource, CannedAcl, GRANT_HEADERS, GranteeSpec, InvalidGrantHeader, Via, allows_via, needs_ownership,
    parse_grants, required_permission,
};

fn id(digit: char) -> CanonicalUserId {
    CanonicalUserId::parse(&digit.to_string().repeat(64)).expect("64 digits")
}

fn shown(acl: &Acl) -> Vec<String> {
    let who = |grantee: &Grantee| match grantee {
        Grantee::Account(account) => account.as_str()[..1].to_owned(),
        group => group.uri().and_then(|uri| uri.rsplit('/').next()).unwrap_or_default().to_owned(),
    };
    acl.0.iter().map(|grant| format!("{}:{}", who(&grant.grantee), grant.permission.as_str())).collect()
}

#[test]
fn canned_lists_are_those_of_the_user_guide() {
    let (owner, bucket_owner) = (id('a'), id('b'));
    let table: [(&str, &[&str]); 8] = [
        ("private", &["a:FULL_CONTROL"]),
        ("public-read", &["a:FULL_CONTROL", "AllUsers:READ"]),
        ("public-read-write", &["a:FULL_CONTROL", "AllUsers:READ", "AllUsers:WRITE"]),
        ("authenticated-read", &["a:FULL_CONTROL", "AuthenticatedUsers:READ"]),
        ("aws-exec-read", &["a:FULL_CONTROL"]),
        ("bucket-owner-read", &["a:FULL_CONTROL", "b:READ"]),
        ("bucket-owner-full-control", &["a:FULL_CONTROL", "b:FULL_CONTROL"]),
        ("log-delivery-write", &["a:FULL_CONTROL", "LogDelivery:WRITE", "LogDelivery:READ_ACP"]),
    ];
    for (name, expected) in table {
        let canned = CannedAcl::parse(name).expect(name);
        assert_eq!(canned.as_str(), name);
        assert_eq!(shown(&canned.expand(&owner, &bucket_owner)), expected, "{name}");
        let own = shown(&canned.expand(&owner, &owner));
        assert!(!name.starts_with("bucket-owner") || own == ["a:FULL_CONTROL"], "{name} in the owner's own bucket");
    }
    assert_eq!(CannedAcl::parse("Private"), None);
    assert_eq!(CannedAcl::parse(""), None);
}

#[test]
fn lists_allow_accounts_and_groups() {
    let (owner, friend, stranger) = (id('a'), id('b'), id('c'));
    let list = |grants: &[(Grantee, Permission)]| {
        Acl(grants
            .iter()
            .map(|(grantee, permission)| Grant { grantee: grantee.clone(), permission: *permission })
            .collect())
    };
    let acl = list(&[
        (Grantee::Account(owner.clone()), Permission::FullControl),
        (Grantee::Account(friend.clone()), Permission::ReadAcp),
        (Grantee::AuthenticatedUsers, Permission::Read),
        (Grantee::AllUsers, Permission::Write),
        (Grantee::LogDelivery, Permission::WriteAcp),
    ]);
    use Permission::{FullControl, Read, ReadAcp, Write, WriteAcp};
    for (who, permission, public, private) in [
        (Some(&owner), Read, true, true),
        (Some(&owner), Write, true, true),
        (Some(&owner), ReadAcp, true, true),
        (Some(&owner), WriteAcp, true, true),
        (Some(&owner), FullControl, true, true),
        (Some(&friend), ReadAcp, true, true),
        (Some(&friend), WriteAcp, false, false),
        (Some(&friend), Read, true, false),
        (Some(&friend), FullControl, false, false),
        (Some(&stranger), Read, true, false),
        (Some(&stranger), Write, true, false),
        (Some(&stranger), ReadAcp, false, false),
        (None, Read, false, false),
        (None, Write, true, false),
        (None, ReadAcp, false, false),
        (None, FullControl, false, false),
    ] {
        assert_eq!(allows_via(&acl, who, permission, false).is_some(), public, "{who:?} {permission:?}");
        assert_eq!(
            allows_via(&acl, who, permission, true).is_some(),
            private,
            "{who:?} {permission:?} without public entries"
        );
    }
    assert_eq!(allows_via(&acl, Some(&owner), Read, false), Some(Via::Group));
    assert_eq!(allows_via(&acl, Some(&owner), Read, true), Some(Via::Account));
    assert_eq!(allows_via(&acl, Some(&owner), WriteAcp, false), Some(Via::Account));
    assert!(allows_via(&Acl::default(), Some(&owner), Read, false).is_none(), "an empty list allows nothing");
}

#[test]
fn actions_need_the_permissions_of_the_user_guides_table() {
    use AclResource::{Bucket, Object};
    for (action, expected) in [
        ("s3:ListBucket", Some((Bucket, Permission::Read))),
        ("s3:ListBucketVersions", Some((Bucket, Permission::Read))),
        ("s3:ListBucketMultipartUploads", Some((Bucket, Permission::Read))),
        ("s3:PutObject", Some((Bucket, Permission::Write))),
        ("s3:DeleteObject", Some((Bucket, Permission::Write))),
        ("s3:GetBucketAcl", Some((Bucket, Permission::ReadAcp))),
        ("s3:PutBucketAcl", Some((Bucket, Permission::WriteAcp))),
        ("s3:GetObject", Some((Object, Permission::Read))),
        ("S3:getobjectversion", Some((Object, Permission::Read))),
        ("s3:GetObjectAcl", Some((Object, Permission::ReadAcp))),
        ("s3:GetObjectVersionAcl", Some((Object, Permission::ReadAcp))),
        ("s3:PutObjectAcl", Some((Object, Permission::WriteAcp))),
        ("s3:PutObjectVersionAcl", Some((Object, Permission::WriteAcp))),
        ("s3:GetObjectTagging", None),
        ("s3:PutBucketPolicy", None),
        ("s3:DeleteBucket", None),
        ("iam:GetObject", None),
        ("GetObject", None),
    ] {
        assert_eq!(required_permission(action), expected, "{action}");
    }
    assert!(needs_ownership("s3:DeleteObject") && needs_ownership("s3:DeleteObjectVersion"));
    assert!(!needs_ownership("s3:PutObject"));
}

#[test]
fn headers_name_grantees() {
    let account = |digit| GranteeSpec::Grantee(Grantee::Account(id(digit)));
    let a = "a".repeat(64);
    let all = "http://acs.amazonaws.com/groups/global/AllUsers";
    assert_eq!(parse_grants(&format!("id=\"{a}\"")), Ok(vec![account('a')]));
    assert_eq!(parse_grants(&format!("id={a}")), Ok(vec![account('a')]));
    assert_eq!(
        parse_grants(&format!(" ID = \"{a}\" , uri=\"{all}\",emailAddress=\"anna@example.com\" ")),
        Ok(vec![
            account('a'),
            GranteeSpec::Grantee(Grantee::AllUsers),
            GranteeSpec::Email("anna@example.com".to_owned())
        ])
    );
    use InvalidGrantHeader::{Format, Id, Uri};
    for (value, expected) in [
        ("", Format),
        ("id", Format),
        ("id=\"abc", Format),
        ("name=\"x\"", Format),
        ("emailAddress=\"\"", Format),
        ("emailAddress=\"a\",", Format),
        ("emailAddress=\"a\" emailAddress=\"b\"", Format),
        (",emailAddress=\"a\"", Format),
        ("id=\"abc\"", Id),
        ("id=\"\"", Id),
        ("uri=\"http://example.com\"", Uri),
    ] {
        assert_eq!(parse_grants(value), Err(expected), "{value}");
    }
    let many = vec!["emailAddress=\"a\""; 101].join(",");
    assert_eq!(parse_grants(&many), Err(Format));
    assert!(GRANT_HEADERS.iter().all(|(name, permission)| {
        *name == format!("x-amz-grant-{}", permission.as_str().to_lowercase().replace('_', "-"))
    }));
}

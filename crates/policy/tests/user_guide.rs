//! Documents of AWS's user guides: they parse, and decide as the guides say.
//!
//! Sources: "Examples of Amazon S3 bucket policies", "Bucket policy examples using condition keys", "Identity-based policy
//! examples for Amazon S3" in the Amazon S3 user guide; "Example IAM identity-based policies" in the IAM user guide.

mod scene;

use larder_policy::{Documents, Kind, Named, Policy, Query, evaluate};
use scene::{Given, OWN, account, parse, principal};

const BUCKET: &str = "amzn-s3-demo-bucket";

/// Who, what, on what (`/key` in the bucket, or an ARN), with which values, and whether it is allowed.
type Request<'a> = (&'a str, &'a str, &'a str, &'a str, bool);

fn ask(documents: &Documents<'_>, (who, action, resource, given, expected): Request<'_>) {
    let resource = match resource {
        arn if arn.starts_with("arn:") || arn == "*" => arn.to_owned(),
        in_bucket => format!("arn:aws:s3:::{BUCKET}{in_bucket}"),
    };
    let given = Given::parse(given);
    let query = Query {
        principal: &principal(who),
        action,
        resource: &resource,
        resource_account: account(OWN),
        context: &given,
    };
    let decision = evaluate(&query, documents);
    assert_eq!(decision.allowed, expected, "{who} {action} {resource} {given:?}: {decision:?}");
}

fn of_bucket(statements: &str, requests: &[Request<'_>]) {
    let policy = parse(&format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#), Kind::Bucket(BUCKET));
    let everything = everything();
    // Strangers of the other account have every permission of their own, those of the bucket's account none.
    for request in requests {
        let identity = [Named { name: "everything", policy: &everything }];
        let documents = Documents {
            identity: if request.0.starts_with('x') { &identity } else { &[] },
            resource: Some(Named { name: "bucket policy", policy: &policy }),
            ..Documents::default()
        };
        ask(&documents, *request);
    }
}

fn of_user(statements: &str, requests: &[Request<'_>]) {
    let policy = parse(&format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#), Kind::Identity);
    let identity = [Named { name: "policy", policy: &policy }];
    for request in requests {
        ask(&Documents { identity: &identity, ..Documents::default() }, *request);
    }
}

fn everything() -> Policy {
    parse(r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#, Kind::Identity)
}

#[test]
fn read_only_access_for_everybody() {
    of_bucket(
        r#"[{"Sid":"PublicRead","Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:GetObjectVersion"],
            "Resource":["arn:aws:s3:::amzn-s3-demo-bucket/*"]}]"#,
        &[
            ("anon", "s3:GetObject", "/key", "-", true),
            ("anon", "s3:GetObjectVersion", "/a/b", "-", true),
            ("anon", "s3:PutObject", "/key", "-", false),
            ("anon", "s3:ListBucket", "", "-", false),
            ("user", "s3:GetObject", "/key", "-", true),
            ("xuser", "s3:GetObject", "/key", "-", true),
        ],
    );
}

#[test]
fn encryption_is_required() {
    let requests = &[
        ("user", "s3:PutObject", "/key", "s3:x-amz-server-side-encryption=aws:kms", true),
        ("user", "s3:PutObject", "/key", "s3:x-amz-server-side-encryption=AES256", false),
        ("user", "s3:PutObject", "/key", "-", false),
    ];
    of_bucket(
        r#"[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/team/anna"},"Action":"s3:PutObject",
             "Resource":"arn:aws:s3:::amzn-s3-demo-bucket/*"},
            {"Sid":"DenyObjectsThatAreNotSSEKMS","Principal":"*","Effect":"Deny","Action":"s3:PutObject",
             "Resource":"arn:aws:s3:::amzn-s3-demo-bucket/*",
             "Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}}]"#,
        requests,
    );
    of_bucket(
        r#"[{"Effect":"Allow","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::amzn-s3-demo-bucket/*"},
            {"Sid":"DenyObjectsThatAreNotSSEKMSWithSpecificKey","Principal":"*","Effect":"Deny","Action":"s3:PutObject",
             "Resource":"arn:aws:s3:::amzn-s3-demo-bucket/*","Condition":{"ArnNotEqualsIfExists":
             {"s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:us-east-1:111122223333:key/01234567-89ab"}}}]"#,
        &[
            ("anon", "s3:PutObject", "/k", "-", false),
            (
                "anon",
                "s3:PutObject",
                "/k",
                "s3:x-amz-server-side-encryption-aws-kms-key-id=arn:aws:kms:us-east-1:111122223333:key/01234567-89ab",
                true,
            ),
            (
                "anon",
                "s3:PutObject",
                "/k",
                "s3:x-amz-server-side-encryption-aws-kms-key-id=arn:aws:kms:us-east-1:111122223333:key/other",
                false,
            ),
        ],
    );
}

#[test]
fn only_with_tls() {
    of_bucket(
        r#"[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/team/anna"},"Action":"s3:GetObject",
             "Resource":"arn:aws:s3:::amzn-s3-demo-bucket/*"},
            {"Sid":"RestrictToTLSRequestsOnly","Action":"s3:*","Effect":"Deny",
             "Resource":["arn:aws:s3:::amzn-s3-demo-bucket","arn:aws:s3:::amzn-s3-demo-bucket/*"],
             "Condition":{"Bool":{"aws:SecureTransport":"false"}},"Principal":"*"}]"#,
        &[
            ("user", "s3:GetObject", "/key", "aws:securetransport=true", true),
            ("user", "s3:GetObject", "/key", "aws:securetransport=false", false),
            ("root", "s3:GetObject", "/key", "aws:securetransport=false", false),
            ("root", "s3:GetObject", "/key", "aws:securetransport=true", true),
            ("anon", "s3:GetObject", "/key", "aws:securetransport=true", false),
        ],
    );
}

#[test]
fn addresses_are_restricted() {
    of_bucket(
        r#"[{"Sid":"IPAllow","Effect":"Deny","Principal":"*","Action":"s3:*",
             "Resource":["arn:aws:s3:::amzn-s3-demo-bucket","arn:aws:s3:::amzn-s3-demo-bucket/*"],
             "Condition":{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}]"#,
        &[
            ("root", "s3:GetObject", "/key", "aws:sourceip=192.0.2.1", true),
            ("root", "s3:GetObject", "/key", "aws:sourceip=192.0.3.1", false),
            ("user", "s3:GetObject", "/key", "aws:sourceip=192.0.2.1", false),
        ],
    );
    of_bucket(
        r#"[{"Sid":"AllowIPmix","Effect":"Allow","Principal":"*","Action":"s3:*",
             "Resource":["arn:aws:s3:::amzn-s3-demo-bucket","arn:aws:s3:::amzn-s3-demo-bucket/*"],
             "Condition":{"IpAddress":{"aws:SourceIp":["192.0.2.0/24","2001:DB8:1234:5678::/64"]},
             "NotIpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:DB8:1234:5678:ABCD::/80"]}}}]"#,
        &[
            ("anon", "s3:GetObject", "/key", "aws:sourceip=192.0.2.9", true),
            ("anon", "s3:GetObject", "/key", "aws:sourceip=2001:db8:1234:5678::1", true),
            ("anon", "s3:GetObject", "/key", "aws:sourceip=2001:db8:1234:5678:abcd::1", false),
            ("anon", "s3:GetObject", "/key", "aws:sourceip=203.0.113.9", false),
        ],
    );
}

#[test]
fn referer_vpc_endpoint_and_organization() {
    of_bucket(
        r#"[{"Sid":"Allow only GET requests originating from www.example.com and example.com.","Effect":"Allow",
             "Principal":"*","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::amzn-s3-demo-bucket/*",
             "Condition":{"StringLike":{"aws:Referer":["http://www.example.com/*","http://example.com/*"]}}}]"#,
        &[
            ("anon", "s3:GetObject", "/key", "aws:referer=http://example.com/page", true),
            ("anon", "s3:GetObject", "/key", "aws:referer=http://evil.example/http://example.com/", false),
            ("anon", "s3:GetObject", "/key", "-", false),
        ],
    );
    of_bucket(
        r#"[{"Sid":"Access-to-specific-VPCE-only","Principal":"*","Action":"s3:*","Effect":"Deny",
             "Resource":["arn:aws:s3:::amzn-s3-demo-bucket","arn:aws:s3:::amzn-s3-demo-bucket/*"],
             "Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1a2b3c4d"}}}]"#,
        &[
            ("root", "s3:ListBucket", "", "-", false),
            ("root", "s3:ListBucket", "", "aws:sourcevpce=vpce-1a2b3c4d", true),
        ],
    );
    of_bucket(
        r#"[{"Sid":"AllowGetObject","Principal":{"AWS":"*"},"Effect":"Allow","Action":"s3:GetObject",
             "Resource":"arn:aws:s3:::amzn-s3-demo-bucket/*","Condition":{"StringEquals":{"aws:PrincipalOrgID":["o-aa111bb222"]}}}]"#,
        &[
            ("xuser", "s3:GetObject", "/key", "aws:principalorgid=o-aa111bb222", true),
            ("xuser", "s3:GetObject", "/key", "aws:principalorgid=o-other", false),
            ("anon", "s3:GetObject", "/key", "-", false),
        ],
    );
}

#[test]
fn other_accounts_upload_and_the_owner_keeps_control() {
    of_bucket(
        r#"[{"Sid":"PolicyForAllowUploadWithACL","Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"s3:PutObject",
             "Resource":"arn:aws:s3:::amzn-s3-demo-bucket/*",
             "Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}}]"#,
        &[
            ("xuser", "s3:PutObject", "/key", "s3:x-amz-acl=bucket-owner-full-control", true),
            ("xroot", "s3:PutObject", "/key", "s3:x-amz-acl=bucket-owner-full-control", true),
            ("xuser", "s3:PutObject", "/key", "s3:x-amz-acl=private", false),
            ("xuser", "s3:PutObject", "/key", "-", false),
            ("user", "s3:PutObject", "/key", "s3:x-amz-acl=bucket-owner-full-control", false),
        ],
    );
    of_bucket(
        r#"[{"Sid":"AddCannedAcl","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::444455556666:root"]},
             "Action":["s3:PutObject","s3:PutObjectAcl"],"Resource":"arn:aws:s3:::amzn-s3-demo-bucket/*",
             "Condition":{"StringEquals":{"s3:x-amz-acl":["public-read"]}}}]"#,
        &[
            ("xrole", "s3:PutObjectAcl", "/key", "s3:x-amz-acl=public-read", true),
            ("xrole", "s3:PutObjectAcl", "/key", "s3:x-amz-acl=private", false),
        ],
    );
}

#[test]
fn mfa_is_required() {
    of_bucket(
        r#"[{"Sid":"","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::amzn-s3-demo-bucket/taxdocuments/*",
             "Condition":{"Null":{"aws:MultiFactorAuthAge":true}}},
            {"Sid":"","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::amzn-s3-demo-bucket/taxdocuments/*",
             "Condition":{"NumericGreaterThan":{"aws:MultiFactorAuthAge":3600}}},
            {"Sid":"","Effect":"Allow","Principal":"*","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::amzn-s3-demo-bucket/*"}]"#,
        &[
            ("user", "s3:GetObject", "/taxdocuments/a", "aws:multifactorauthage=100", true),
            ("user", "s3:GetObject", "/taxdocuments/a", "aws:multifactorauthage=3601", false),
            ("user", "s3:GetObject", "/taxdocuments/a", "-", false),
            ("anon", "s3:GetObject", "/taxdocuments/a", "-", false),
            ("anon", "s3:GetObject", "/other", "-", true),
        ],
    );
}

#[test]
fn tags_and_prefixes() {
    of_bucket(
        r#"[{"Principal":{"AWS":"arn:aws:iam::111122223333:role/path/worker"},"Effect":"Allow",
             "Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::amzn-s3-demo-bucket/*",
             "Condition":{"StringEquals":{"s3:ExistingObjectTag/environment":"production"}}}]"#,
        &[
            ("role", "s3:GetObject", "/key", "s3:existingobjecttag/environment=production", true),
            ("role", "s3:GetObject", "/key", "s3:existingobjecttag/environment=test", false),
            ("role", "s3:GetObject", "/key", "-", false),
        ],
    );
    of_bucket(
        r#"[{"Principal":{"AWS":["arn:aws:iam::111122223333:user/team/anna"]},"Effect":"Allow","Action":["s3:PutObject","s3:PutObjectTagging"],
             "Resource":["arn:aws:s3:::amzn-s3-demo-bucket/*"],
             "Condition":{"ForAllValues:StringEquals":{"s3:RequestObjectTagKeys":["Owner","CreationDate"]}}}]"#,
        &[
            ("user", "s3:PutObjectTagging", "/key", "s3:requestobjecttagkeys=Owner|CreationDate", true),
            ("user", "s3:PutObjectTagging", "/key", "s3:requestobjecttagkeys=Owner", true),
            ("user", "s3:PutObjectTagging", "/key", "s3:requestobjecttagkeys=Owner|Secret", false),
            ("user", "s3:PutObject", "/key", "-", true),
        ],
    );
    of_bucket(
        r#"[{"Sid":"statement1","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/team/anna"},"Action":"s3:ListBucket",
             "Resource":["arn:aws:s3:::amzn-s3-demo-bucket"],"Condition":{"StringEquals":{"s3:prefix":"projects"}}},
            {"Sid":"statement2","Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:user/team/anna"},"Action":"s3:ListBucket",
             "Resource":["arn:aws:s3:::amzn-s3-demo-bucket"],"Condition":{"StringNotEquals":{"s3:prefix":"projects"}}},
            {"Sid":"statement3","Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:user/team/anna"},"Action":"s3:ListBucket",
             "Resource":["arn:aws:s3:::amzn-s3-demo-bucket"],"Condition":{"NumericGreaterThan":{"s3:max-keys":"10"}}}]"#,
        &[
            ("user", "s3:ListBucket", "", "s3:prefix=projects;s3:max-keys=10", true),
            ("user", "s3:ListBucket", "", "s3:prefix=projects;s3:max-keys=11", false),
            ("user", "s3:ListBucket", "", "s3:prefix=other", false),
            ("user", "s3:ListBucket", "", "-", false),
        ],
    );
}

#[test]
fn services_write_logs_and_inventories() {
    of_bucket(
        r#"[{"Sid":"S3ServerAccessLogsPolicy","Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},
             "Action":["s3:PutObject"],"Resource":"arn:aws:s3:::amzn-s3-demo-bucket/logs/*",
             "Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::amzn-s3-demo-source-bucket"},
             "StringEquals":{"aws:SourceAccount":"111122223333"}}}]"#,
        &[
            (
                "service",
                "s3:PutObject",
                "/logs/a",
                "aws:sourcearn=arn:aws:s3:::amzn-s3-demo-source-bucket;aws:sourceaccount=111122223333",
                true,
            ),
            (
                "service",
                "s3:PutObject",
                "/logs/a",
                "aws:sourcearn=arn:aws:s3:::somebody-elses;aws:sourceaccount=444455556666",
                false,
            ),
            ("service", "s3:PutObject", "/logs/a", "-", false),
            ("anon", "s3:PutObject", "/logs/a", "aws:sourceaccount=111122223333", false),
        ],
    );
}

#[test]
fn users_have_folders_of_their_own() {
    of_user(
        r#"[{"Sid":"AllowUserToSeeBucketListInTheConsole","Action":["s3:ListAllMyBuckets","s3:GetBucketLocation"],"Effect":"Allow",
             "Resource":["arn:aws:s3:::*"]},
            {"Sid":"AllowListingOfUserFolder","Action":["s3:ListBucket"],"Effect":"Allow","Resource":["arn:aws:s3:::amzn-s3-demo-bucket"],
             "Condition":{"StringLike":{"s3:prefix":["","home/","home/${aws:username}/*"]}}},
            {"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::amzn-s3-demo-bucket/home/${aws:username}",
             "arn:aws:s3:::amzn-s3-demo-bucket/home/${aws:username}/*"]}]"#,
        &[
            ("user", "s3:ListAllMyBuckets", "arn:aws:s3:::*", "-", true),
            ("user", "s3:ListBucket", "", "s3:prefix=home/anna/x;aws:username=anna", true),
            ("user", "s3:ListBucket", "", "s3:prefix=home/;aws:username=anna", true),
            ("user", "s3:ListBucket", "", "s3:prefix=home/ben/;aws:username=anna", false),
            ("user", "s3:PutObject", "/home/anna/file", "aws:username=anna", true),
            ("user", "s3:PutObject", "/home/ben/file", "aws:username=anna", false),
            ("user", "s3:PutObject", "/home//file", "-", false),
            ("user", "s3:PutObject", "/other", "aws:username=anna", false),
        ],
    );
}

#[test]
fn dates_regions_and_mfa_in_identity_policies() {
    of_user(
        r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{
            "DateGreaterThan":{"aws:CurrentTime":"2020-04-01T00:00:00Z"},"DateLessThan":{"aws:CurrentTime":"2020-06-30T23:59:59Z"}}}"#,
        &[
            ("user", "s3:GetObject", "/k", "aws:currenttime=2020-05-01T00:00:00Z", true),
            ("user", "s3:GetObject", "/k", "aws:currenttime=2020-07-01T00:00:00Z", false),
            ("user", "s3:GetObject", "/k", "-", false),
        ],
    );
    of_user(
        r#"[{"Sid":"DenyAllOutsideRequestedRegions","Effect":"Deny","NotAction":["cloudfront:*","iam:*","support:*"],"Resource":"*",
             "Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-central-1","eu-west-1"]}}},
            {"Effect":"Allow","Action":"*","Resource":"*"}]"#,
        &[
            ("user", "s3:GetObject", "/k", "aws:requestedregion=eu-west-1", true),
            ("user", "s3:GetObject", "/k", "aws:requestedregion=us-east-1", false),
            ("user", "iam:GetUser", "arn:aws:iam::111122223333:user/anna", "aws:requestedregion=us-east-1", true),
        ],
    );
    of_user(
        r#"[{"Sid":"AllowManageOwnVirtualMFADevice","Effect":"Allow","Action":["iam:CreateVirtualMFADevice"],
             "Resource":"arn:aws:iam::*:mfa/*"},
            {"Sid":"AllowManageOwnUserMFA","Effect":"Allow","Action":["iam:EnableMFADevice","iam:ResyncMFADevice"],
             "Resource":"arn:aws:iam::*:user/${aws:username}"},
            {"Sid":"DenyAllExceptListedIfNoMFA","Effect":"Deny","NotAction":["iam:CreateVirtualMFADevice","iam:EnableMFADevice",
             "iam:ResyncMFADevice","sts:GetSessionToken"],"Resource":"*",
             "Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}},
            {"Effect":"Allow","Action":"s3:*","Resource":"*"}]"#,
        &[
            ("user", "iam:EnableMFADevice", "arn:aws:iam::111122223333:user/anna", "aws:username=anna", true),
            ("user", "iam:EnableMFADevice", "arn:aws:iam::111122223333:user/ben", "aws:username=anna", false),
            ("user", "s3:GetObject", "/k", "-", false),
            ("user", "s3:GetObject", "/k", "aws:multifactorauthpresent=false", false),
            ("user", "s3:GetObject", "/k", "aws:multifactorauthpresent=true", true),
        ],
    );
}

#[test]
fn trust_policies_of_the_guide() {
    let decide = |text: &str, who: &str, action: &str, given: &str| {
        let policy = parse(text, Kind::Trust);
        let given = Given::parse(given);
        let query = Query {
            principal: &principal(who),
            action,
            resource: "arn:aws:iam::111122223333:role/path/worker",
            resource_account: account(OWN),
            context: &given,
        };
        matches!(policy.decide(&query), larder_policy::Verdict::Allowed(_))
    };
    let account_with_mfa = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},
        "Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"12345"},"Bool":{"aws:MultiFactorAuthPresent":true}}}]}"#;
    let right = "sts:externalid=12345;aws:multifactorauthpresent=true";
    assert!(decide(account_with_mfa, "xuser", "sts:AssumeRole", right));
    assert!(decide(account_with_mfa, "xroot", "sts:AssumeRole", right));
    assert!(!decide(account_with_mfa, "xuser", "sts:AssumeRole", "sts:externalid=12345"));
    assert!(!decide(account_with_mfa, "user", "sts:AssumeRole", right));
    assert!(!decide(account_with_mfa, "xuser", "sts:TagSession", right));
    let provider = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow",
        "Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/id.example.com"},
        "Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"id.example.com:aud":"app","id.example.com:sub":"me"}}}}"#;
    let token = "id.example.com:aud=app;id.example.com:sub=me";
    assert!(decide(provider, "web", "sts:AssumeRoleWithWebIdentity", token));
    assert!(!decide(provider, "xweb", "sts:AssumeRoleWithWebIdentity", token));
    assert!(!decide(provider, "web", "sts:AssumeRole", token));
    assert!(!decide(provider, "web", "sts:AssumeRoleWithWebIdentity", "id.example.com:aud=app;id.example.com:sub=you"));
    assert!(!decide(provider, "user", "sts:AssumeRoleWithWebIdentity", token));
    let everybody = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["sts:AssumeRole","sts:AssumeRoleWithWebIdentity"]}}"#;
    assert!(decide(everybody, "xuser", "sts:AssumeRole", "-"));
    assert!(!decide(everybody, "web", "sts:AssumeRoleWithWebIdentity", "-"));
    let service = r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
    assert!(decide(service, "service", "sts:AssumeRole", "-"));
    assert!(!decide(service, "anon", "sts:AssumeRole", "-"));
}

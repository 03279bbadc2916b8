//! What each kind of document accepts and refuses, and in which words.

mod key;

use crate::{Kind, Policy, Position, Version};

fn refusal(text: &str, kind: Kind<'_>) -> String {
    match Policy::parse(text, kind) {
        Ok(_) => format!("accepted: {text}"),
        Err(refused) => refused.message,
    }
}

/// The elements of a statement that its kind accepts, one of them changed: `=` in front of the name leaves it out.
fn statement(kind: Kind<'_>, changes: &[(&str, &str)]) -> String {
    let mut elements = vec![("Effect", r#""Allow""#)];
    match kind {
        Kind::Identity => elements.extend([("Action", r#""s3:GetObject""#), ("Resource", r#""*""#)]),
        Kind::Bucket(_) => elements.extend([
            ("Principal", r#""*""#),
            ("Action", r#""s3:GetObject""#),
            ("Resource", r#""arn:aws:s3:::bucket/*""#),
        ]),
        Kind::Trust => elements.extend([("Principal", r#"{"AWS":"*"}"#), ("Action", r#""sts:AssumeRole""#)]),
        Kind::Key(_) => elements.extend([
            ("Principal", r#"{"AWS":"arn:aws:iam::111122223333:root"}"#),
            ("Action", r#""kms:*""#),
            ("Resource", r#""*""#),
        ]),
    }
    for (name, value) in changes {
        match name.strip_prefix('=') {
            Some(name) => elements.retain(|(known, _)| *known != name),
            None => {
                elements.retain(|(known, _)| known != name);
                elements.push((name, value));
            }
        }
    }
    let elements: Vec<String> = elements.iter().map(|(name, value)| format!(r#""{name}":{value}"#)).collect();
    format!("{{{}}}", elements.join(","))
}

fn document(kind: Kind<'_>, changes: &[(&str, &str)]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statement(kind, changes))
}

fn check(kind: Kind<'_>, cases: &[(&[(&str, &str)], &str)]) {
    assert_eq!(refusal(&document(kind, &[]), kind), format!("accepted: {}", document(kind, &[])));
    for (changes, message) in cases {
        let text = document(kind, changes);
        assert_eq!(&refusal(&text, kind), message, "{text}");
    }
}

const BUCKET: Kind<'_> = Kind::Bucket("bucket");

#[test]
fn bucket_policies_are_json_objects_of_known_elements() {
    let not_json = "Policies must be valid JSON and the first byte must be '{'";
    let invalid_json = "This policy contains invalid Json";
    let one = statement(BUCKET, &[]);
    for (text, message) in [
        ("", not_json),
        ("x", not_json),
        ("[]", not_json),
        ("{", invalid_json),
        (r#"{"Statement":[]"#, invalid_json),
        ("{'Statement':[]}", invalid_json),
        ("{}", "Missing required field Statement"),
        (r#"{"Version":"2012-10-17"}"#, "Missing required field Statement"),
        (r#"{"Statement":[]}"#, "Could not parse the policy: Statement is empty!"),
        (r#"{"Statement":"x"}"#, "Invalid policy syntax."),
        (r#"{"Statement":[[]]}"#, "Invalid policy syntax."),
        (r#"{"Statement":{}}"#, "Missing required field Effect"),
        (&format!(r#"{{"Version":"2013-10-17","Statement":{one}}}"#), "The policy must contain a valid version string"),
        (&format!(r#"{{"Version":2012,"Statement":{one}}}"#), "The policy must contain a valid version string"),
        (&format!(r#"{{"Id":1,"Statement":{one}}}"#), "Invalid policy syntax."),
        (&format!(r#"{{"id":"x","Statement":{one}}}"#), "Unknown field id"),
        (&format!(r#"{{"Statement":{one},"Statement":{one}}}"#), "Statement/policy already has instance of Statement"),
    ] {
        assert_eq!(refusal(text, BUCKET), message, "{text}");
    }
    for text in [
        format!(r#"{{"Statement":{one}}}"#),
        format!(r#"{{"Version":"2008-10-17","Id":"","Statement":[{one},{one}]}}"#),
        format!("  {{\n\"Statement\" : [ {one} ] }}\n"),
    ] {
        assert_eq!(Policy::parse(&text, BUCKET).map(|policy| policy.version()), Ok(Version::V2008), "{text}");
    }
}

#[test]
fn bucket_policies_say_who_does_what_to_this_bucket() {
    let syntax = "Invalid policy syntax.";
    let principal = "Invalid principal in policy";
    let action = "Policy has invalid action";
    let resource = "Policy has invalid resource";
    check(
        BUCKET,
        &[
            (&[("=Effect", "")], "Missing required field Effect"),
            (&[("Effect", r#""allow""#)], "Invalid effect: allow"),
            (&[("Effect", "true")], "Invalid effect: true"),
            (&[("Effect", "[]")], syntax),
            (&[("=Principal", "")], "Missing required field Principal"),
            (&[("Principal", "{}")], "Missing required field Principal cannot be empty!"),
            (&[("Principal", r#"{"AWS":[]}"#)], "Missing required field Principal cannot be empty!"),
            (&[("Principal", r#""arn:aws:iam::111122223333:root""#)], principal),
            (&[("Principal", r#"{"AWS":"anna"}"#)], principal),
            (&[("Principal", r#"{"AWS":"11112222333"}"#)], principal),
            (&[("Principal", r#"{"AWS":"arn:aws:iam::111122223333:user/*"}"#)], principal),
            (&[("Principal", r#"{"AWS":"arn:aws:iam::111122223333:group/a"}"#)], principal),
            (&[("Principal", r#"{"AWS":"arn:aws:s3:::bucket"}"#)], principal),
            (&[("Principal", r#"{"CanonicalUser":"abc"}"#)], principal),
            (&[("Principal", r#"{"Service":"*"}"#)], principal),
            (&[("Principal", r#"{"aws":"*"}"#)], principal),
            (&[("Principal", r#"["*"]"#)], principal),
            (&[("NotPrincipal", r#""*""#)], "Statement/policy already has instance of Principal"),
            (&[("=Principal", ""), ("NotPrincipal", r#""*""#)], "Allow with NotPrincipal is not allowed."),
            (&[("=Action", "")], "Missing required field Action"),
            (&[("Action", "[]")], "Missing required field Action cannot be empty!"),
            (&[("Action", "1")], syntax),
            (&[("Action", r#""GetObject""#)], action),
            (&[("Action", r#""s3:Nothing""#)], action),
            (&[("Action", r#""iam:GetUser""#)], action),
            (&[("Action", r#"["s3:GetObject","s3:"]"#)], action),
            (&[("NotAction", r#""s3:GetObject""#)], "Statement/policy already has instance of Action"),
            (&[("=Resource", "")], "Missing required field Resource"),
            (&[("Resource", "[]")], "Missing required field Resource cannot be empty!"),
            (&[("Resource", r#""*""#)], resource),
            (&[("Resource", r#""arn:aws:s3:::other/*""#)], resource),
            (&[("Resource", r#""arn:aws:s3:::bucket2/*""#)], resource),
            (&[("Resource", r#""arn:aws:s3:::buck/*""#)], resource),
            (&[("Resource", r#"["arn:aws:s3:::bucket/*","arn:aws:s3:::Bucket/*"]"#)], resource),
            (&[("Resource", r#""arn:aws:s3:eu-west-1::bucket/*""#)], resource),
            (&[("Resource", r#""bucket/*""#)], resource),
            (&[("Resource", r#""arn:aws:s3:::""#)], resource),
            (&[("Resource", r#""arn:aws:s3:::bucket/${aws:username""#)], resource),
            (&[("NotResource", r#""arn:aws:s3:::bucket""#)], "Statement/policy already has instance of Resource"),
            (&[("Resource", r#""arn:aws:s3:::bucket""#)], "Action does not apply to any resource(s) in statement"),
            (
                &[("Action", r#"["s3:GetObject","s3:ListBucket"]"#)],
                "Action does not apply to any resource(s) in statement",
            ),
            (&[("Sid", "1")], syntax),
            (&[("sid", r#""a""#)], "Unknown field sid"),
            (&[("Condition", "[]")], syntax),
            (&[("Condition", r#"{"StringEquals":[]}"#)], syntax),
            (&[("Condition", r#"{"StringIs":{"aws:username":"a"}}"#)], "Invalid Condition type : StringIs"),
            (&[("Condition", r#"{"StringEquals":{"s3:nothing":"a"}}"#)], "Policy has an invalid condition key"),
            (&[("Condition", r#"{"StringEquals":{"username":"a"}}"#)], "Policy has an invalid condition key"),
            (
                &[("Condition", r#"{"StringEquals":{"s3:ExistingObjectTag":"a"}}"#)],
                "Policy has an invalid condition key",
            ),
            (
                &[("Condition", r#"{"StringEquals":{"s3:prefix":"a"}}"#)],
                "Conditions do not apply to combination of actions and resources in statement",
            ),
            (
                &[("Condition", r#"{"StringEquals":{"s3:RequestObjectTag/a":"b"}}"#)],
                "Conditions do not apply to combination of actions and resources in statement",
            ),
            (&[("Condition", r#"{"IpAddress":{"aws:SourceIp":"300.0.0.0/8"}}"#)], "Invalid IP address in Conditions"),
        ],
    );
}

#[test]
fn bucket_policies_accept_what_s3_accepts() {
    let both = r#"["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]"#;
    let accepted: &[&[(&str, &str)]] = &[
        &[("Sid", r#""""#)],
        &[("Action", r#""s3:*""#)],
        &[("Action", r#""*""#), ("Resource", r#""arn:aws:s3:::bucket""#)],
        &[("Action", r#""s3:getobject""#)],
        &[("Action", r#"["s3:GetObject","s3:ListBucket"]"#), ("Resource", both)],
        &[("Action", r#""s3:ListBucket""#), ("Resource", r#""arn:aws:s3:::*""#)],
        &[("Resource", r#""arn:aws:s3:::*/*""#)],
        &[("Resource", r#""arn:aws:s3:::bucket*""#)],
        &[("Resource", r#""arn:aws:s3:::buck?t/*""#)],
        &[("Resource", r#""arn:aws-cn:s3:::bucket/*""#)],
        &[("Resource", r#""arn:aws:s3:::${aws:PrincipalTag/bucket}/*""#)],
        &[("=Action", ""), ("NotAction", r#""s3:ListBucket""#)],
        &[("=Resource", ""), ("NotResource", r#""arn:aws:s3:::bucket/public/*""#)],
        &[("Effect", r#""Deny""#), ("=Principal", ""), ("NotPrincipal", r#"{"AWS":"111122223333"}"#)],
        &[("Principal", r#"{"AWS":["111122223333","arn:aws:iam::111122223333:root"]}"#)],
        &[("Principal", r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/a/b"}"#)],
        &[("Principal", r#"{"AWS":"arn:aws:sts::111122223333:federated-user/a"}"#)],
        &[("Principal", r#"{"AWS":"AIDAABCDEFGHIJKLMNOPQ"}"#)],
        &[("Principal", r#"{"Service":"logging.s3.amazonaws.com","Federated":"cognito-identity.amazonaws.com"}"#)],
        &[("Condition", "{}")],
        &[("Condition", r#"{"StringEquals":{}}"#)],
        &[("Condition", r#"{"StringEquals":{"s3:ExistingObjectTag/a/b":["c"]}}"#)],
        &[("Condition", r#"{"StringEquals":{"aws:NewKey":"a","id.example.com:sub":"b"}}"#)],
        &[("Condition", r#"{"Bool":{"aws:SecureTransport":false},"NumericLessThan":{"s3:signatureAge":600000}}"#)],
        &[("Action", r#""s3:*""#), ("Condition", r#"{"StringLike":{"s3:prefix":"a*"}}"#)],
    ];
    for changes in accepted {
        let text = document(BUCKET, changes);
        assert_eq!(refusal(&text, BUCKET), format!("accepted: {text}"));
    }
    let sids = format!(
        r#"{{"Statement":[{},{}]}}"#,
        statement(BUCKET, &[("Sid", r#""a""#)]),
        statement(BUCKET, &[("Sid", r#""a""#), ("Action", r#""s3:PutObject""#)])
    );
    assert_eq!(refusal(&sids, BUCKET), "The Statement Ids in the policy are not unique");
}

#[test]
fn identity_policies_are_refused_in_iams_words() {
    let syntax = "Syntax errors in policy.";
    let legacy = "The policy failed legacy parsing";
    let vendor = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
    check(
        Kind::Identity,
        &[
            (&[("=Effect", "")], syntax),
            (&[("Effect", r#""invalid""#)], syntax),
            (&[("Effect", r#""denY""#)], legacy),
            (&[("Extra", r#""x""#)], syntax),
            (&[("Sid", "{}")], syntax),
            (&[("Principal", r#""*""#)], "Policy document should not specify a principal."),
            (&[("NotPrincipal", r#""*""#)], "Policy document should not specify a principal."),
            (&[("=Action", "")], "Policy statement must contain actions."),
            (&[("Action", "[]")], "Policy statement must contain actions."),
            (&[("Action", "{}")], syntax),
            (&[("Action", "[[]]")], syntax),
            (&[("NotAction", r#""s3:PutObject""#)], syntax),
            (&[("Action", r#""invalid""#)], vendor),
            (&[("Action", r#""""#)], vendor),
            (&[("Action", r#""a a:ListBucket""#)], "Vendor a a is not valid"),
            (&[("Action", r#"":GetObject""#)], "Vendor  is not valid"),
            (&[("Action", r#""s3:List:Bucket""#)], "Actions/Condition can contain only one colon."),
            (&[("=Resource", "")], "Policy statement must contain resources."),
            (&[("Resource", "[]")], "Policy statement must contain resources."),
            (&[("=Resource", ""), ("Action", r#""invalid""#)], "Policy statement must contain resources."),
            (&[("=Resource", ""), ("=Action", "")], "Policy statement must contain actions."),
            (&[("NotResource", "[]")], syntax),
            (&[("Resource", r#"{"a":"arn:aws:s3:::x"}"#)], syntax),
            (&[("Resource", r#""invalid resource""#)], "Resource invalid resource must be in ARN format or \"*\"."),
            (&[("Resource", r#""""#)], "Resource  must be in ARN format or \"*\"."),
            (&[("Resource", r#"["adf"]"#)], "Resource adf must be in ARN format or \"*\"."),
            (
                &[("Resource", r#""a:bsdfdsafsad""#)],
                "Partition \"bsdfdsafsad\" is not valid for resource \"arn:bsdfdsafsad:*:*:*:*\".",
            ),
            (&[("Resource", r#""a:b:cadfsdf""#)], "Partition \"b\" is not valid for resource \"arn:b:cadfsdf:*:*:*\"."),
            (
                &[("Resource", r#""a:b:c:d:e:f:g:h""#)],
                "Partition \"b\" is not valid for resource \"arn:b:c:d:e:f:g:h\".",
            ),
            (
                &[("Resource", r#""aws:s3:::example_bucket""#)],
                "Partition \"s3\" is not valid for resource \"arn:s3:::example_bucket:*\".",
            ),
            (
                &[("Resource", r#""s3::example-bucket/*""#)],
                "Partition \"\" is not valid for resource \"arn::example-bucket/*:*:*:*\".",
            ),
            (&[("Resource", r#""arn:aws""#)], "Resource vendor must be fully qualified and cannot contain regexes."),
            (&[("Resource", r#""arn:aws:s3::example_bucket""#)], legacy),
            (&[("Resource", r#""arn:aws::::example_bucket""#)], legacy),
            (&[("Resource", r#""arn:aws::fdsasf""#)], legacy),
            (
                &[("Resource", r#""arn:aws:s3:us-east-1::example_bucket""#)],
                "Resource arn:aws:s3:us-east-1::example_bucket can not contain region information.",
            ),
            (
                &[("Resource", r#""arn:aws:iam:us-east-1::example_bucket""#)],
                "IAM resource arn:aws:iam:us-east-1::example_bucket cannot contain region information.",
            ),
            (
                &[("Resource", r#""arn:aws:iam:::example_bucket""#)],
                "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, \
                 instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, \
                 access-report/.",
            ),
            (&[("Condition", "[]")], syntax),
            (&[("Condition", r#"{"a":"b"}"#)], syntax),
            (&[("Condition", r#"{"DateGreaterThan":"b"}"#)], syntax),
            (&[("Condition", r#"{"x":{"a":"1"}}"#)], syntax),
            (&[("Condition", r#"{"ForAnyValue::StringEqualsIfExists":{"a":"asf"}}"#)], syntax),
            (&[("Condition", r#"{"DateGreaterThan":{"a":"sdfdsf"}}"#)], legacy),
            (&[("Condition", r#"{"DateLessThanEquals":{"a":"234-13"}}"#)], legacy),
            (&[("Condition", r#"{"DateLessThanEquals":{"a":"2016-12-13t2:00:00.593194+1"}}"#)], legacy),
            (&[("Condition", r#"{"DateLessThan":{"a":"9223372036854775808"}}"#)], legacy),
        ],
    );
    for text in ["This is not a json document", "", "{}", r#"{"Version":"2012-10-17"}"#, r#"{"Statement":[]}"#] {
        assert_eq!(refusal(text, Kind::Identity), syntax, "{text}");
    }
    let sids = r#"{"Version":"2012-10-17","Statement":[
        {"Sid":"a","Effect":"Allow","Action":"s3:ListBucket","Resource":"*"},{"Sid":"a","Effect":"Allow"}]}"#;
    assert_eq!(refusal(sids, Kind::Identity), "Statement IDs (SID) in a single policy must be unique.");
}

#[test]
fn identity_policies_accept_what_iam_accepts() {
    let accepted: &[&[(&str, &str)]] = &[
        &[("Action", r#""iam: asdf safdsf af ""#)],
        &[("Action", r#""*""#)],
        &[("Action", r#""fsx:ListBucket""#)],
        &[("Resource", r#"["arn:aws:s3:::example_bucket","*"]"#)],
        &[("Resource", r#""arn:aws:iam:::user/example_bucket""#)],
        &[("Resource", r#""arn:aws:iam::*:*""#)],
        &[("Resource", r#""arn:aws:iam::111122223333:root""#)],
        &[("Resource", r#""arn:aws:iam::111122223333:mfa/${aws:username}""#)],
        &[("Resource", r#""arn:aws:fdsasf""#)],
        &[("Resource", r#""arn:aws:invalid-service:us-east-1::example_bucket""#)],
        &[("Resource", r#""arn:aws:s3:eu-west-1:111122223333:accesspoint/a/object/*""#)],
        &[("Condition", "{}")],
        &[("Condition", r#"{"DateGreaterThan":{}}"#)],
        &[("Condition", r#"{"DateGreaterThan":{"a":[]}}"#)],
        &[("Condition", r#"{"ForAllValues:StringEquals":{"aws:TagKeys":"Department"}}"#)],
        &[("Condition", r#"{"Bool":{"aws:MultiFactorAuthPresent":true}}"#)],
        &[("=Action", ""), ("NotAction", r#"["iam:*","sts:*"]"#)],
        &[("=Resource", ""), ("NotResource", r#""arn:aws:s3:::a/*""#)],
    ];
    for changes in accepted {
        let text = document(Kind::Identity, changes);
        assert_eq!(refusal(&text, Kind::Identity), format!("accepted: {text}"));
    }
    let old = format!(r#"{{"Statement":{}}}"#, statement(Kind::Identity, &[]));
    assert_eq!(Policy::parse(&old, Kind::Identity).map(|policy| policy.version()), Ok(Version::V2008));
}

#[test]
fn trust_policies_say_who_assumes_the_role() {
    let actions = "AssumeRole policy may only specify STS AssumeRole actions.";
    check(
        Kind::Trust,
        &[
            (&[("=Effect", "")], "Missing required field Effect"),
            (&[("Effect", r#""Permit""#)], "Invalid effect: Permit"),
            (&[("=Principal", "")], "Missing required field Principal"),
            (&[("Principal", "{}")], "Missing required field Principal cannot be empty!"),
            (&[("Principal", r#"{"AWS":"anna"}"#)], "Invalid principal in policy: \"AWS\":\"anna\""),
            (&[("Principal", r#"{"Who":"anna"}"#)], "Invalid principal in policy: \"Who\""),
            (
                &[(
                    "Principal",
                    r#"{"CanonicalUser":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#,
                )],
                "Invalid principal in policy: \"CanonicalUser\"",
            ),
            (&[("=Principal", ""), ("NotPrincipal", r#""*""#)], "Allow with NotPrincipal is not allowed."),
            (
                &[("Effect", r#""Deny""#), ("=Principal", ""), ("NotPrincipal", r#""*""#)],
                "AssumeRole policy must not contain NotPrincipal field.",
            ),
            (&[("=Action", "")], "Missing required field Action"),
            (&[("Action", r#""*""#)], actions),
            (&[("Action", r#""s3:GetObject""#)], actions),
            (&[("Action", r#""sts:GetCallerIdentity""#)], actions),
            (&[("Resource", r#""*""#)], "Has prohibited field Resource"),
            (&[("NotResource", r#""*""#)], "AssumeRole policy must not contain resources."),
            (&[("Condition", r#"{"StringIs":{"a":"b"}}"#)], "Invalid Condition type : StringIs"),
            (&[("Unknown", "1")], "Unknown field Unknown"),
        ],
    );
    assert_eq!(refusal("{invalid", Kind::Trust), "This policy contains invalid Json");
    assert_eq!(refusal(r#"{"Statement":[]}"#, Kind::Trust), "Could not parse the policy: Statement is empty!");
    let accepted: &[&[(&str, &str)]] = &[
        &[
            ("Principal", r#"{"Federated":"arn:aws:iam::111122223333:oidc-provider/id.example.com"}"#),
            ("Action", r#""sts:AssumeRoleWithWebIdentity""#),
        ],
        &[("Principal", r#"{"Service":["ec2.amazonaws.com","lambda.amazonaws.com"]}"#)],
        &[("Action", r#"["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]"#)],
        &[("Action", r#""sts:*""#)],
        &[(
            "Condition",
            r#"{"StringEquals":{"id.example.com:aud":"app"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
        )],
    ];
    for changes in accepted {
        let text = document(Kind::Trust, changes);
        assert_eq!(refusal(&text, Kind::Trust), format!("accepted: {text}"));
    }
}

#[test]
fn principals_keys_and_positions_are_as_written() {
    let text = "{\"Version\":\"2012-10-17\",\"Statement\":[\n  {\"Sid\":\"\u{e4}\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\
                [\"111122223333\",\"arn:aws:iam::444455556666:user/a\"]},\"Action\":\"s3:GetObject\",\n\"Resource\":\
                \"arn:aws:s3:::bucket/${aws:username}\",\"Condition\":{\"StringLike\":{\"aws:UserAgent\":\"${aws:Referer, 'x'}\"}}},\n\
                {\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"*\",\"Service\":\"a.example.com\",\"Federated\":\"b.example.com\"},\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::bucket\"}]}";
    let policy = Policy::parse(text, BUCKET).expect("valid");
    let principals: Vec<&str> = policy.principals().collect();
    assert_eq!(principals, ["111122223333", "arn:aws:iam::444455556666:user/a", "*"]);
    assert_eq!(policy.services().chain(policy.federated()).collect::<Vec<_>>(), ["a.example.com", "b.example.com"]);
    let keys: Vec<&str> = policy.context_keys().into_iter().collect();
    assert_eq!(keys, ["aws:Referer", "aws:UserAgent", "aws:username"]);
    let (first, second) = (policy.statement(0), policy.statement(1));
    assert_eq!((first.start, first.end.line), (Position { line: 2, column: 3 }, 3));
    assert_eq!((second.start, second.name()), (Position { line: 4, column: 1 }, "1".to_owned()));
    assert_eq!(first.name(), "\u{e4}");
}

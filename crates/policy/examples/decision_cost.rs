//! Prints what a decision costs: a bucket policy of 20 KB and a user with ten attached policies of 6 KB each, for a request
//! that the last policy allows and for one that nothing allows. CPU time, one thread.

use std::borrow::Cow;
use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;

use larder_policy::{Context, Documents, Kind, Named, Policy, Principal, Query, Values, evaluate, limits};
use larder_types::{AccountId, CanonicalUserId};

const ROUNDS: u32 = 200_000;

struct Request;

impl Context for Request {
    fn get(&self, key: &str, _suffix: Option<&str>) -> Option<Values<'_>> {
        let value = match key {
            "aws:sourceip" => "203.0.113.7",
            "aws:securetransport" => "true",
            "aws:username" => "anna",
            "aws:currenttime" => "2024-05-01T12:00:00Z",
            _ => return None,
        };
        Some(Values::One(Cow::Borrowed(value)))
    }
}

/// Largest managed policy, in characters.
const MAX_MANAGED_POLICY: usize = 6_144;

/// A bucket policy as large as one may be: partners with a prefix each, denials without TLS and from elsewhere.
fn bucket_policy() -> String {
    let mut text = r#"{"Version":"2012-10-17","Statement":[
{"Sid":"Tls","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::data","arn:aws:s3:::data/*"],
"Condition":{"Bool":{"aws:SecureTransport":"false"}}},
{"Sid":"Net","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::data/*",
"Condition":{"NotIpAddress":{"aws:SourceIp":["203.0.113.0/24","198.51.100.0/24","2001:db8::/32"]}}}"#
        .to_owned();
    for number in 0.. {
        let statement = format!(
            r#",
{{"Sid":"Partner{number}","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::2222333344{number:02}:role/partner"}},
"Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Resource":"arn:aws:s3:::data/partners/{number}/*",
"Condition":{{"StringEquals":{{"s3:signatureversion":"AWS4-HMAC-SHA256"}}}}}}"#
        );
        if text.len() + statement.len() + 2 > limits::MAX_BUCKET_POLICY_BYTES {
            break;
        }
        text += &statement;
    }
    text + "]}"
}

/// A managed policy as large as one may be, for the things of one team.
fn managed_policy(team: usize, allows_request: bool) -> String {
    let mut text = r#"{"Version":"2012-10-17","Statement":["#.to_owned();
    for number in 0.. {
        let mut statement = String::new();
        let (action, resource) = match number % 4 {
            0 => (
                r#"["s3:GetObject","s3:GetObjectVersion","s3:GetObjectTagging"]"#,
                format!("arn:aws:s3:::team-{team}-{number}/*"),
            ),
            1 => (r#"["s3:Get*","s3:List*"]"#, format!("arn:aws:s3:::team-{team}-{number}*")),
            2 => (
                r#"["iam:GetUser","iam:ListUsers","sts:AssumeRole"]"#,
                format!("arn:aws:iam::*:role/team-{team}-{number}"),
            ),
            _ => (r#""s3:*""#, format!("arn:aws:s3:::home-{team}-{number}/${{aws:username}}/*")),
        };
        let _ = write!(
            statement,
            r#"{{"Effect":"Allow","Action":{action},"Resource":"{resource}","Condition":{{"DateLessThan":{{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}}}}},"#
        );
        if text.len() + statement.len() + 120 > MAX_MANAGED_POLICY {
            break;
        }
        text += &statement;
    }
    let bucket = if allows_request { "data" } else { "other" };
    text + &format!(r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::{bucket}/*"}}]}}"#)
}

#[expect(clippy::print_stdout, reason = "printing is what it is for")]
fn main() {
    let bucket_text = bucket_policy();
    let bucket = Policy::parse(&bucket_text, Kind::Bucket("data")).expect("the bucket policy is valid");
    let texts: Vec<String> = (0..10).map(|team| managed_policy(team, team == 9)).collect();
    let managed: Vec<Policy> =
        texts.iter().map(|text| Policy::parse(text, Kind::Identity).expect("the managed policy is valid")).collect();
    let identity: Vec<Named<'_>> = managed.iter().map(|policy| Named { name: "managed", policy }).collect();
    let account = AccountId::from_number(111_122_223_333);
    let principal = Principal::User {
        account,
        canonical_id: CanonicalUserId::parse(&"a".repeat(64)).expect("64 digits"),
        arn: Arc::from("arn:aws:iam::111122223333:user/anna"),
        id: Arc::from("AIDAEXAMPLE"),
        name: Arc::from("anna"),
    };
    let documents = Documents {
        identity: &identity,
        resource: Some(Named { name: "bucket policy", policy: &bucket }),
        ..Documents::default()
    };
    let sizes: Vec<usize> = texts.iter().map(String::len).collect();
    println!("bucket policy {} bytes, {} managed policies of {:?} bytes", bucket_text.len(), sizes.len(), sizes);
    for (action, expected) in [("s3:GetObject", true), ("s3:PutObject", false), ("s3:DeleteObjectVersion", false)] {
        let query = Query {
            principal: &principal,
            action,
            resource: "arn:aws:s3:::data/reports/2024/05/summary.parquet",
            resource_account: account,
            context: &Request,
        };
        let start = cpu_nanos();
        for _ in 0..ROUNDS {
            let decision = evaluate(black_box(&query), black_box(&documents));
            assert_eq!(black_box(decision).allowed, expected);
        }
        let nanos = (cpu_nanos() - start) / u128::from(ROUNDS);
        let outcome = if expected { "allowed" } else { "denied" };
        println!("{action:24} {outcome:8} {nanos} ns CPU per decision");
    }
}

/// What this process has used of the processor, as Linux counts it.
fn cpu_nanos() -> u128 {
    let text = std::fs::read_to_string("/proc/self/schedstat").expect("this needs Linux");
    text.split(' ').next().and_then(|nanos| nanos.parse().ok()).expect("the first field is a time")
}

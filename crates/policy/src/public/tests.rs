//! "The meaning of 'public'", case by case.

use crate::{Kind, Policy};

fn is_public(statements: &str) -> bool {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    Policy::parse(&text, Kind::Bucket("bucket")).unwrap_or_else(|error| panic!("{error}: {text}")).is_public()
}

fn statement(effect: &str, principal: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect":"{effect}","Principal":{principal},"Action":"s3:*","Resource":"arn:aws:s3:::bucket/*","Condition":{condition}}}"#
    )
}

#[test]
fn fixed_principals_are_not_public() {
    for (principal, expected) in [
        (r#""*""#, true),
        (r#"{"AWS":"*"}"#, true),
        (r#"{"AWS":["111122223333","*"]}"#, true),
        (r#"{"AWS":"111122223333"}"#, false),
        (r#"{"AWS":"arn:aws:iam::111122223333:root"}"#, false),
        (r#"{"AWS":["arn:aws:iam::111122223333:user/a","arn:aws:iam::444455556666:role/b"]}"#, false),
        (r#"{"Service":"logging.s3.amazonaws.com"}"#, false),
        (r#"{"Federated":"cognito-identity.amazonaws.com"}"#, false),
    ] {
        assert_eq!(is_public(&statement("Allow", principal, "{}")), expected, "{principal}");
        assert!(!is_public(&statement("Deny", principal, "{}")), "{principal}");
    }
}

#[test]
fn fixed_values_of_some_keys_are_not_public() {
    for (condition, expected) in [
        ("{}", true),
        (r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, false),
        (r#"{"IpAddress":{"aws:SourceIp":"203.0.113.7"}}"#, false),
        (r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, false),
        (r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/7"}}"#, true),
        (r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#, true),
        (r#"{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","0.0.0.0/1"]}}"#, true),
        (r#"{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}"#, false),
        (r#"{"IpAddress":{"aws:SourceIp":"2001::/31"}}"#, true),
        (r#"{"IpAddress":{"aws:SourceIp":"::/0"}}"#, true),
        (r#"{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, true),
        (r#"{"IpAddressIfExists":{"aws:SourceIp":"203.0.113.0/24"}}"#, true),
        (r#"{"StringEquals":{"aws:SourceIp":"203.0.113.0/24"}}"#, true),
        (r#"{"StringEquals":{"aws:SourceVpc":"vpc-91237329"}}"#, false),
        (r#"{"StringLike":{"aws:SourceVpc":"vpc-91237329"}}"#, false),
        (r#"{"StringLike":{"aws:SourceVpc":"vpc-*"}}"#, true),
        (r#"{"StringEquals":{"aws:SourceVpc":"vpc-*"}}"#, false),
        (r#"{"StringEquals":{"aws:SourceVpc":"${aws:Referer}"}}"#, true),
        (r#"{"StringEquals":{"aws:SourceVpce":"vpce-1a2b3c4d"}}"#, false),
        (r#"{"StringNotEquals":{"aws:SourceVpce":"vpce-1a2b3c4d"}}"#, true),
        (r#"{"StringEqualsIfExists":{"aws:SourceVpce":"vpce-1a2b3c4d"}}"#, true),
        (r#"{"ForAllValues:StringEquals":{"aws:SourceVpce":"vpce-1a2b3c4d"}}"#, true),
        (r#"{"ForAnyValue:StringEquals":{"aws:SourceVpce":"vpce-1a2b3c4d"}}"#, false),
        (r#"{"StringEquals":{"aws:SourceAccount":"111122223333"}}"#, false),
        (r#"{"StringLike":{"aws:SourceAccount":"1111*"}}"#, true),
        (r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1234567890"}}"#, false),
        (r#"{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}"#, false),
        (r#"{"ArnEquals":{"aws:SourceArn":"arn:aws:s3:::source"}}"#, false),
        (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::source*"}}"#, true),
        (r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/a"}}"#, false),
        (r#"{"StringEquals":{"aws:userid":"AIDAEXAMPLE"}}"#, false),
        (r#"{"StringLike":{"aws:userid":"AROAEXAMPLE:*"}}"#, true),
        (r#"{"StringEquals":{"aws:userid":"anonymous"}}"#, true),
        (r#"{"StringEquals":{"aws:userid":["AIDAEXAMPLE","anonymous"]}}"#, true),
        (r#"{"StringEqualsIgnoreCase":{"aws:userid":"ANONYMOUS"}}"#, true),
        (r#"{"StringEquals":{"aws:userid":"anonymous","aws:SourceAccount":"111122223333"}}"#, false),
        (r#"{"StringLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:111122223333:accesspoint/*"}}"#, false),
        (r#"{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:111122223333:accesspoint/*"}}"#, false),
        (r#"{"StringLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:*:accesspoint/a"}}"#, true),
        (r#"{"StringEquals":{"s3:DataAccessPointAccount":"111122223333"}}"#, false),
        (r#"{"StringEquals":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:a:1:key/b"}}"#, false),
        (r#"{"StringEquals":{"aws:Referer":"https://example.com/"}}"#, true),
        (r#"{"StringEquals":{"aws:UserAgent":"x"},"Bool":{"aws:SecureTransport":"true"}}"#, true),
        (r#"{"StringEquals":{"aws:UserAgent":"x","aws:SourceAccount":"111122223333"}}"#, false),
        (r#"{"StringEquals":{"AWS:sourceACCOUNT":"111122223333"}}"#, false),
        (r#"{"Null":{"aws:SourceVpc":"false"}}"#, true),
    ] {
        assert_eq!(is_public(&statement("Allow", r#""*""#, condition)), expected, "{condition}");
    }
}

#[test]
fn one_public_statement_makes_the_policy_public() {
    let private = statement("Allow", r#"{"AWS":"111122223333"}"#, "{}");
    let public = statement("Allow", r#""*""#, "{}");
    let denial = statement("Deny", r#""*""#, "{}");
    assert!(!is_public(&private));
    assert!(!is_public(&format!("{private},{denial}")));
    assert!(is_public(&format!("{private},{public}")));
    assert!(is_public(&format!("{public},{denial}")));
}

//! What a request must look like before its signature is even computed, and the errors it gets otherwise.

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use larder_sigv4::{AuthError, Credential, Payload, Request, V4Auth, parse};

const SCOPE: &str = "AKID/20130524/us-east-1/s3/aws4_request";

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        map.append(name, HeaderValue::from_str(value).expect("a header value"));
    }
    map
}

fn authorization(scope: &str, signed: &str) -> String {
    format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={signed}, Signature={}", "0".repeat(64))
}

fn good() -> Vec<(&'static str, String)> {
    vec![
        ("host", "h".into()),
        ("x-amz-date", "20130524T000000Z".into()),
        ("x-amz-content-sha256", "UNSIGNED-PAYLOAD".into()),
        ("authorization", authorization(SCOPE, "host;x-amz-date")),
    ]
}

fn with(changes: &[(&'static str, Option<&str>)]) -> Result<Credential<'static>, AuthError> {
    let mut pairs = good();
    for (name, value) in changes {
        pairs.retain(|(known, _)| known != name);
        if let Some(value) = value {
            pairs.push((name, (*value).to_owned()));
        }
    }
    let borrowed: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // Leaked: the claim borrows from the headers, and a test ends soon.
    let map: &'static HeaderMap = Box::leak(Box::new(headers(&borrowed)));
    parse(&Request { method: "GET", path: b"/", query: "", headers: map })
}

fn auth(result: Result<Credential<'static>, AuthError>) -> V4Auth<'static> {
    match result.expect("parses") {
        Credential::V4(auth) => *auth,
        other => panic!("not SigV4: {other:?}"),
    }
}

#[test]
fn a_request_without_credentials_is_anonymous() {
    let map = headers(&[("host", "h"), ("x-amz-acl", "private")]);
    let request = Request { method: "GET", path: b"/", query: "Expires=1&x-amz-date=1", headers: &map };
    assert_eq!(parse(&request), Ok(Credential::Anonymous));
}

#[test]
fn only_one_mechanism_is_allowed() {
    let map = headers(&[("host", "h"), ("authorization", "AWS a:b")]);
    let none = headers(&[("host", "h")]);
    let two = headers(&[("host", "h"), ("authorization", "AWS a:b"), ("authorization", "AWS a:c")]);
    for (query, headers) in [
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256", &map),
        ("Signature=x&AWSAccessKeyId=y&Expires=1", &map),
        ("Signature=x&X-Amz-Signature=y", &none),
        ("", &two),
    ] {
        let error = parse(&Request { method: "GET", path: b"/", query, headers }).expect_err(query);
        assert!(error.to_string().starts_with("Only one auth mechanism allowed"), "{query}: {error}");
        assert!(matches!(error, AuthError::InvalidArgument { ref name, .. } if name == "Authorization"));
    }
}

#[test]
fn malformed_authorization_headers_say_why() {
    let credential = |scope| authorization(scope, "host;x-amz-date");
    let zero = "0".repeat(64);
    for (value, message) in [
        ("AWS4-HMAC-SHA256".to_owned(), "one and only one ' ' (space) required"),
        ("Bearer abc".to_owned(), "Unsupported Authorization Type"),
        ("AWS4-HMAC-SHA512 Credential=a".to_owned(), "Unsupported Authorization Type"),
        ("AWS AKID".to_owned(), "Expected AwsAccessKeyId:signature"),
        ("AWS4-HMAC-SHA256 nonsense".to_owned(), "the authorization component \"nonsense\" is malformed."),
        (format!("AWS4-HMAC-SHA256 SignedHeaders=host, Signature={zero}"), "missing Credential."),
        (format!("AWS4-HMAC-SHA256 Credential={SCOPE}, Signature={zero}"), "missing SignedHeaders."),
        (format!("AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host"), "missing Signature."),
        (credential("AKID/20130524/s3/aws4_request"), "the Credential is mal-formed; expecting"),
        (credential("AKID/2013/us-east-1/s3/aws4_request"), "incorrect date format \"2013\""),
        (credential("AKID/20130524/us-east-1/s3/aws3_request"), "incorrect terminal \"aws3_request\""),
        (credential("AKID/20130525/us-east-1/s3/aws4_request"), "Invalid credential date \"20130525\""),
        (authorization(SCOPE, "host;;x-amz-date"), "the SignedHeaders component is malformed."),
    ] {
        let error = with(&[("authorization", Some(&value))]).expect_err(&value).to_string();
        assert!(error.contains(message), "{value}: {error}");
    }
}

#[test]
fn a_date_is_required_and_the_date_header_will_do() {
    assert_eq!(with(&[("x-amz-date", None)]), Err(AuthError::MissingDate));
    assert_eq!(with(&[("x-amz-date", Some("yesterday"))]), Err(AuthError::MissingDate));
    let value = authorization(SCOPE, "date;host");
    let date = Some("Fri, 24 May 2013 00:00:00 GMT");
    let result = with(&[("x-amz-date", None), ("date", date), ("authorization", Some(&value))]);
    assert_eq!(auth(result).date.as_str(), "20130524T000000Z");
}

#[test]
fn headers_that_change_a_request_must_be_signed() {
    let unsigned = |changes: &[(&'static str, Option<&str>)]| match with(changes) {
        Err(AuthError::HeadersNotSigned { headers }) => headers,
        other => panic!("accepted: {other:?}"),
    };
    assert_eq!(unsigned(&[("x-amz-acl", Some("public-read"))]), ["x-amz-acl"]);
    assert_eq!(
        unsigned(&[("content-md5", Some("x")), ("x-amz-tagging", Some("a=b"))]),
        ["content-md5", "x-amz-tagging"]
    );
    let value = authorization(SCOPE, "x-amz-date");
    assert_eq!(unsigned(&[("authorization", Some(&value))]), ["host"]);
    let value = authorization(SCOPE, "host");
    assert_eq!(unsigned(&[("authorization", Some(&value))]), ["x-amz-date"]);
    // Neither changes what is done, and proxies and browsers add them.
    assert!(with(&[("content-type", Some("a/b")), ("x-amzn-trace-id", Some("1"))]).is_ok());
}

#[test]
fn the_payload_header_is_required_by_s3_only() {
    assert_eq!(with(&[("x-amz-content-sha256", None)]), Err(AuthError::MissingContentSha256));
    let value = authorization("AKID/20130524/us-east-1/iam/aws4_request", "host;x-amz-date");
    let iam = auth(with(&[("x-amz-content-sha256", None), ("authorization", Some(&value))]));
    assert_eq!((iam.payload, iam.credential.service()), (Payload::Body, "iam"));
    assert!(with(&[("x-amz-content-sha256", Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"))]).is_ok());
    for value in ["abc", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"] {
        let error = with(&[("x-amz-content-sha256", Some(value))]).expect_err(value);
        assert!(matches!(error, AuthError::InvalidArgument { .. }), "{error}");
    }
}

#[test]
fn times_are_checked_to_the_second() {
    let signed = auth(with(&[]));
    let at = |offset: i64| Timestamp::from_second(1_369_353_600 + offset).expect("in range");
    for offset in [-900, 0, 900] {
        assert_eq!(signed.check_time(at(offset)), Ok(()));
    }
    for offset in [-901, 901] {
        let error = signed.check_time(at(offset)).expect_err("too far");
        assert!(
            matches!(error, AuthError::RequestTimeTooSkewed { ref request_time, .. } if request_time == "20130524T000000Z")
        );
    }
    let mut presigned = signed.clone();
    presigned.expires = Some(3600);
    for offset in [-900, 0, 3600] {
        assert_eq!(presigned.check_time(at(offset)), Ok(()));
    }
    assert_eq!(presigned.check_time(at(-901)), Err(AuthError::NotYetValid));
    assert_eq!(
        presigned.check_time(at(3601)),
        Err(AuthError::RequestExpired {
            expires_seconds: Some(3600),
            expires: "2013-05-24T01:00:00Z".into(),
            server_time: "2013-05-24T01:00:01Z".into(),
        })
    );
}

#[test]
fn the_region_must_be_ours() {
    let signed = auth(with(&[]));
    assert_eq!(signed.check_region("us-east-1"), Ok(()));
    let error = signed.check_region("eu-west-1").expect_err("another region");
    let message = "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'";
    assert_eq!(error.to_string(), message);
    assert!(matches!(error, AuthError::HeaderMalformed { region: Some(ref region), .. } if region == "eu-west-1"));
    assert!(
        signed
            .wrong_service("iam")
            .to_string()
            .ends_with("incorrect service \"s3\". This endpoint belongs to \"iam\".")
    );
}

fn presigned(change: impl Fn(String) -> String) -> Result<Credential<'static>, AuthError> {
    let query = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date=20130524T000000Z&X-Amz-Expires=60&\
         X-Amz-SignedHeaders=host&X-Amz-Signature=00",
        SCOPE.replace('/', "%2F")
    );
    let query: &'static str = Box::leak(change(query).into_boxed_str());
    let map: &'static HeaderMap = Box::leak(Box::new(headers(&[("host", "h")])));
    parse(&Request { method: "GET", path: b"/", query, headers: map })
}

#[test]
fn presigned_urls_need_every_parameter_once() {
    assert!(presigned(|query| query).is_ok());
    for name in ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"] {
        let renamed = presigned(|query| query.replace(&format!("X-Amz-{name}="), "other=")).expect_err(name);
        assert!(renamed.to_string().starts_with("Query-string authentication version 4 requires"), "{name}: {renamed}");
        let twice = presigned(|query| format!("{query}&X-Amz-{name}=1")).expect_err(name);
        assert!(matches!(twice, AuthError::QueryParameters { .. }), "{name}: {twice}");
    }
}

#[test]
fn malformed_presigned_urls_say_why() {
    for (from, to, message) in [
        ("HMAC-SHA256", "HMAC-SHA1", "X-Amz-Algorithm only supports"),
        ("=AKID%2F", "=", "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed"),
        ("20130524%2F", "20130525%2F", "Invalid credential date"),
        ("20130524T000000Z", "2013-05-24", "X-Amz-Date must be in the ISO8601 Long Format"),
        ("Expires=60", "Expires=x", "X-Amz-Expires should be a number"),
        ("Expires=60", "Expires=-1", "X-Amz-Expires must be non-negative"),
        ("Expires=60", "Expires=604801", "X-Amz-Expires must be less than a week"),
        ("SignedHeaders=host", "SignedHeaders=host%0Ax", "X-Amz-SignedHeaders is malformed"),
    ] {
        let error = presigned(|query| query.replace(from, to)).expect_err(to).to_string();
        assert!(error.contains(message), "{to}: {error}");
    }
    let error = presigned(|query| query.replace("=host", "=range")).expect_err("host is not signed");
    assert_eq!(error, AuthError::HeadersNotSigned { headers: vec!["host".into()] });
}

#[test]
fn version_2_urls_need_every_parameter() {
    let map = headers(&[("host", "h")]);
    for query in ["Signature=x", "AWSAccessKeyId=a&Signature=x", "AWSAccessKeyId=a&Expires=1", "Signature=x&Expires=1"]
    {
        let error = parse(&Request { method: "GET", path: b"/", query, headers: &map }).expect_err(query);
        assert_eq!(error, AuthError::MissingV2Parameters, "{query}");
    }
    let query = "AWSAccessKeyId=a&Signature=x&Expires=never";
    assert!(parse(&Request { method: "GET", path: b"/", query, headers: &map }).is_err());
}

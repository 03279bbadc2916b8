//! Requests signed by botocore 1.x (access key `AKID`, secret `secret`, a session token) for keys and queries that are
//! awkward to encode: SigV4 and SigV2, in the header and in the query.

use http::{HeaderMap, HeaderName, HeaderValue};
use larder_sigv4::{Credential, Request, SigningKey, parse};
use serde_json::Value;

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

#[test]
fn requests_signed_by_botocore_verify() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("data/botocore.json")).expect("JSON");
    for case in &cases {
        let mut headers = HeaderMap::new();
        for pair in case["headers"].as_array().expect("a list") {
            let name = HeaderName::from_bytes(text(&pair[0]).as_bytes()).expect("a header name");
            headers.append(name, HeaderValue::from_str(text(&pair[1])).expect("a header value"));
        }
        let (method, path, query) = (text(&case["method"]), text(&case["path"]), text(&case["query"]));
        let request = Request { method, path: path.as_bytes(), query, headers: &headers };
        let (kind, token, result) = match parse(&request).expect("parses") {
            Credential::V4(auth) => {
                let key = SigningKey::derive("secret", auth.credential.date(), auth.credential.region(), "s3");
                ("v4", auth.security_token.clone(), auth.verify(&request, &key, None))
            }
            Credential::V2(auth) => ("v2", auth.security_token.clone(), auth.verify(&request, "secret", None)),
            Credential::Anonymous => panic!("no credential: {case}"),
        };
        assert!(text(&case["kind"]).starts_with(kind), "{case}");
        assert_eq!(token.as_deref(), Some("tok/en+="), "{case}");
        assert_eq!(result, Ok(()), "{case}");
    }
    assert_eq!(cases.len(), 36);
}

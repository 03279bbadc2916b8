//! How generated requests are read from address, query and headers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use http::{HeaderMap, HeaderName, HeaderValue};
use larder_wire::decode::RequestParts;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::enums::*;
use larder_wire::generated::s3::*;
use larder_wire::query::Query;

struct Request {
    query: Query,
    headers: HeaderMap,
}

impl Request {
    fn new(query: &str, headers: &[(&str, &str)]) -> Self {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        Request { query: Query::parse(query).unwrap(), headers: map }
    }

    fn parts(&self) -> RequestParts<'_> {
        RequestParts { bucket: Some("bucket"), key: Some("key"), query: &self.query, headers: &self.headers }
    }
}

fn put(query: &str, headers: &[(&str, &str)]) -> Result<PutObjectInput, S3Error> {
    PutObjectInput::decode(&Request::new(query, headers).parts(), b"")
}

fn list(query: &str) -> Result<ListObjectsInput, S3Error> {
    ListObjectsInput::decode(&Request::new(query, &[]).parts(), b"")
}

#[track_caller]
fn assert_argument(error: S3Error, name: &str, value: &str, message: &str) {
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
    assert_eq!(error.extra_value("ArgumentName"), Some(name));
    assert_eq!(error.extra_value("ArgumentValue"), Some(value));
    assert_eq!(error.message(), message);
}

#[test]
fn an_upload() {
    let input = put(
        "",
        &[
            ("Content-Length", "12"),
            ("content-type", "text/plain"),
            ("x-amz-storage-class", "STANDARD_IA"),
            ("x-amz-acl", "nonsense"),
            ("x-amz-object-lock-retain-until-date", "2030-01-01T00:00:00.000Z"),
            ("x-amz-server-side-encryption-bucket-key-enabled", "True"),
            ("X-Amz-Meta-One", "1"),
            ("x-amz-meta-one", "2"),
            ("x-amz-meta-two", "caf\u{e9}"),
            ("x-unrelated", "value"),
        ],
    )
    .unwrap();
    assert_eq!((input.bucket.as_str(), input.key.as_str()), ("bucket", "key"));
    assert_eq!(input.content_length, Some(12));
    assert_eq!(input.storage_class, Some(StorageClass::StandardIa));
    assert_eq!(input.acl, Some(ObjectCannedAcl::Unknown("nonsense".to_owned())));
    assert_eq!(input.object_lock_retain_until_date.unwrap().to_string(), "2030-01-01T00:00:00Z");
    assert_eq!(input.bucket_key_enabled, Some(true));
    let expected = [("one", "1,2"), ("two", "caf\u{e9}")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(input.metadata, expected);
}

#[test]
fn a_presigned_query_stands_for_headers_and_yields_to_them() {
    let query = "X-Amz-Acl=public-read&x-amz-meta-a=1&X-Amz-Storage-Class=GLACIER&X-Amz-Signature=abc";
    let input = put(query, &[("x-amz-storage-class", "STANDARD")]).unwrap();
    assert_eq!(input.acl, Some(ObjectCannedAcl::PublicRead));
    assert_eq!(input.storage_class, Some(StorageClass::Standard));
    assert_eq!(input.metadata, [("a".to_owned(), "1".to_owned())]);
}

#[test]
fn numbers_that_are_none_are_named() {
    let unreadable = "Provided max-keys not an integer or within integer range";
    for value in ["blah", "1.5", "99999999999", "999999999999999999999"] {
        assert_argument(list(&format!("max-keys={value}")).unwrap_err(), "max-keys", value, unreadable);
    }
    let negative = "Argument maxKeys must be an integer between 0 and 2147483647";
    assert_argument(list("max-keys=-1").unwrap_err(), "maxKeys", "-1", negative);
    assert_eq!(list("max-keys=").unwrap().max_keys, None);
    assert_eq!(list("max-keys=0").unwrap().max_keys, Some(0));

    let part = |query: &str| UploadPartInput::decode(&Request::new(query, &[]).parts(), b"");
    let range = "Part number must be an integer between 1 and 10000, inclusive";
    for value in ["0", "10001", "-1", "x"] {
        assert_argument(part(&format!("partNumber={value}&uploadId=u")).unwrap_err(), "partNumber", value, range);
    }
    assert_eq!(part("partNumber=10000&uploadId=u").unwrap().part_number, 10_000);
    assert_eq!(part("partNumber=1").unwrap_err().code(), ErrorCode::InvalidRequest);
}

#[test]
fn an_encoding_that_s3_does_not_know_is_refused() {
    let message = "Invalid Encoding Method specified in Request";
    assert_argument(list("encoding-type=base64").unwrap_err(), "encoding-type", "base64", message);
    assert_eq!(list("encoding-type=url").unwrap().encoding_type, Some(EncodingType::Url));
}

#[test]
fn dates_of_conditions_are_ignored_when_unreadable_and_those_of_locks_refused() {
    let get = |value: &str| {
        let request = Request::new("response-expires=foo", &[("if-modified-since", value)]);
        GetObjectInput::decode(&request.parts(), b"").unwrap()
    };
    assert_eq!(get("yesterday").if_modified_since, None);
    assert_eq!(get("Sun, 06 Nov 9999 08:49:37 GMT").if_modified_since.unwrap().to_string(), "9999-11-06T08:49:37Z");
    assert_eq!(get("x").response_expires.as_deref(), Some("foo"));
    let name = "x-amz-object-lock-retain-until-date";
    for value in ["tomorrow", "99999-01-01T00:00:00Z", "-0001-01-01T00:00:00Z"] {
        let message = "The retain until date must be provided in ISO 8601 format";
        assert_argument(put("", &[(name, value)]).unwrap_err(), name, value, message);
    }
}

#[test]
fn what_must_be_there_is_asked_for() {
    let query = Query::default();
    let headers = HeaderMap::new();
    let parts = RequestParts { bucket: None, key: None, query: &query, headers: &headers };
    assert_eq!(HeadBucketInput::decode(&parts, b"").unwrap_err().code(), ErrorCode::InvalidBucketName);
    assert!(ListBucketsInput::decode(&parts, b"").is_ok());

    let request = Request::new("", &[]);
    let error = CopyObjectInput::decode(&request.parts(), b"").unwrap_err();
    assert_eq!(error.message(), "Missing required header for this request: x-amz-copy-source");
    let error = GetObjectAttributesInput::decode(&request.parts(), b"").unwrap_err();
    assert_eq!(error.message(), "Missing required header for this request: x-amz-object-attributes");
    let request = Request::new("", &[("x-amz-object-attributes", "ETag, ObjectSize"), ("x-amz-max-parts", "3")]);
    let input = GetObjectAttributesInput::decode(&request.parts(), b"").unwrap();
    assert_eq!(input.object_attributes, [ObjectAttributes::Etag, ObjectAttributes::ObjectSize]);
    assert_eq!(input.max_parts, Some(3));
}

#[test]
fn keys_do_not_reach_a_log() {
    let name = "x-amz-server-side-encryption-customer-key";
    let input = put("", &[(name, "c2VjcmV0"), ("content-type", "text/plain")]).unwrap();
    let debug = format!("{input:?}");
    assert!(!debug.contains("c2VjcmV0") && debug.contains("text/plain"), "{debug}");
    assert_eq!(input.sse_customer_key.as_deref(), Some("c2VjcmV0"));
}

//! Requests and the operations they are, or the errors they get.

use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use larder_wire::address::Level;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::operation::table::{self, ROWS};
use larder_wire::operation::{Operation, SUBRESOURCES, Selector, Verb, subresource_type};
use larder_wire::query::Query;
use larder_wire::route::route;

use Level::{Bucket, Object, Service};

fn routed(method: &str, level: Level, query: &str, headers: &HeaderMap) -> Result<Operation, S3Error> {
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    route(&method, level, &Query::parse(query).expect("a query"), headers)
}

fn bare(method: &str, level: Level, query: &str) -> Result<Operation, S3Error> {
    routed(method, level, query, &HeaderMap::new())
}

fn code(result: Result<Operation, S3Error>) -> ErrorCode {
    result.expect_err("an error").code()
}

fn with_header(name: &'static str, value: &'static str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(name, HeaderValue::from_static(value));
    headers
}

#[test]
fn requests_of_common_clients() {
    for (method, level, query, expected) in [
        ("GET", Service, "", Operation::ListBuckets),
        ("GET", Service, "x-id=ListBuckets", Operation::ListBuckets),
        ("GET", Service, "max-buckets=10&prefix=&continuation-token=", Operation::ListBuckets),
        ("GET", Service, "max-directory-buckets=10", Operation::ListDirectoryBuckets),
        ("HEAD", Bucket, "", Operation::HeadBucket),
        ("PUT", Bucket, "", Operation::CreateBucket),
        ("DELETE", Bucket, "", Operation::DeleteBucket),
        ("GET", Bucket, "", Operation::ListObjects),
        ("GET", Bucket, "delimiter=%2F&prefix=&max-keys=1000&encoding-type=url", Operation::ListObjects),
        ("GET", Bucket, "list-type=2&prefix=a&delimiter=", Operation::ListObjectsV2),
        ("GET", Bucket, "prefix=a&list-type=2&metadata=true", Operation::ListObjectsV2),
        ("GET", Bucket, "list-type=2&marker=", Operation::ListObjectsV2),
        ("GET", Bucket, "versions", Operation::ListObjectVersions),
        ("GET", Bucket, "versions=&key-marker=&version-id-marker=", Operation::ListObjectVersions),
        ("GET", Bucket, "uploads", Operation::ListMultipartUploads),
        ("GET", Bucket, "location", Operation::GetBucketLocation),
        ("GET", Bucket, "acl", Operation::GetBucketAcl),
        ("GET", Bucket, "inventory&id=a", Operation::GetBucketInventoryConfiguration),
        ("GET", Bucket, "inventory", Operation::ListBucketInventoryConfigurations),
        ("GET", Bucket, "inventory&continuation-token=x", Operation::ListBucketInventoryConfigurations),
        ("GET", Bucket, "x-id=GetBucketPolicy&policy", Operation::GetBucketPolicy),
        ("GET", Bucket, "policyStatus", Operation::GetBucketPolicyStatus),
        ("GET", Bucket, "object-lock", Operation::GetObjectLockConfiguration),
        ("GET", Bucket, "session", Operation::CreateSession),
        ("PUT", Bucket, "lifecycle", Operation::PutBucketLifecycleConfiguration),
        ("PUT", Bucket, "metadataJournalTable", Operation::UpdateBucketMetadataJournalTableConfiguration),
        ("PUT", Bucket, "metrics&id=", Operation::PutBucketMetricsConfiguration),
        ("POST", Bucket, "delete", Operation::DeleteObjects),
        ("POST", Bucket, "delete=&x-id=DeleteObjects", Operation::DeleteObjects),
        ("POST", Bucket, "metadataConfiguration", Operation::CreateBucketMetadataConfiguration),
        ("DELETE", Bucket, "metadataConfiguration", Operation::DeleteBucketMetadataConfiguration),
        ("DELETE", Bucket, "policy", Operation::DeleteBucketPolicy),
        ("GET", Object, "", Operation::GetObject),
        ("GET", Object, "versionId=null", Operation::GetObject),
        ("GET", Object, "partNumber=3", Operation::GetObject),
        ("GET", Object, "response-content-type=a&response-expires=", Operation::GetObject),
        ("GET", Object, "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00", Operation::GetObject),
        ("GET", Object, "AWSAccessKeyId=A&Expires=1&Signature=S", Operation::GetObject),
        ("GET", Object, "acl&versionId=3", Operation::GetObjectAcl),
        ("GET", Object, "attributes", Operation::GetObjectAttributes),
        ("GET", Object, "uploadId=u&max-parts=2", Operation::ListParts),
        ("GET", Object, "torrent", Operation::GetObjectTorrent),
        ("HEAD", Object, "partNumber=1&versionId=v", Operation::HeadObject),
        ("PUT", Object, "", Operation::PutObject),
        ("PUT", Object, "x-id=PutObject", Operation::PutObject),
        ("PUT", Object, "X-Amz-Date=d&x-amz-acl=private&x-amz-meta-a=b", Operation::PutObject),
        ("PUT", Object, "Content-Type=image%2Fpng&X-Amz-Algorithm=AWS4-HMAC-SHA256", Operation::PutObject),
        ("PUT", Object, "partNumber=1&uploadId=u", Operation::UploadPart),
        ("PUT", Object, "uploadId=&partNumber=", Operation::UploadPart),
        ("PUT", Object, "renameObject", Operation::RenameObject),
        ("PUT", Object, "encryption", Operation::UpdateObjectEncryption),
        ("PUT", Object, "tagging&versionId=v", Operation::PutObjectTagging),
        ("POST", Object, "uploads", Operation::CreateMultipartUpload),
        ("POST", Object, "uploadId=u", Operation::CompleteMultipartUpload),
        ("POST", Object, "restore&versionId=v", Operation::RestoreObject),
        ("POST", Object, "select&select-type=2", Operation::SelectObjectContent),
        ("DELETE", Object, "", Operation::DeleteObject),
        ("DELETE", Object, "versionId=v", Operation::DeleteObject),
        ("DELETE", Object, "uploadId", Operation::AbortMultipartUpload),
        ("DELETE", Object, "tagging", Operation::DeleteObjectTagging),
        ("OPTIONS", Object, "anything", Operation::Preflight),
        ("OPTIONS", Service, "", Operation::Preflight),
    ] {
        match bare(method, level, query) {
            Ok(operation) => assert_eq!(operation, expected, "{method} {level:?} ?{query}"),
            Err(error) => panic!("{method} {level:?} ?{query}: {error}"),
        }
    }
}

#[test]
fn headers_choose_copies_and_forms() {
    let copy = with_header("x-amz-copy-source", "/a/b");
    assert_eq!(routed("PUT", Object, "", &copy).unwrap(), Operation::CopyObject);
    assert_eq!(routed("PUT", Object, "x-id=CopyObject", &copy).unwrap(), Operation::CopyObject);
    assert_eq!(routed("PUT", Object, "partNumber=1&uploadId=u", &copy).unwrap(), Operation::UploadPartCopy);
    assert_eq!(routed("PUT", Object, "acl", &copy).unwrap(), Operation::PutObjectAcl);
    assert_eq!(routed("GET", Object, "", &copy).unwrap(), Operation::GetObject);
    let form = with_header(CONTENT_TYPE.as_str(), "Multipart/Form-Data; boundary=x");
    assert_eq!(routed("POST", Bucket, "", &form).unwrap(), Operation::PostObject);
    assert_eq!(routed("POST", Bucket, "delete", &form).unwrap(), Operation::DeleteObjects);
    assert_eq!(code(routed("POST", Bucket, "renameObject", &form)), ErrorCode::NotImplemented);
    let other = with_header(CONTENT_TYPE.as_str(), "multipart/mixed");
    assert_eq!(code(routed("POST", Bucket, "", &other)), ErrorCode::RequestIsNotMultiPartContent);
    assert_eq!(code(routed("POST", Object, "", &form)), ErrorCode::MethodNotAllowed);
}

/// What is not known is never the plain operation.
#[test]
fn unknown_requests_are_refused() {
    for (method, level, query) in [
        ("DELETE", Bucket, "newConfiguration"),
        ("DELETE", Bucket, "newConfiguration="),
        ("DELETE", Bucket, "newConfiguration=1"),
        ("DELETE", Bucket, "MetadataConfiguration"),
        ("DELETE", Bucket, "metadataconfiguration"),
        ("DELETE", Bucket, "prefix=a"),
        ("DELETE", Bucket, "id=a"),
        ("DELETE", Bucket, "x-idd"),
        ("DELETE", Bucket, "%20policy"),
        ("DELETE", Bucket, "=policy"),
        ("DELETE", Bucket, "expires=1"),
        ("DELETE", Object, "annotation&annotationName=a"),
        ("DELETE", Object, "restore2"),
        ("DELETE", Object, "retry=1"),
        ("DELETE", Object, "website"),
        ("PUT", Object, "annotation&annotationName=a"),
        ("PUT", Object, "append&position=0"),
        ("PUT", Object, "partNumber=1"),
        ("PUT", Object, "foo=bar"),
        ("PUT", Object, "If-None-Match=*"),
        ("PUT", Object, "response-content-type=a"),
        ("PUT", Object, "X-Amz-Copy-Source=/a/b"),
        ("PUT", Object, "x-amz-copy-source=/a/b&uploadId=u&partNumber=1"),
        ("PUT", Bucket, "metadataAnnotationTable"),
        ("PUT", Bucket, "list-type=2"),
        ("POST", Object, "append"),
        ("POST", Bucket, "foo"),
        ("GET", Bucket, "futureConfiguration"),
        ("GET", Object, "future-thing"),
        ("GET", Object, "future="),
        ("GET", Object, "annotations"),
        ("GET", Object, "annotation&annotationName=a"),
        ("GET", Object, "location"),
        ("HEAD", Object, "annotation"),
        ("GET", Service, "acl"),
    ] {
        let error = bare(method, level, query).expect_err(query);
        assert_eq!(error.code(), ErrorCode::NotImplemented, "{method} {level:?} ?{query}");
        assert_eq!(error.status().as_u16(), 501);
    }
}

#[test]
fn reads_ignore_what_pages_append() {
    for (method, level, query) in [
        ("GET", Object, "v=3"),
        ("GET", Object, "1699999999"),
        ("GET", Object, "v1.2"),
        ("GET", Object, "utm_source=x&fbclid=y"),
        ("HEAD", Object, "cache=no"),
        ("GET", Bucket, "prefix=a&foo=bar"),
        ("HEAD", Bucket, "prefix="),
        ("GET", Object, "select-type=2"),
    ] {
        assert!(bare(method, level, query).is_ok(), "{method} {level:?} ?{query}");
    }
}

#[test]
fn wrong_method_tells_the_right_ones() {
    for (method, level, query, resource, allow) in [
        ("DELETE", Bucket, "location", "LOCATION", "GET"),
        ("PUT", Bucket, "location", "LOCATION", "GET"),
        ("DELETE", Bucket, "acl", "ACL", "GET, PUT"),
        ("POST", Bucket, "policy", "BUCKETPOLICY", "GET, PUT, DELETE"),
        ("HEAD", Object, "acl", "ACL", "GET, PUT"),
        ("GET", Object, "uploads", "UPLOADS", "POST"),
        ("HEAD", Object, "uploadId=u", "UPLOAD", "GET, PUT, POST, DELETE"),
        ("GET", Object, "restore", "OBJECT", "POST"),
        ("GET", Bucket, "delete", "MULTI_OBJECT_DELETE", "POST"),
        ("DELETE", Object, "retention", "RETENTION", "GET, PUT"),
        ("PUT", Object, "uploadId=u", "UPLOAD", "GET, PUT, POST, DELETE"),
        ("PUT", Service, "", "SERVICE", "GET"),
        ("HEAD", Service, "", "SERVICE", "GET"),
        ("POST", Object, "", "OBJECT", "GET, HEAD, PUT, DELETE"),
        ("PATCH", Object, "", "OBJECT", "GET, HEAD, PUT, DELETE"),
        ("TRACE", Bucket, "", "BUCKET", "GET, HEAD, PUT, POST, DELETE"),
    ] {
        let error = bare(method, level, query).expect_err(query);
        assert_eq!(error.code(), ErrorCode::MethodNotAllowed, "{method} {level:?} ?{query}");
        assert_eq!(error.extra_value("Method"), Some(method));
        assert_eq!(error.extra_value("ResourceType"), Some(resource), "{method} {level:?} ?{query}");
        assert_eq!(error.headers()[ALLOW], allow, "{method} {level:?} ?{query}");
    }
}

#[test]
fn contradictions_are_invalid_arguments() {
    for (method, level, query, message) in [
        ("GET", Bucket, "acl&policy", "Conflicting query string parameters: acl, policy"),
        ("DELETE", Bucket, "policy&tagging", "Conflicting query string parameters: policy, tagging"),
        ("GET", Bucket, "versioning&acl&acl&cors", "Conflicting query string parameters: acl, cors, versioning"),
        ("DELETE", Bucket, "policy&renameObject", "Conflicting query string parameters: policy, renameObject"),
        ("HEAD", Object, "uploads&uploadId=u", "Conflicting query string parameters: uploadId, uploads"),
        ("PUT", Object, "tagging&acl", "Conflicting query string parameters: acl, tagging"),
        ("PUT", Object, "versionId=v", "This operation does not accept a version-id."),
        ("GET", Bucket, "versionId=v", "This operation does not accept a version-id."),
        ("DELETE", Object, "uploadId=u&versionId=v", "This operation does not accept a version-id."),
        ("DELETE", Object, "versionId=", "Version id cannot be the empty string"),
        ("GET", Object, "versionId", "Version id cannot be the empty string"),
        ("GET", Bucket, "list-type=3", "Invalid List Type specified in the request"),
        ("GET", Bucket, "list-type=1&list-type=2", "Invalid List Type specified in the request"),
    ] {
        let error = bare(method, level, query).expect_err(query);
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{method} {level:?} ?{query}");
        assert_eq!(error.message(), message, "{method} {level:?} ?{query}");
    }
}

#[test]
fn upload_ids_belong_to_keys() {
    for method in ["GET", "PUT", "DELETE"] {
        let error = bare(method, Bucket, "uploadId=u").unwrap_err();
        assert_eq!((error.code(), error.message()), (ErrorCode::InvalidRequest, "A key must be specified"));
    }
}

#[test]
fn repeating_a_subresource_is_no_conflict() {
    assert_eq!(bare("GET", Bucket, "acl&acl=").unwrap(), Operation::GetBucketAcl);
}

/// For every subresource, method and level: the request is an operation chosen by that subresource, or an error.
#[test]
fn no_subresource_falls_through() {
    for &(name, _) in SUBRESOURCES {
        for level in [Service, Bucket, Object] {
            for method in ["GET", "HEAD", "PUT", "POST", "DELETE"] {
                for query in
                    [name.to_owned(), format!("{name}="), format!("{name}=x"), format!("a=b&{name}&x-id=PutObject")]
                {
                    if let Ok(operation) = bare(method, level, &query) {
                        let chosen = operation.row().selectors.iter().any(|s| s.parameter() == Some(name));
                        assert!(chosen, "{method} {level:?} ?{query} is {operation:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn table_is_sound() {
    assert!(SUBRESOURCES.windows(2).all(|pair| pair[0].0 < pair[1].0), "sorted, for the binary search");
    assert_eq!(ROWS.len(), Operation::ALL.len());
    for (row, &operation) in ROWS.iter().zip(Operation::ALL) {
        assert_eq!(row.operation, operation);
        assert_eq!(operation.row().operation, operation);
        assert_eq!(Operation::from_name(operation.name()), Some(operation));
        assert_eq!(row.actions.is_empty(), operation == Operation::Preflight, "{operation:?} has actions");
        if !row.actions_versioned.is_empty() && operation != Operation::DeleteObjects {
            assert!(row.accepts("versionId"), "{operation:?} has actions for a version id that it does not take");
        }
        // Whatever chooses an operation by its mere presence must be refused where it chooses nothing.
        if let Some(Selector::Has(name)) = row.selectors.first()
            && !matches!(*name, "max-directory-buckets")
        {
            assert!(subresource_type(name).is_some(), "{name} is missing from the subresources");
        }
    }
    for verb in Verb::ALL {
        for level in [Service, Bucket, Object] {
            let rows = table::group(verb, level).rows();
            assert!(rows.iter().all(|row| row.verb == verb && row.level == level));
        }
    }
}

/// The table's own reading of itself: a request made from a row is that row's operation.
#[test]
fn each_row_is_reached() {
    for row in ROWS {
        let mut headers = HeaderMap::new();
        let mut query = Vec::new();
        for selector in row.selectors {
            match selector {
                Selector::Has(name) => query.push(format!("{name}=1")),
                Selector::Is(name, value) => query.push(format!("{name}={value}")),
                Selector::Header(name) => drop(headers.insert(*name, HeaderValue::from_static("v"))),
                Selector::Form => drop(headers.insert(CONTENT_TYPE, HeaderValue::from_static("multipart/form-data"))),
            }
        }
        for parameter in row.parameters {
            query.push(format!("{parameter}=1"));
        }
        assert_eq!(routed(row.verb.as_str(), row.level, &query.join("&"), &headers).unwrap(), row.operation);
    }
}

#[test]
fn actions_depend_on_the_version() {
    for (operation, action, versioned) in [
        (Operation::GetObject, "s3:GetObject", "s3:GetObjectVersion"),
        (Operation::PutObject, "s3:PutObject", "s3:PutObject"),
        (Operation::DeleteObject, "s3:DeleteObject", "s3:DeleteObjectVersion"),
        (Operation::HeadBucket, "s3:ListBucket", "s3:ListBucket"),
        (Operation::GetObjectRetention, "s3:GetObjectRetention", "s3:GetObjectRetention"),
        (Operation::CompleteMultipartUpload, "s3:PutObject", "s3:PutObject"),
    ] {
        assert_eq!(operation.action(), Some(action));
        assert_eq!(operation.actions(true).first(), Some(&versioned));
    }
    assert_eq!(Operation::GetObjectAttributes.actions(true).len(), 2);
}

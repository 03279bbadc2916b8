//! Access control lists and policies on the wire, and where S3 Control's requests go.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use http::{HeaderMap, HeaderValue, Method};
use larder_wire::address::{Address, Domains, Level};
use larder_wire::decode::RequestParts;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::enums::{Permission, Type};
use larder_wire::generated::s3::shapes::{AccessControlPolicy, Grant, Grantee, Owner};
use larder_wire::generated::s3::{GetBucketAclOutput, GetBucketPolicyOutput, PutBucketAclInput, PutBucketPolicyInput};
use larder_wire::operation::Operation;
use larder_wire::query::Query;
use larder_wire::route::route;

fn with_parts<T>(decode: impl FnOnce(&RequestParts<'_>) -> T) -> T {
    let (query, headers) = (Query::parse("").unwrap(), HeaderMap::new());
    decode(&RequestParts { bucket: Some("bucket"), key: Some("key"), query: &query, headers: &headers })
}

fn acl(body: &str) -> Result<Option<AccessControlPolicy>, S3Error> {
    with_parts(|parts| PutBucketAclInput::decode(parts, body.as_bytes())).map(|input| input.access_control_policy)
}

fn list(grantee: &str) -> String {
    format!(
        "<AccessControlPolicy><Owner><ID>o</ID></Owner><AccessControlList><Grant>{grantee}\
         <Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"
    )
}

#[test]
fn a_list_comes_out_as_s3_writes_it() {
    let owner = Owner { display_name: Some("me".to_owned()), id: Some("o".to_owned()) };
    let user = Grantee {
        display_name: Some("me".to_owned()),
        email_address: None,
        id: Some("o".to_owned()),
        r#type: Type::CanonicalUser,
        uri: None,
    };
    let group = Grantee {
        display_name: None,
        email_address: None,
        id: None,
        r#type: Type::Group,
        uri: Some("http://acs.amazonaws.com/groups/global/AllUsers".to_owned()),
    };
    let grants = vec![
        Grant { grantee: Some(user), permission: Some(Permission::FullControl) },
        Grant { grantee: Some(group), permission: Some(Permission::Read) },
    ];
    let body = GetBucketAclOutput { owner: Some(owner), grants: Some(grants) }.encode().body;
    let text = std::str::from_utf8(&body).unwrap();
    assert_eq!(
        text,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Owner><DisplayName>me</DisplayName><ID>o</ID></Owner><AccessControlList>\
         <Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\">\
         <ID>o</ID><DisplayName>me</DisplayName></Grantee><Permission>FULL_CONTROL</Permission></Grant>\
         <Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\">\
         <URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant>\
         </AccessControlList></AccessControlPolicy>"
    );
    // What is shown is taken back.
    assert_eq!(acl(text).unwrap().unwrap().grants.unwrap().len(), 2);
}

#[test]
fn the_type_of_a_grantee_is_an_attribute() {
    let read =
        |grantee: &str| acl(&list(grantee)).map(|list| list.unwrap().grants.unwrap()[0].grantee.clone().unwrap());
    for grantee in [
        "<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>a</ID></Grantee>",
        "<Grantee xsi:type='CanonicalUser'><ID>a</ID></Grantee>",
        "<Grantee other='x' i:type=\"CanonicalUser\"><ID>a</ID></Grantee>",
    ] {
        let read = read(grantee).unwrap();
        assert_eq!((read.r#type, read.id.as_deref()), (Type::CanonicalUser, Some("a")), "{grantee}");
    }
    for grantee in [
        "<Grantee><ID>a</ID></Grantee>",
        "<Grantee xsi:type=\"Nobody\"><ID>a</ID></Grantee>",
        "<Grantee xsi:type=\"\"><ID>a</ID></Grantee>",
        "<Grantee><ID xsi:type=\"CanonicalUser\">a</ID></Grantee>",
    ] {
        assert_eq!(read(grantee).unwrap_err().code(), ErrorCode::MalformedXML, "{grantee}");
    }
}

#[test]
fn a_list_may_stand_in_headers_instead() {
    assert_eq!(acl("").unwrap(), None);
    let empty = acl("<AccessControlPolicy><Owner/><AccessControlList/></AccessControlPolicy>").unwrap().unwrap();
    assert_eq!(empty.grants, Some(Vec::new()));
}

#[test]
fn a_policy_is_its_text() {
    let text = "{\n \"Version\": \"2012-10-17\" }";
    let read = |body: &[u8]| with_parts(|parts| PutBucketPolicyInput::decode(parts, body)).map(|input| input.policy);
    assert_eq!(read(text.as_bytes()).unwrap(), text);
    assert_eq!(read(b"").unwrap_err().code(), ErrorCode::MissingRequestBodyError);
    assert_eq!(read(b"{\xff}").unwrap_err().code(), ErrorCode::MalformedPolicy);
    let response = GetBucketPolicyOutput { policy: Some(text.to_owned()) }.encode();
    assert_eq!(
        (&response.body[..], response.headers["content-type"].to_str().unwrap()),
        (text.as_bytes(), "application/json")
    );
}

#[test]
fn s3_control_is_told_by_its_header() {
    const PATH: &str = "/v20180820/configuration/publicAccessBlock";
    let mut headers = HeaderMap::new();
    assert_eq!(Address::parse_control(PATH, &headers).unwrap(), None);
    let address = Address::parse(None, PATH, &Domains::default()).unwrap();
    assert_eq!((address.bucket(), address.level()), (Some("v20180820"), Level::Object));

    headers.insert("x-amz-account-id", HeaderValue::from_static("111122223333"));
    let address = Address::parse_control(PATH, &headers).unwrap().unwrap();
    assert_eq!((address.level(), address.bucket(), address.key()), (Level::Account, None, None));
    let query = Query::parse("").unwrap();
    for (method, operation) in [
        (Method::GET, Operation::GetAccountPublicAccessBlock),
        (Method::PUT, Operation::PutAccountPublicAccessBlock),
        (Method::DELETE, Operation::DeleteAccountPublicAccessBlock),
    ] {
        assert_eq!(route(&method, address.level(), &query, &headers).unwrap(), operation);
    }
    let refused = route(&Method::POST, address.level(), &query, &headers).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::MethodNotAllowed);
    assert_eq!(Address::parse_control("/v20180820/jobs", &headers).unwrap_err().code(), ErrorCode::NotImplemented);
    for other in ["/", "/v20180820", "/bucket/v20180820/configuration/publicAccessBlock"] {
        assert_eq!(Address::parse_control(other, &headers).unwrap(), None, "{other}");
    }
}

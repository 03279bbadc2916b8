//! What all requests have in common.

use larder_iam_api::{IamApi, Service};

use crate::harness::{Keys, Server, form};

#[tokio::test]
async fn an_answer_has_the_form_of_the_query_protocol() {
    let server = Server::start().await;
    let made = server.setup("CreateUser", &[("UserName", "anna"), ("Path", "/team/")]).await;
    let id = made.text("CreateUserResult/User/UserId").to_owned();
    assert_eq!(
        made.xml,
        format!(
            "<CreateUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><CreateUserResult><User>\
             <Path>/team/</Path><UserName>anna</UserName><UserId>{id}</UserId>\
             <Arn>arn:aws:iam::111122223333:user/team/anna</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></User>\
             </CreateUserResult><ResponseMetadata><RequestId>7a62c49f</RequestId></ResponseMetadata>\
             </CreateUserResponse>"
        )
    );
    let deleted = server.setup("DeleteUser", &[("UserName", "anna")]).await;
    assert_eq!(
        deleted.xml,
        "<DeleteUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ResponseMetadata>\
         <RequestId>7a62c49f</RequestId></ResponseMetadata></DeleteUserResponse>"
    );
    let missing = server.iam(&server.root(), "GetUser", &[("UserName", "a&b")]).await;
    assert_eq!(missing.refusal(), (400, "ValidationError"));
    let missing = server.iam(&server.root(), "GetUser", &[("UserName", "nobody")]).await;
    assert_eq!(
        missing.xml,
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type>\
         <Code>NoSuchEntity</Code><Message>The user with name nobody cannot be found.</Message></Error>\
         <RequestId>7a62c49f</RequestId></ErrorResponse>"
    );
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn what_names_no_operation_is_refused() {
    let server = Server::start().await;
    let (root, keys) = (server.root(), Keys::default());
    let cases = [
        ("Version=2010-05-08", 400, "MissingAction"),
        ("Action=GetUser", 400, "InvalidAction"),
        ("Action=GetUser&Version=2011-06-15", 400, "InvalidAction"),
        ("Action=Get%3CUser&Version=2010-05-08", 400, "InvalidAction"),
        ("Action=GetUsers&Version=2010-05-08", 400, "InvalidAction"),
        ("Action=UploadSSHPublicKey&Version=2010-05-08", 501, "NotImplemented"),
        ("Action=GetUser&Version=2010-05-08&A=1&A=2", 400, "MalformedQueryString"),
    ];
    for (body, status, code) in cases {
        let answer = server.send(Service::Iam, Some(&root), &keys, "", body).await;
        assert_eq!(answer.refusal(), (status, code), "{body}");
    }
    let answer = server.sts(&root, "AssumeRoleWithSAML", &[]).await;
    assert_eq!(answer.refusal(), (501, "NotImplemented"));
}

#[tokio::test]
async fn parameters_come_in_the_query_too() {
    let server = Server::start().await;
    let query = form("GetCallerIdentity", "2011-06-15", &[("X-Amz-Signature", "x")]);
    let answer = server.send(Service::Sts, Some(&server.root()), &Keys::default(), &query, "").await.ok();
    assert_eq!(answer.text("GetCallerIdentityResult/Account"), "111122223333");
    assert_eq!(answer.root.name, "GetCallerIdentityResponse");
    assert!(answer.xml.contains("xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\""));
}

#[tokio::test]
async fn without_a_signature_nothing_but_web_identities_is_looked_at() {
    let server = Server::start().await;
    for (service, action, version) in [
        (Service::Iam, "ListUsers", "2010-05-08"),
        (Service::Iam, "NoSuchOperation", "2010-05-08"),
        (Service::Sts, "GetCallerIdentity", "2011-06-15"),
        (Service::Sts, "AssumeRole", "2011-06-15"),
    ] {
        let answer = server.send(service, None, &Keys::default(), "", &form(action, version, &[])).await;
        assert_eq!(answer.refusal(), (403, "MissingAuthenticationToken"), "{action}");
    }
    let body = form("AssumeRoleWithWebIdentity", "2011-06-15", &[("RoleSessionName", "s")]);
    let answer = server.send(Service::Sts, None, &Keys::default(), "", &body).await;
    assert_eq!(answer.refusal(), (400, "ValidationError"));
}

#[test]
fn the_service_of_an_unsigned_request_is_known_by_its_version() {
    let of = |query: &str, body: &str| IamApi::service_of_unsigned(query, body.as_bytes());
    assert_eq!(of("", "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"), Some(Service::Sts));
    assert_eq!(of("Action=ListUsers&Version=2010-05-08", ""), Some(Service::Iam));
    assert_eq!(of("list-type=2", ""), None);
    assert_eq!(of("", "Action=X&Version=2006-03-01"), None);
}

//! Who may call what.

use larder_iam_api::Service;

use crate::harness::{ALLOW_ALL, Keys, Server, allow, form};

#[tokio::test]
async fn without_a_policy_nothing_is_allowed() {
    let server = Server::start().await;
    let anna = server.user("anna", "").await;
    for (action, parameters, resource) in [
        ("CreateUser", &[("UserName", "x"), ("Path", "/p/")][..], "arn:aws:iam::111122223333:user/p/x"),
        ("GetUser", &[], "arn:aws:iam::111122223333:user/anna"),
        ("ListAccessKeys", &[], "arn:aws:iam::111122223333:user/anna"),
        ("ListUsers", &[], "arn:aws:iam::111122223333:user/"),
        ("GetAccountSummary", &[], "*"),
        ("GetRole", &[("RoleName", "nobody")], "arn:aws:iam::111122223333:role/nobody"),
    ] {
        let refused = server.iam(&anna, action, parameters).await;
        assert_eq!(refused.refusal(), (403, "AccessDenied"), "{action}");
        assert_eq!(
            refused.text("Error/Message"),
            format!(
                "User: arn:aws:iam::111122223333:user/anna is not authorized to perform: iam:{action} on resource: \
                 {resource} because no identity-based policy allows the iam:{action} action"
            )
        );
    }
}

/// Every operation that is in the table, with nothing but its name: none answers a caller without permissions.
#[tokio::test]
async fn no_operation_is_open() {
    let server = Server::start().await;
    let anna = server.user("anna", "").await;
    let named = [
        ("UserName", "anna"),
        ("GroupName", "anna"),
        ("RoleName", "anna"),
        ("PolicyName", "anna"),
        ("PolicyArn", "arn:aws:iam::111122223333:policy/anna"),
        ("VirtualMFADeviceName", "anna"),
        ("SerialNumber", "arn:aws:iam::111122223333:mfa/anna"),
        ("OpenIDConnectProviderArn", "arn:aws:iam::111122223333:oidc-provider/anna"),
        ("Url", "https://anna"),
        ("InstanceProfileName", "anna"),
        ("AccessKeyId", anna.id.as_str()),
        ("PolicySourceArn", "arn:aws:iam::111122223333:user/anna"),
    ];
    let mut asked = 0;
    for operation in larder_iam_api::operation_names() {
        let refused = server.iam(&anna, operation, &named).await;
        assert_eq!(refused.refusal(), (403, "AccessDenied"), "{operation}");
        asked += 1;
    }
    assert!(asked > 100);
}

#[tokio::test]
async fn an_explicit_denial_says_where_it_is() {
    let server = Server::start().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"iam:DeleteUser","Resource":"*"}]}"#;
    let anna = server.user("anna", policy).await;
    let refused = server.iam(&anna, "DeleteUser", &[("UserName", "bert")]).await;
    assert!(refused.text("Error/Message").ends_with("with an explicit deny in an identity-based policy"));
    server.setup("CreatePolicy", &[("PolicyName", "edge"), ("PolicyDocument", &allow(&["iam:Get*"]))]).await;
    let boundary = "arn:aws:iam::111122223333:policy/edge";
    server.setup("PutUserPermissionsBoundary", &[("UserName", "anna"), ("PermissionsBoundary", boundary)]).await;
    server.iam(&anna, "GetUser", &[]).await.ok();
    let refused = server.iam(&anna, "ListUsers", &[]).await;
    let message = refused.text("Error/Message");
    assert!(message.ends_with("because no permissions boundary allows the iam:ListUsers action"), "{message}");
}

/// A delegated administrator can make users only within a boundary, and attach one policy only.
#[tokio::test]
async fn delegation_by_condition_keys() {
    let server = Server::start().await;
    server.setup("CreatePolicy", &[("PolicyName", "edge"), ("PolicyDocument", ALLOW_ALL)]).await;
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["iam:CreateUser","iam:PutUserPolicy"],"Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::111122223333:policy/edge"}}},
        {"Effect":"Allow","Action":"iam:AttachUserPolicy","Resource":"*","Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}}},
        {"Effect":"Allow","Action":"iam:TagUser","Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/team":"red"},"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}},
        {"Effect":"Allow","Action":"iam:DeleteUser","Resource":"*","Condition":{"StringEquals":{"iam:ResourceTag/team":"red"}}}]}"#;
    let anna = server.user("anna", policy).await;
    let edge = ("PermissionsBoundary", "arn:aws:iam::111122223333:policy/edge");
    let bert = ("UserName", "bert");
    assert_eq!(server.iam(&anna, "CreateUser", &[bert]).await.refusal(), (403, "AccessDenied"));
    server.iam(&anna, "CreateUser", &[bert, edge]).await.ok();
    // The boundary that the user has counts where the request sets none.
    server.iam(&anna, "PutUserPolicy", &[bert, ("PolicyName", "p"), ("PolicyDocument", ALLOW_ALL)]).await.ok();
    let own = [("UserName", "anna"), ("PolicyName", "p"), ("PolicyDocument", ALLOW_ALL)];
    assert_eq!(server.iam(&anna, "PutUserPolicy", &own).await.refusal(), (403, "AccessDenied"));
    let admin = ("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess");
    assert_eq!(server.iam(&anna, "AttachUserPolicy", &[bert, admin]).await.refusal(), (403, "AccessDenied"));
    let read = ("PolicyArn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess");
    server.iam(&anna, "AttachUserPolicy", &[bert, read]).await.ok();
    assert_eq!(server.iam(&anna, "DeleteUser", &[bert]).await.refusal(), (403, "AccessDenied"));
    let other = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "blue")];
    assert_eq!(server.iam(&anna, "TagUser", &[&[bert][..], &other].concat()).await.refusal(), (403, "AccessDenied"));
    let more = [("Tags.member.2.Key", "admin"), ("Tags.member.2.Value", "yes")];
    let red = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
    let refused = server.iam(&anna, "TagUser", &[&[bert][..], &red, &more].concat()).await;
    assert_eq!(refused.refusal(), (403, "AccessDenied"));
    server.iam(&anna, "TagUser", &[&[bert][..], &red].concat()).await.ok();
    // Now it may, and IAM's own rules decide.
    assert_eq!(server.iam(&anna, "DeleteUser", &[bert]).await.refusal(), (409, "DeleteConflict"));
}

/// Parameters that an operation does not know are ignored, and so must not fulfil a condition.
#[tokio::test]
async fn parameters_of_other_operations_give_no_condition_keys() {
    let server = Server::start().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iam:*UserPolicy","Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::111122223333:policy/edge"}}},
        {"Effect":"Allow","Action":["iam:CreateGroup","iam:DeleteUser"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/team":"red"}}},
        {"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":"team"}}}]}"#;
    server.setup("CreatePolicy", &[("PolicyName", "edge"), ("PolicyDocument", ALLOW_ALL)]).await;
    let anna = server.user("anna", policy).await;
    let admin = [("UserName", "anna"), ("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess")];
    let edge = ("PermissionsBoundary", "arn:aws:iam::111122223333:policy/edge");
    let inline = [("UserName", "anna"), ("PolicyName", "p"), ("PolicyDocument", ALLOW_ALL)];
    let tags = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red"), ("TagKeys.member.1", "team")];
    let group = [("GroupName", "team")];
    for (action, own, extra) in [
        ("AttachUserPolicy", &admin[..], &[edge][..]),
        ("PutUserPolicy", &inline, &[edge]),
        ("CreateGroup", &group, &tags),
        ("DeleteUser", &admin[..1], &tags),
        ("CreateAccessKey", &admin[..1], &tags),
    ] {
        let refused = server.iam(&anna, action, &[own, extra].concat()).await;
        assert_eq!(refused.refusal(), (403, "AccessDenied"), "{action}");
    }
}

#[tokio::test]
async fn renaming_needs_both_names() {
    let server = Server::start().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:UpdateUser","Resource":"arn:aws:iam::111122223333:user/temp*"}]}"#;
    let anna = server.user("anna", policy).await;
    server.setup("CreateUser", &[("UserName", "temp1")]).await;
    let refused = server.iam(&anna, "UpdateUser", &[("UserName", "temp1"), ("NewUserName", "admin")]).await;
    assert_eq!(refused.refusal(), (403, "AccessDenied"));
    server.iam(&anna, "UpdateUser", &[("UserName", "temp1"), ("NewUserName", "temp2")]).await.ok();
}

#[tokio::test]
async fn making_something_with_tags_needs_the_permission_to_tag() {
    let server = Server::start().await;
    let anna = server.user("anna", &allow(&["iam:CreateUser"])).await;
    let tags = [("UserName", "bert"), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
    let refused = server.iam(&anna, "CreateUser", &tags).await;
    assert_eq!(refused.refusal(), (403, "AccessDenied"));
    assert!(refused.text("Error/Message").contains("iam:TagUser on resource: arn:aws:iam::111122223333:user/bert"));
    server.iam(&anna, "CreateUser", &tags[..1]).await.ok();
}

/// The name is taken in whatever case; permissions are those of the user that it finds.
#[tokio::test]
async fn another_case_of_a_name_is_no_way_around_a_denial() {
    let server = Server::start().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"},
        {"Effect":"Deny","Action":"iam:DeleteUser","Resource":"arn:aws:iam::111122223333:user/boss"}]}"#;
    let anna = server.user("anna", policy).await;
    server.setup("CreateUser", &[("UserName", "boss")]).await;
    for name in ["boss", "BOSS", "Boss"] {
        assert_eq!(server.iam(&anna, "DeleteUser", &[("UserName", name)]).await.refusal(), (403, "AccessDenied"));
    }
}

#[tokio::test]
async fn global_condition_keys_count() {
    let server = Server::start().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}"#;
    let anna = server.user("anna", policy).await;
    let body = form("ListUsers", "2010-05-08", &[]);
    let inside = Keys(vec![("aws:sourceip", "10.1.1.1")]);
    server.send(Service::Iam, Some(&anna), &inside, "", &body).await.ok();
    let outside = Keys(vec![("aws:sourceip", "192.0.2.1")]);
    let refused = server.send(Service::Iam, Some(&anna), &outside, "", &body).await;
    assert_eq!(refused.refusal(), (403, "AccessDenied"));
}

//! Managed policies, inline policies, attachments, boundaries.

use crate::harness::{ALLOW_ALL, Server, allow};

const ARN: &str = "arn:aws:iam::111122223333:policy/app/all";

async fn with_policy() -> Server {
    let server = Server::start().await;
    let parameters = [("PolicyName", "all"), ("Path", "/app/"), ("PolicyDocument", ALLOW_ALL), ("Description", "d")];
    let made = server.setup("CreatePolicy", &parameters).await;
    assert_eq!(made.text("CreatePolicyResult/Policy/Arn"), ARN);
    assert_eq!(made.text("CreatePolicyResult/Policy/DefaultVersionId"), "v1");
    assert_eq!(made.text("CreatePolicyResult/Policy/AttachmentCount"), "0");
    assert_eq!(made.text("CreatePolicyResult/Policy/IsAttachable"), "true");
    server
}

#[tokio::test]
async fn a_policy_has_versions() {
    let server = with_policy().await;
    let second = allow(&["s3:GetObject"]);
    let parameters = [("PolicyArn", ARN), ("PolicyDocument", second.as_str()), ("SetAsDefault", "true")];
    let made = server.setup("CreatePolicyVersion", &parameters).await;
    assert_eq!(made.text("CreatePolicyVersionResult/PolicyVersion/VersionId"), "v2");
    assert_eq!(made.text("CreatePolicyVersionResult/PolicyVersion/IsDefaultVersion"), "true");
    let listed = server.setup("ListPolicyVersions", &[("PolicyArn", ARN)]).await;
    assert_eq!(listed.each("ListPolicyVersionsResult/Versions", "VersionId"), ["v2", "v1"]);
    let got = server.setup("GetPolicyVersion", &[("PolicyArn", ARN), ("VersionId", "v2")]).await;
    let encoded = got.text("GetPolicyVersionResult/PolicyVersion/Document");
    assert_eq!(percent_encoding::percent_decode_str(encoded).decode_utf8().expect("UTF-8"), second);
    let refused = server.iam(&server.root(), "DeletePolicy", &[("PolicyArn", ARN)]).await;
    assert_eq!(refused.refusal(), (409, "DeleteConflict"));
    server.setup("SetDefaultPolicyVersion", &[("PolicyArn", ARN), ("VersionId", "v1")]).await;
    server.setup("DeletePolicyVersion", &[("PolicyArn", ARN), ("VersionId", "v2")]).await;
    server.setup("DeletePolicy", &[("PolicyArn", ARN)]).await;
    let gone = server.iam(&server.root(), "GetPolicy", &[("PolicyArn", ARN)]).await;
    assert_eq!(gone.refusal(), (404, "NoSuchEntity"));
}

#[tokio::test]
async fn policies_are_attached_and_found_again() {
    let server = with_policy().await;
    server.setup("CreateUser", &[("UserName", "anna")]).await;
    server.setup("CreateGroup", &[("GroupName", "staff")]).await;
    server.setup("AttachUserPolicy", &[("UserName", "anna"), ("PolicyArn", ARN)]).await;
    server.setup("AttachGroupPolicy", &[("GroupName", "staff"), ("PolicyArn", ARN)]).await;
    let attached = server.setup("ListAttachedUserPolicies", &[("UserName", "anna")]).await;
    assert_eq!(attached.each("ListAttachedUserPoliciesResult/AttachedPolicies", "PolicyName"), ["all"]);
    assert_eq!(attached.each("ListAttachedUserPoliciesResult/AttachedPolicies", "PolicyArn"), [ARN]);
    let entities = server.setup("ListEntitiesForPolicy", &[("PolicyArn", ARN)]).await;
    assert_eq!(entities.each("ListEntitiesForPolicyResult/PolicyUsers", "UserName"), ["anna"]);
    assert_eq!(entities.each("ListEntitiesForPolicyResult/PolicyGroups", "GroupName"), ["staff"]);
    assert!(entities.members("ListEntitiesForPolicyResult/PolicyRoles").is_empty());
    let groups = server.setup("ListEntitiesForPolicy", &[("PolicyArn", ARN), ("EntityFilter", "Group")]).await;
    assert!(groups.members("ListEntitiesForPolicyResult/PolicyUsers").is_empty());
    let got = server.setup("GetPolicy", &[("PolicyArn", ARN)]).await;
    assert_eq!(got.text("GetPolicyResult/Policy/AttachmentCount"), "2");
    assert_eq!(got.text("GetPolicyResult/Policy/Description"), "d");
    server.setup("DetachUserPolicy", &[("UserName", "anna"), ("PolicyArn", ARN)]).await;
    let again = server.iam(&server.root(), "DetachUserPolicy", &[("UserName", "anna"), ("PolicyArn", ARN)]).await;
    assert_eq!(again.refusal(), (404, "NoSuchEntity"));
}

#[tokio::test]
async fn lists_of_policies_have_scopes() {
    let server = with_policy().await;
    let names = |scope: &'static str| {
        let server = &server;
        async move {
            let listed = server.setup("ListPolicies", &[("Scope", scope), ("MaxItems", "1000")]).await;
            let names = listed.each("ListPoliciesResult/Policies", "PolicyName");
            names.into_iter().map(str::to_owned).collect::<Vec<_>>()
        }
    };
    assert_eq!(names("Local").await, ["all"]);
    assert!(names("AWS").await.contains(&"AdministratorAccess".to_owned()));
    assert!(names("All").await.len() > names("AWS").await.len());
    let attached = server.setup("ListPolicies", &[("OnlyAttached", "true")]).await;
    assert!(attached.members("ListPoliciesResult/Policies").is_empty());
    let aws = "arn:aws:iam::aws:policy/AdministratorAccess";
    let got = server.setup("GetPolicy", &[("PolicyArn", aws)]).await;
    let version = got.text("GetPolicyResult/Policy/DefaultVersionId").to_owned();
    let got = server.setup("GetPolicyVersion", &[("PolicyArn", aws), ("VersionId", &version)]).await;
    assert!(got.text("GetPolicyVersionResult/PolicyVersion/Document").starts_with("%7B"));
    let refused = server.iam(&server.root(), "DeletePolicy", &[("PolicyArn", aws)]).await;
    assert_eq!(refused.refusal(), (403, "AccessDenied"));
}

#[tokio::test]
async fn inline_policies_are_written_and_read() {
    let server = with_policy().await;
    server.setup("CreateGroup", &[("GroupName", "staff")]).await;
    let parameters = [("GroupName", "staff"), ("PolicyName", "p"), ("PolicyDocument", ALLOW_ALL)];
    server.setup("PutGroupPolicy", &parameters).await;
    let listed = server.setup("ListGroupPolicies", &[("GroupName", "staff")]).await;
    assert_eq!(listed.members("ListGroupPoliciesResult/PolicyNames")[0].text, "p");
    let got = server.setup("GetGroupPolicy", &[("GroupName", "staff"), ("PolicyName", "p")]).await;
    assert_eq!(got.text("GetGroupPolicyResult/GroupName"), "staff");
    assert!(got.text("GetGroupPolicyResult/PolicyDocument").starts_with("%7B%22Version"));
    let bad = [("GroupName", "staff"), ("PolicyName", "p"), ("PolicyDocument", "{}")];
    let refused = server.iam(&server.root(), "PutGroupPolicy", &bad).await;
    assert_eq!(refused.refusal(), (400, "MalformedPolicyDocument"));
    server.setup("DeleteGroupPolicy", &[("GroupName", "staff"), ("PolicyName", "p")]).await;
}

#[tokio::test]
async fn boundaries_are_shown_and_removed() {
    let server = with_policy().await;
    let made = server.setup("CreateUser", &[("UserName", "anna"), ("PermissionsBoundary", ARN)]).await;
    let boundary = "CreateUserResult/User/PermissionsBoundary";
    assert_eq!(made.text(&format!("{boundary}/PermissionsBoundaryArn")), ARN);
    assert_eq!(made.text(&format!("{boundary}/PermissionsBoundaryType")), "Policy");
    let uses = [("PolicyArn", ARN), ("PolicyUsageFilter", "PermissionsBoundary")];
    let entities = server.setup("ListEntitiesForPolicy", &uses).await;
    assert_eq!(entities.each("ListEntitiesForPolicyResult/PolicyUsers", "UserName"), ["anna"]);
    server.setup("DeleteUserPermissionsBoundary", &[("UserName", "anna")]).await;
    server.setup("PutUserPermissionsBoundary", &[("UserName", "anna"), ("PermissionsBoundary", ARN)]).await;
}

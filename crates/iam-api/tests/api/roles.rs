//! Roles and their trust policies.

use crate::harness::{ALLOW_ALL, Server, TRUST};

#[tokio::test]
async fn a_role_lives_as_terraform_expects() {
    let server = Server::start().await;
    let parameters = [
        ("RoleName", "worker"),
        ("AssumeRolePolicyDocument", TRUST),
        ("Description", "works"),
        ("MaxSessionDuration", "7200"),
        ("Tags.member.1.Key", "k"),
        ("Tags.member.1.Value", "v"),
    ];
    let made = server.setup("CreateRole", &parameters).await;
    let role = "CreateRoleResult/Role";
    assert!(made.text(&format!("{role}/RoleId")).starts_with("AROA"));
    assert_eq!(made.text(&format!("{role}/Arn")), "arn:aws:iam::111122223333:role/worker");
    let document = made.text(&format!("{role}/AssumeRolePolicyDocument"));
    assert!(document.starts_with("%7B%22Version%22%3A%222012-10-17%22"), "{document}");
    let got = server.setup("GetRole", &[("RoleName", "worker")]).await;
    assert_eq!(got.text("GetRoleResult/Role/MaxSessionDuration"), "7200");
    assert!(got.has("GetRoleResult/Role/RoleLastUsed"));
    for (action, list) in [
        ("ListRolePolicies", "PolicyNames"),
        ("ListAttachedRolePolicies", "AttachedPolicies"),
        ("ListInstanceProfilesForRole", "InstanceProfiles"),
    ] {
        let listed = server.setup(action, &[("RoleName", "worker")]).await;
        assert!(listed.members(&format!("{action}Result/{list}")).is_empty());
    }
    let updated = server.setup("UpdateRole", &[("RoleName", "worker"), ("Description", "rests")]).await;
    assert!(updated.has("UpdateRoleResult"), "{}", updated.xml);
    server.setup("UpdateRoleDescription", &[("RoleName", "worker"), ("Description", "")]).await;
    let got = server.setup("GetRole", &[("RoleName", "worker")]).await;
    assert!(!got.has("GetRoleResult/Role/Description"));
    server.setup("DeleteRole", &[("RoleName", "worker")]).await;
}

#[tokio::test]
async fn trust_policies_are_checked() {
    let server = Server::start().await;
    for document in ["{", ALLOW_ALL] {
        let parameters = [("RoleName", "r"), ("AssumeRolePolicyDocument", document)];
        let refused = server.iam(&server.root(), "CreateRole", &parameters).await;
        assert_eq!(refused.refusal(), (400, "MalformedPolicyDocument"), "{}", refused.xml);
    }
    server.setup("CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", TRUST)]).await;
    let new = TRUST.replace("sts:AssumeRole", "sts:*");
    server.setup("UpdateAssumeRolePolicy", &[("RoleName", "r"), ("PolicyDocument", &new)]).await;
    let refused = server.iam(&server.root(), "CreateServiceLinkedRole", &[("AWSServiceName", "x.amazonaws.com")]).await;
    assert_eq!(refused.refusal(), (501, "NotImplemented"));
}

//! The account as a whole.

use crate::harness::{ALLOW_ALL, Server, TRUST};

#[tokio::test]
async fn an_account_has_an_alias_and_a_summary() {
    let server = Server::start().await;
    server.setup("CreateAccountAlias", &[("AccountAlias", "my-store")]).await;
    let listed = server.setup("ListAccountAliases", &[]).await;
    assert_eq!(listed.members("ListAccountAliasesResult/AccountAliases")[0].text, "my-store");
    server.setup("CreateUser", &[("UserName", "anna")]).await;
    let summary = server.setup("GetAccountSummary", &[]).await;
    let entries = summary.members("GetAccountSummaryResult/SummaryMap");
    let value = |key: &str| {
        let entry = entries.iter().find(|entry| entry.find("key").is_some_and(|it| it.text == key));
        entry.and_then(|entry| entry.find("value")).map(|it| it.text.as_str())
    };
    assert_eq!(value("Users"), Some("1"));
    assert_eq!(value("AccountAccessKeysPresent"), Some("1"));
    assert_eq!(value("AccessKeysPerUserQuota"), Some("2"));
    server.setup("DeleteAccountAlias", &[("AccountAlias", "my-store")]).await;
    let refused = server.iam(&server.root(), "GetAccountPasswordPolicy", &[]).await;
    assert_eq!(refused.refusal(), (404, "NoSuchEntity"));
}

#[tokio::test]
async fn details_show_everything_in_pages() {
    let server = Server::start().await;
    server.user("anna", ALLOW_ALL).await;
    server.setup("CreateGroup", &[("GroupName", "staff")]).await;
    server.setup("AddUserToGroup", &[("GroupName", "staff"), ("UserName", "anna")]).await;
    server.setup("CreateRole", &[("RoleName", "worker"), ("AssumeRolePolicyDocument", TRUST)]).await;
    server.setup("CreatePolicy", &[("PolicyName", "all"), ("PolicyDocument", ALLOW_ALL)]).await;
    let aws = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    server.setup("AttachRolePolicy", &[("RoleName", "worker"), ("PolicyArn", aws)]).await;
    let all = server.setup("GetAccountAuthorizationDetails", &[]).await;
    let result = "GetAccountAuthorizationDetailsResult";
    assert_eq!(all.each(&format!("{result}/UserDetailList"), "UserName"), ["anna"]);
    assert_eq!(all.members(&format!("{result}/UserDetailList/member/GroupList"))[0].text, "staff");
    assert_eq!(all.each(&format!("{result}/UserDetailList/member/UserPolicyList"), "PolicyName"), ["inline"]);
    assert_eq!(all.each(&format!("{result}/GroupDetailList"), "GroupName"), ["staff"]);
    let attached = format!("{result}/RoleDetailList/member/AttachedManagedPolicies");
    assert_eq!(all.each(&attached, "PolicyName"), ["AmazonS3ReadOnlyAccess"]);
    assert_eq!(all.each(&format!("{result}/Policies"), "PolicyName"), ["all", "AmazonS3ReadOnlyAccess"]);
    let page = server.setup("GetAccountAuthorizationDetails", &[("MaxItems", "2")]).await;
    assert_eq!(page.text(&format!("{result}/IsTruncated")), "true");
    let filtered = server.setup("GetAccountAuthorizationDetails", &[("Filter.member.1", "Role")]).await;
    assert!(filtered.members(&format!("{result}/UserDetailList")).is_empty());
    assert_eq!(filtered.each(&format!("{result}/RoleDetailList"), "RoleName"), ["worker"]);
    let refused = server.iam(&server.root(), "GetAccountAuthorizationDetails", &[("Filter.member.1", "X")]).await;
    assert_eq!(refused.refusal(), (400, "ValidationError"));
}

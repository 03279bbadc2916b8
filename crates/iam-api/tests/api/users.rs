//! Users, groups, tags.

use crate::harness::{ALLOW_ALL, Server};

#[tokio::test]
async fn a_user_lives_and_is_renamed_and_deleted() {
    let server = Server::start().await;
    let tags = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red + blue")];
    let made = server.setup("CreateUser", &[&[("UserName", "anna")][..], &tags].concat()).await;
    assert!(made.text("CreateUserResult/User/UserId").starts_with("AIDA"));
    assert_eq!(made.each("CreateUserResult/User/Tags", "Value"), ["red + blue"]);
    let again = server.iam(&server.root(), "CreateUser", &[("UserName", "Anna")]).await;
    assert_eq!(again.refusal(), (409, "EntityAlreadyExists"));
    let got = server.setup("GetUser", &[("UserName", "anna")]).await;
    assert_eq!(got.each("GetUserResult/User/Tags", "Key"), ["team"]);
    // Lists show no tags.
    let listed = server.setup("ListUsers", &[]).await;
    assert!(listed.members("ListUsersResult/Users")[0].find("Tags").is_none());
    let renamed = [("UserName", "anna"), ("NewUserName", "berta"), ("NewPath", "/x/")];
    server.setup("UpdateUser", &renamed).await;
    let got = server.setup("GetUser", &[("UserName", "berta")]).await;
    assert_eq!(got.text("GetUserResult/User/Arn"), "arn:aws:iam::111122223333:user/x/berta");
    server.setup("PutUserPolicy", &[("UserName", "berta"), ("PolicyName", "p"), ("PolicyDocument", ALLOW_ALL)]).await;
    let refused = server.iam(&server.root(), "DeleteUser", &[("UserName", "berta")]).await;
    assert_eq!(refused.refusal(), (409, "DeleteConflict"));
    server.setup("DeleteUserPolicy", &[("UserName", "berta"), ("PolicyName", "p")]).await;
    server.setup("DeleteUser", &[("UserName", "berta")]).await;
}

#[tokio::test]
async fn get_user_without_a_name_is_about_the_caller() {
    let server = Server::start().await;
    let root = server.setup("GetUser", &[]).await;
    assert_eq!(root.text("GetUserResult/User/Arn"), "arn:aws:iam::111122223333:root");
    assert_eq!(root.text("GetUserResult/User/UserId"), "111122223333");
    let anna = server.user("anna", ALLOW_ALL).await;
    let own = server.iam(&anna, "GetUser", &[]).await.ok();
    assert_eq!(own.text("GetUserResult/User/UserName"), "anna");
}

#[tokio::test]
async fn groups_have_members() {
    let server = Server::start().await;
    server.setup("CreateUser", &[("UserName", "anna")]).await;
    let group = server.setup("CreateGroup", &[("GroupName", "staff"), ("Path", "/a/")]).await;
    assert_eq!(group.text("CreateGroupResult/Group/Arn"), "arn:aws:iam::111122223333:group/a/staff");
    server.setup("AddUserToGroup", &[("GroupName", "staff"), ("UserName", "anna")]).await;
    let got = server.setup("GetGroup", &[("GroupName", "staff")]).await;
    assert_eq!(got.each("GetGroupResult/Users", "UserName"), ["anna"]);
    assert_eq!(got.text("GetGroupResult/IsTruncated"), "false");
    let of_user = server.setup("ListGroupsForUser", &[("UserName", "anna")]).await;
    assert_eq!(of_user.each("ListGroupsForUserResult/Groups", "GroupName"), ["staff"]);
    server.setup("UpdateGroup", &[("GroupName", "staff"), ("NewGroupName", "crew")]).await;
    let refused = server.iam(&server.root(), "DeleteGroup", &[("GroupName", "crew")]).await;
    assert_eq!(refused.refusal(), (409, "DeleteConflict"));
    server.setup("RemoveUserFromGroup", &[("GroupName", "crew"), ("UserName", "anna")]).await;
    server.setup("DeleteGroup", &[("GroupName", "crew")]).await;
    assert_eq!(server.setup("ListGroups", &[]).await.members("ListGroupsResult/Groups").len(), 0);
}

#[tokio::test]
async fn tags_are_set_and_removed() {
    let server = Server::start().await;
    server.setup("CreateUser", &[("UserName", "anna")]).await;
    let tags = [
        ("UserName", "anna"),
        ("Tags.member.1.Key", "b"),
        ("Tags.member.1.Value", "1"),
        ("Tags.member.2.Key", "a"),
        ("Tags.member.2.Value", ""),
    ];
    server.setup("TagUser", &tags).await;
    let listed = server.setup("ListUserTags", &[("UserName", "anna")]).await;
    assert_eq!(listed.each("ListUserTagsResult/Tags", "Key"), ["b", "a"]);
    assert_eq!(listed.text("ListUserTagsResult/IsTruncated"), "false");
    server.setup("UntagUser", &[("UserName", "anna"), ("TagKeys.member.1", "B")]).await;
    let listed = server.setup("ListUserTags", &[("UserName", "anna")]).await;
    assert_eq!(listed.each("ListUserTagsResult/Tags", "Key"), ["a"]);
    let refused = server.iam(&server.root(), "TagUser", &[("UserName", "anna")]).await;
    assert_eq!(refused.refusal(), (400, "ValidationError"));
}

#[tokio::test]
async fn what_users_cannot_have_is_listed_as_nothing() {
    let server = Server::start().await;
    server.setup("CreateUser", &[("UserName", "anna")]).await;
    for (action, list) in [
        ("ListSSHPublicKeys", "SSHPublicKeys"),
        ("ListSigningCertificates", "Certificates"),
        ("ListServiceSpecificCredentials", "ServiceSpecificCredentials"),
    ] {
        let listed = server.setup(action, &[("UserName", "anna")]).await;
        assert!(listed.members(&format!("{action}Result/{list}")).is_empty());
    }
    for action in ["GetLoginProfile", "DeleteLoginProfile"] {
        let missing = server.iam(&server.root(), action, &[("UserName", "anna")]).await;
        assert_eq!(missing.refusal(), (404, "NoSuchEntity"));
        assert_eq!(missing.text("Error/Message"), "Login Profile for User anna cannot be found.");
    }
}

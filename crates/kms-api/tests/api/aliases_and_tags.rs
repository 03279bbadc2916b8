//! Aliases and tags.

use serde_json::json;

use crate::harness::{ACCOUNT, Server, allow, text};

#[tokio::test]
async fn an_alias_is_made_moved_listed_and_removed() {
    let server = Server::start().await;
    let root = server.root();
    let (one, two) = (root.key(json!({})).await, root.key(json!({})).await);
    root.ok("CreateAlias", json!({"AliasName": "alias/a", "TargetKeyId": one})).await;
    root.ok("CreateAlias", json!({"AliasName": "alias/b", "TargetKeyId": two})).await;
    let message = root
        .refused("CreateAlias", json!({"AliasName": "alias/a", "TargetKeyId": two}), "AlreadyExistsException")
        .await;
    assert!(message.contains(&format!("arn:aws:kms:us-east-1:{ACCOUNT}:alias/a")), "{message}");
    root.refused("CreateAlias", json!({"AliasName": "a", "TargetKeyId": one}), "ValidationException").await;
    root.refused("CreateAlias", json!({"AliasName": "alias/aws/x", "TargetKeyId": one}), "InvalidAliasNameException")
        .await;
    let listed = root.ok("ListAliases", json!({"KeyId": one})).await;
    let entry = &listed["Aliases"][0];
    assert_eq!(text(&entry["AliasArn"]), format!("arn:aws:kms:us-east-1:{ACCOUNT}:alias/a"));
    assert_eq!((&entry["AliasName"], &entry["TargetKeyId"]), (&json!("alias/a"), &json!(one)));
    assert_eq!(listed["Truncated"], false);

    let page = root.ok("ListAliases", json!({"Limit": 1})).await;
    assert_eq!(page["Truncated"], true);
    let rest = root.ok("ListAliases", json!({"Limit": 1, "Marker": page["NextMarker"]})).await;
    assert_eq!((&rest["Aliases"][0]["AliasName"], &rest["Truncated"]), (&json!("alias/b"), &json!(false)));

    root.ok("UpdateAlias", json!({"AliasName": "alias/a", "TargetKeyId": two})).await;
    assert_eq!(root.ok("DescribeKey", json!({"KeyId": "alias/a"})).await["KeyMetadata"]["KeyId"], json!(two));
    root.refused("UpdateAlias", json!({"AliasName": "alias/c", "TargetKeyId": two}), "NotFoundException").await;
    root.ok("DeleteAlias", json!({"AliasName": "alias/a"})).await;
    root.refused("DeleteAlias", json!({"AliasName": "alias/a"}), "NotFoundException").await;
}

/// The permission is needed on the alias and on every key that it has to do with.
#[tokio::test]
async fn an_alias_needs_the_permission_on_its_keys() {
    let server = Server::start().await;
    let root = server.root();
    let (one, two) = (root.key_arn(json!({})).await, root.key_arn(json!({})).await);
    let alias = format!("arn:aws:kms:us-east-1:{ACCOUNT}:alias/a");
    let half = server.user("half", json!([allow(&["kms:*Alias"], &alias)])).await;
    let whole = server.user("whole", json!([allow(&["kms:*Alias"], &alias), allow(&["kms:*Alias"], &one)])).await;
    let create = json!({"AliasName": "alias/a", "TargetKeyId": one});
    let message = half.refused("CreateAlias", create.clone(), "AccessDeniedException").await;
    assert!(message.contains(&format!("on resource: {one} ")), "{message}");
    whole.ok("CreateAlias", create).await;
    let message = whole
        .refused("CreateAlias", json!({"AliasName": "alias/b", "TargetKeyId": one}), "AccessDeniedException")
        .await;
    assert!(message.contains(":alias/b "), "{message}");
    whole.refused("UpdateAlias", json!({"AliasName": "alias/a", "TargetKeyId": two}), "AccessDeniedException").await;
    half.refused("DeleteAlias", json!({"AliasName": "alias/a"}), "AccessDeniedException").await;
    root.ok("UpdateAlias", json!({"AliasName": "alias/a", "TargetKeyId": two})).await;
    whole.refused("UpdateAlias", json!({"AliasName": "alias/a", "TargetKeyId": one}), "AccessDeniedException").await;
}

#[tokio::test]
async fn tags_are_added_listed_and_removed() {
    let server = Server::start().await;
    let root = server.root();
    let key = root.key(json!({"Tags": [{"TagKey": "a", "TagValue": "1"}]})).await;
    let tags = json!([{"TagKey": "a", "TagValue": "2"}, {"TagKey": "b", "TagValue": ""}]);
    root.ok("TagResource", json!({"KeyId": key, "Tags": tags})).await;
    assert_eq!(root.ok("ListResourceTags", json!({"KeyId": key})).await, json!({"Tags": tags, "Truncated": false}));
    root.ok("UntagResource", json!({"KeyId": key, "TagKeys": ["a", "none"]})).await;
    assert_eq!(
        root.ok("ListResourceTags", json!({"KeyId": key})).await["Tags"],
        json!([{"TagKey": "b", "TagValue": ""}])
    );
    root.refused("TagResource", json!({"KeyId": key, "Tags": [{"TagKey": "aws:x", "TagValue": ""}]}), "TagException")
        .await;
    root.refused("TagResource", json!({"KeyId": key, "Tags": [{"TagKey": "x"}]}), "ValidationException").await;
    root.refused("ListResourceTags", json!({"KeyId": key, "Marker": "x"}), "InvalidMarkerException").await;
}

/// Tags at creation need the permission to give them.
#[tokio::test]
async fn a_new_key_with_tags_needs_the_permission_to_tag() {
    let server = Server::start().await;
    let user = server.user("user", json!([allow(&["kms:CreateKey"], "*")])).await;
    user.ok("CreateKey", json!({})).await;
    let tagged = json!({"Tags": [{"TagKey": "a", "TagValue": "1"}]});
    let message = user.refused("CreateKey", tagged.clone(), "AccessDeniedException").await;
    assert!(message.contains("kms:TagResource"), "{message}");
    let condition = json!({"StringEquals": {"aws:RequestTag/a": "1"}});
    let statement = json!({"Effect": "Allow", "Action": ["kms:CreateKey", "kms:TagResource"], "Resource": "*", "Condition": condition});
    let tagger = server.user("tagger", json!([statement])).await;
    tagger.ok("CreateKey", tagged).await;
    tagger.refused("CreateKey", json!({}), "AccessDeniedException").await;
}

//! The server's own keys: who may see and change them, and that nobody is told one.

use crate::harness::{allow, run};

const OPERATIONS: [&str; 4] = ["ListKeys", "RotateMasterKey", "RotateRootKey", "ReadKeyring"];

#[test]
fn keys_are_the_operators() {
    run(async |s| {
        let operator = s.operator().await;
        let partner = s.account("partner").await;
        let admin = partner.user_who_may("admin", &[allow("*")]).await;
        let bert = operator.user_who_may("bert", &[allow("s3:* iam:* sts:* larder:ListAccounts")]).await;
        for operation in OPERATIONS {
            for actor in [&partner.root, &admin, &bert] {
                actor.admin(operation, "{}").send().await.failed_json(403, "AccessDeniedException");
            }
            let one = operator.user_who_may(operation, &[allow(&format!("larder:{operation}"))]).await;
            one.admin(operation, "{}").send().await.succeeded();
            one.admin("CreateAccount", "{}").send().await.failed_json(403, "AccessDeniedException");
            operator.root.admin(operation, r#"{"Key": 1}"#).send().await.failed_json(400, "SerializationException");
        }
        let listed = operator.root.admin("ListKeys", "{}").send().await.succeeded();
        assert_eq!(listed.all_json("Created").len(), 2, "the first and the one that was made");
    });
}

#[test]
fn sessions_and_keys_of_users_outlive_a_change_of_the_root_key() {
    run(async |s| {
        let operator = s.operator().await;
        let anna = operator.user_who_may("anna", &[allow("larder:ListKeys")]).await;
        let session = operator.root.session(&[]).await;
        operator.root.admin("RotateRootKey", "{}").send().await.succeeded();
        anna.admin("ListKeys", "{}").send().await.succeeded();
        session.admin("ListKeys", "{}").send().await.succeeded();
    });
}

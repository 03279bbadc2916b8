//! Accounts with their users and roles, all of them made over the wire.

use super::{Actor, Keys, Statement, TestServer, policy};

/// An account, as its root user sees it.
#[derive(Clone)]
pub(crate) struct Account<'a> {
    pub(crate) id: String,
    pub(crate) canonical_id: String,
    pub(crate) root: Actor<'a>,
}

impl TestServer {
    /// Whoever signs with these keys.
    pub(crate) fn actor(&self, keys: Keys) -> Actor<'_> {
        Actor { server: self, keys }
    }

    /// The server's first account.
    pub(crate) async fn operator(&self) -> Account<'_> {
        let root = self.actor(Keys::root());
        let id = root.sts("GetCallerIdentity", &[]).send().await.succeeded().first("Account");
        let canonical_id = root.get("/").send().await.ok().first("ID");
        Account { id, canonical_id, root }
    }

    /// Makes another account.
    pub(crate) async fn account(&self, name: &str) -> Account<'_> {
        let request = format!("{{\"Name\": \"{name}\", \"Email\": \"{name}@example.org\"}}");
        let made = self.actor(Keys::root()).admin("CreateAccount", &request).send().await.succeeded();
        let keys = Keys { id: made.json("AccessKeyId"), secret: made.json("SecretAccessKey"), token: None };
        Account { id: made.json("AccountId"), canonical_id: made.json("CanonicalId"), root: self.actor(keys) }
    }
}

impl<'a> Account<'a> {
    /// Makes a user with an access key and no permissions.
    pub(crate) async fn user(&self, name: &str) -> Actor<'a> {
        self.root.iam("CreateUser", &[("UserName", name)]).send().await.succeeded();
        self.key_of(name).await
    }

    /// Makes a user with an access key, who may do this.
    pub(crate) async fn user_who_may(&self, name: &str, statements: &[Statement]) -> Actor<'a> {
        let user = self.user(name).await;
        self.permit(name, statements).await;
        user
    }

    /// Makes an access key for a user.
    pub(crate) async fn key_of(&self, name: &str) -> Actor<'a> {
        let made = self.root.iam("CreateAccessKey", &[("UserName", name)]).send().await.succeeded();
        self.root.holder_of(&made)
    }

    /// Sets what a user may do; no statements leave it as it is, for there is no policy without any.
    pub(crate) async fn permit(&self, user: &str, statements: &[Statement]) {
        if statements.is_empty() {
            return;
        }
        let document = policy(statements);
        let parameters = [("UserName", user), ("PolicyName", "work"), ("PolicyDocument", &document)];
        self.root.iam("PutUserPolicy", &parameters).send().await.succeeded();
    }

    /// Deletes a user with its keys and its policy.
    pub(crate) async fn delete_user(&self, name: &str) {
        let listed = self.root.iam("ListAccessKeys", &[("UserName", name)]).send().await.succeeded();
        for key in listed.all("AccessKeyId") {
            self.root.iam("DeleteAccessKey", &[("UserName", name), ("AccessKeyId", &key)]).send().await.succeeded();
        }
        for policy in self.root.iam("ListUserPolicies", &[("UserName", name)]).send().await.succeeded().all("member") {
            let parameters = [("UserName", name), ("PolicyName", &policy)];
            self.root.iam("DeleteUserPolicy", &parameters).send().await.succeeded();
        }
        self.root.iam("DeleteUser", &[("UserName", name)]).send().await.succeeded();
    }

    /// Makes a role that trusts a principal and may do this; returns its ARN.
    pub(crate) async fn role(&self, name: &str, trust: &Statement, statements: &[Statement]) -> String {
        let parameters = [("RoleName", name), ("AssumeRolePolicyDocument", &trust.trust())];
        let made = self.root.iam("CreateRole", &parameters).send().await.succeeded();
        let document = policy(statements);
        let parameters = [("RoleName", name), ("PolicyName", "work"), ("PolicyDocument", &document)];
        self.root.iam("PutRolePolicy", &parameters).send().await.succeeded();
        made.first("Arn")
    }

    /// Makes a managed policy; returns its ARN.
    pub(crate) async fn managed_policy(&self, name: &str, statements: &[Statement]) -> String {
        let document = policy(statements);
        let parameters = [("PolicyName", name), ("PolicyDocument", &document)];
        self.root.iam("CreatePolicy", &parameters).send().await.succeeded().first("Arn")
    }

    /// The ARN of a user of the account.
    pub(crate) fn user_arn(&self, name: &str) -> String {
        format!("arn:aws:iam::{}:user/{name}", self.id)
    }

    /// The ARN of the root user.
    pub(crate) fn root_arn(&self) -> String {
        format!("arn:aws:iam::{}:root", self.id)
    }

    /// Makes a bucket.
    pub(crate) async fn bucket(&self, name: &str) {
        self.root.put(&format!("/{name}"), "").send().await.ok();
    }

    /// Makes a bucket whose access control lists count, and which does not block public access.
    pub(crate) async fn open_bucket(&self, name: &str, ownership: &str) {
        let put = self.root.put(&format!("/{name}"), "").header("x-amz-object-ownership", ownership);
        put.send().await.ok();
        self.root.delete(&format!("/{name}?publicAccessBlock")).send().await.status(204);
    }

    /// Sets the policy of a bucket.
    pub(crate) async fn bucket_policy(&self, bucket: &str, statements: &[Statement]) {
        self.root.put(&format!("/{bucket}?policy"), policy(statements)).send().await.status(204);
    }
}

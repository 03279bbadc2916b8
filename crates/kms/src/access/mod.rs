//! Who may do what with a key.
//!
//! The key's policy must allow it, in the key's own account too; a policy that names the account lets the account's own
//! policies decide. What no policy allows a grant may. An explicit denial counts against both. Pure: a decision is a function
//! of one state of the key.
//!
//! Sources: "Authentication and access control for AWS KMS", "Grants in AWS KMS" and "Determining access to KMS keys", AWS
//! KMS developer guide.

mod facts;
mod grants;
mod keys;

use larder_policy::{Context, Decision, Documents, Named, Principal, Query, Reason, evaluate};
use larder_types::{AccountId, Region};

pub use facts::{GrantFacts, RequestFacts};

use crate::model::Document;
use crate::operation::alias_arn;
use crate::{Grant, Key, Kms};
use keys::KeyContext;

/// Who asks for something.
#[derive(Clone, Copy)]
pub struct Asker<'a> {
    /// Who it is.
    pub principal: &'a Principal,
    /// Its own policies, with nothing from the resource's side.
    pub documents: Documents<'a>,
    /// The values of global condition keys, such as `aws:SourceIp`.
    pub context: &'a dyn Context,
}

/// To what something is done.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    /// A key: its policy and its grants count.
    Key(&'a Key),
    /// An alias, for CreateAlias, UpdateAlias and DeleteAlias, which ask for its key besides.
    Alias {
        /// Whose.
        account: AccountId,
        /// Where.
        region: &'a Region,
        /// Its name, with `alias/`.
        name: &'a str,
    },
    /// No resource, for CreateKey, GenerateRandom and lists.
    Account(AccountId),
}

impl Kms {
    /// Whether somebody may do an action, such as `kms:Decrypt`. A key is taken as it is now.
    #[must_use]
    pub fn authorize(&self, target: Target<'_>, action: &str, asker: Asker<'_>, facts: &RequestFacts<'_>) -> Decision {
        let live = match target {
            Target::Key(key) => self.live(key).ok(),
            _ => None,
        };
        let target = live.as_deref().map_or(target, Target::Key);
        decide(target, action, asker, facts)
    }

    /// Whether somebody may retire a grant: its retiring principal, its grantee when the grant says so, the account that made
    /// it, and whoever a policy allows `kms:RetireGrant`.
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/grant-delete.html>
    #[must_use]
    pub fn authorize_retire(&self, key: &Key, grant: &Grant, asker: Asker<'_>, facts: &RequestFacts<'_>) -> Decision {
        let decision = self.authorize(Target::Key(key), "kms:RetireGrant", asker, facts);
        if decision.allowed || matches!(decision.reason, Reason::Statement { .. }) {
            return decision;
        }
        grants::decide_retire(key, grant, asker, facts).unwrap_or(decision)
    }
}

/// The decision on one state of a key.
pub(crate) fn decide(target: Target<'_>, action: &str, asker: Asker<'_>, facts: &RequestFacts<'_>) -> Decision {
    let (resource, account, key) = match target {
        Target::Key(key) => (key.arn().to_string(), key.account(), Some(key)),
        Target::Alias { account, region, name } => (alias_arn(account, region, name).to_string(), account, None),
        Target::Account(account) => ("*".to_owned(), account, None),
    };
    let context = KeyContext { asker, key, facts };
    let query =
        Query { principal: asker.principal, action, resource: &resource, resource_account: account, context: &context };
    let Some(key) = key else { return evaluate(&query, &asker.documents) };
    let decision = evaluate(&query, &with_resource(asker.documents, "key policy", &key.meta.policy));
    // A statement that decided against it denies it, whatever a grant says.
    if decision.allowed || matches!(decision.reason, Reason::Statement { .. }) {
        return decision;
    }
    grants::decide(key, &query, asker, facts).unwrap_or(decision)
}

fn with_resource<'a>(documents: Documents<'a>, name: &'a str, policy: &'a Document) -> Documents<'a> {
    let resource = Some(Named { name, policy: policy.policy() });
    Documents { resource, resource_must_allow: true, ..documents }
}

/// Whether a policy lets who gives it replace it, or leaves that to its account.
pub(crate) fn may_replace(policy: &Document, key_arn: &str, account: AccountId, asker: Asker<'_>) -> bool {
    let facts = RequestFacts::default();
    let context = KeyContext { asker, key: None, facts: &facts };
    let allows = |principal: &Principal, documents: Documents<'_>| {
        let action = "kms:PutKeyPolicy";
        let query = Query { principal, action, resource: key_arn, resource_account: account, context: &context };
        evaluate(&query, &with_resource(documents, "key policy", policy)).allowed
    };
    if allows(asker.principal, asker.documents) {
        return true;
    }
    let root = asker.principal.canonical_id().filter(|_| asker.principal.account() == Some(account));
    root.is_some_and(|canonical_id| {
        let root = Principal::Root { account, canonical_id: canonical_id.clone() };
        allows(&root, Documents::default())
    })
}

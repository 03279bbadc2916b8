//! What grants allow. A grant counts as a key policy of one statement would: what it gives a role its sessions have within
//! their session policies, and a principal of another account needs the permission of its own account besides.

use std::borrow::Cow;

use larder_policy::{Decision, Documents, Named, Principal, Query, evaluate};

use super::keys::KeyContext;
use super::{Asker, RequestFacts};
use crate::model::{Document, Grant};
use crate::{EncryptionContext, GrantOperation, Key};

/// What the key's grants say; `None` when none allows it.
pub(super) fn decide(key: &Key, query: &Query<'_>, asker: Asker<'_>, facts: &RequestFacts<'_>) -> Option<Decision> {
    let operation = operation_of(query.action)?;
    let who = Names::of(asker.principal);
    let fitting = key.grants.values().filter(|grant| {
        grant.operations.contains(&operation) && who.include(&grant.grantee) && allows(grant, operation, facts)
    });
    fitting.map(|grant| ask(key, &grant.grantee, &grant.id, query, asker.documents)).find(|decision| decision.allowed)
}

/// Whether its retiring principal or the account that made it asks.
pub(super) fn decide_retire(key: &Key, grant: &Grant, asker: Asker<'_>, facts: &RequestFacts<'_>) -> Option<Decision> {
    let context = KeyContext { asker, key: Some(key), facts };
    let query = Query {
        principal: asker.principal,
        action: "kms:RetireGrant",
        resource: key.arn(),
        resource_account: key.account(),
        context: &context,
    };
    let issuer = format!("arn:aws:iam::{}:root", grant.issuer);
    let by_grantee = grant.operations.contains(&GrantOperation::RetireGrant).then_some(&*grant.grantee);
    let named = [grant.retiring.as_deref(), by_grantee, Some(&*issuer)].into_iter().flatten();
    let who = Names::of(asker.principal);
    let named = named.filter(|name| who.include(name));
    let mut decisions = named.map(|name| ask(key, name, &grant.id, &query, asker.documents));
    decisions.find(|decision| decision.allowed)
}

fn operation_of(action: &str) -> Option<GrantOperation> {
    let (vendor, name) = action.split_once(':')?;
    let known = GrantOperation::ALL.iter().find(|operation| operation.as_str().eq_ignore_ascii_case(name));
    known.copied().filter(|_| vendor.eq_ignore_ascii_case("kms"))
}

/// The names that a principal has or acts for: its own, its role's or user's, its account's.
struct Names<'a>(Vec<Cow<'a, str>>);

impl<'a> Names<'a> {
    fn of(principal: &'a Principal) -> Self {
        let mut names = vec![principal.arn()];
        match principal {
            Principal::AssumedRole { role_arn, .. } => names.push(Cow::Borrowed(role_arn)),
            Principal::FederatedUser { user_arn: Some(user), .. } => names.push(Cow::Borrowed(user)),
            _ => {}
        }
        names.extend(principal.account().map(|account| Cow::Owned(format!("arn:aws:iam::{account}:root"))));
        Self(names)
    }

    fn include(&self, named: &str) -> bool {
        self.0.iter().any(|name| name == named)
    }
}

/// Whether the constraints hold.
fn allows(grant: &Grant, operation: GrantOperation, facts: &RequestFacts<'_>) -> bool {
    if operation == GrantOperation::CreateGrant {
        // What a grant makes may allow no more than itself.
        return facts.grant.is_some_and(|new| {
            new.operations.iter().all(|operation| grant.operations.contains(operation))
                && grant.constraints.contain(new.constraints)
        });
    }
    if grant.constraints.is_empty() || !operation.has_encryption_context() {
        return true;
    }
    let none = EncryptionContext::default();
    grant.constraints.hold_for(facts.encryption_context.unwrap_or(&none))
}

fn ask(key: &Key, grantee: &str, grant: &str, query: &Query<'_>, documents: Documents<'_>) -> Decision {
    let kind = if grantee.starts_with("arn:") { "AWS" } else { "Service" };
    // Principals of grants have no character that JSON escapes; one that had would not parse, and allow nothing.
    let text = format!(
        r#"{{"Statement":{{"Effect":"Allow","Principal":{{"{kind}":"{grantee}"}},"Action":"kms:*","Resource":"*"}}}}"#
    );
    let name = format!("grant {grant}");
    match Document::parse(&text, key.arn()) {
        Ok(document) => {
            let resource = Some(Named { name: &name, policy: document.policy() });
            evaluate(query, &Documents { resource, resource_must_allow: true, ..documents })
        }
        Err(_) => Decision { allowed: false, reason: larder_policy::Reason::NothingAllows },
    }
}

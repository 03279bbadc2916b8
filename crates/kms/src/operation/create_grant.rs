//! CreateGrant. <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html>

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use larder_types::{AccountId, Region};

use crate::limits::{MAX_CONSTRAINT_CHARACTERS, MAX_CONSTRAINT_PAIRS};
use crate::model::{Constraints, Grant};
use crate::quota::Limit;
use crate::{EncryptionContext, GrantOperation, Key, KeyManager, Kms, KmsError, KmsErrorKind, ids};

/// A request for a grant.
#[derive(Clone, Copy)]
pub struct CreateGrant<'a> {
    /// The account of who asks.
    pub issuer: AccountId,
    /// Who gets it: the ARN of a user, a role, a session or an account's root, or a service.
    pub grantee: &'a str,
    /// Who may retire it.
    pub retiring: Option<&'a str>,
    /// What it allows.
    pub operations: &'a [GrantOperation],
    /// What the encryption context must be.
    pub constraints: &'a Constraints,
    /// Makes asking again give the same grant.
    pub name: Option<&'a str>,
    /// Whether a principal is there.
    pub exists: &'a (dyn Fn(&str) -> bool + Sync),
}

/// A new grant, or the one that was there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedGrant {
    /// Its id.
    pub id: Arc<str>,
    /// Names it to RetireGrant. Another one each time; all are good as long as the grant is there.
    pub token: String,
}

impl Kms {
    /// Adds a grant. It counts at once, so that its token is needed for nothing but to retire it.
    ///
    /// # Errors
    /// `ValidationException`, `InvalidArnException` for principals, `LimitExceededException`, and those of
    /// [`Kms::check_usable`].
    pub async fn create_grant(&self, key: &Key, request: CreateGrant<'_>) -> Result<CreatedGrant, KmsError> {
        check(key, &request)?;
        let most = self.limit(key.account(), key.region(), Limit::GrantsPerKey);
        let id = self
            .change(|state, change| {
                let mut key = Key::clone(&*state.live(key, change.now)?);
                key.check_usable(change.now)?;
                let grant = Grant {
                    id: ids::long_id(change.rng),
                    name: request.name.map(Into::into),
                    grantee: request.grantee.into(),
                    retiring: request.retiring.map(Into::into),
                    issuer: request.issuer,
                    operations: request.operations.iter().copied().collect(),
                    constraints: request.constraints.clone(),
                    created: change.now,
                };
                if let Some(same) = key.grants.values().find(|known| is_same(known, &grant)) {
                    return Ok(Arc::clone(&same.id));
                }
                if key.grants.len() >= most {
                    return Err(KmsError::new(
                        KmsErrorKind::LimitExceeded,
                        format!("The KMS key has reached its quota of {most} grants."),
                    ));
                }
                let id = Arc::clone(&grant.id);
                Arc::make_mut(&mut key.grants).insert(Arc::clone(&id), Arc::new(grant));
                state.put(key);
                Ok(id)
            })
            .await?;
        Ok(CreatedGrant { token: self.grant_token(key, &id), id })
    }

    fn grant_token(&self, key: &Key, grant: &str) -> String {
        let plain = [key.account().to_string().as_str(), key.region().as_str(), key.id(), grant].join("|");
        URL_SAFE_NO_PAD.encode(self.shared.sealing.grant_token.seal(&*self.shared.rng, &[], plain.as_bytes()))
    }

    /// The key and the id of the grant that a token names, whether or not the grant is still there.
    ///
    /// # Errors
    /// `InvalidGrantTokenException`; `NotFoundException` when the key is gone.
    pub fn grant_of_token(&self, token: &str) -> Result<(Arc<Key>, String), KmsError> {
        let invalid = || KmsError::new(KmsErrorKind::InvalidGrantToken, "");
        let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
        let plain = self.shared.sealing.grant_token.open(&[], &sealed).ok_or_else(invalid)?;
        let plain = std::str::from_utf8(&plain).map_err(|_| invalid())?;
        let parts: Vec<&str> = plain.split('|').collect();
        let [account, region, key, grant] = parts.as_slice() else { return Err(invalid()) };
        let account = AccountId::parse(account).map_err(|_| invalid())?;
        let region = Region::parse(region).map_err(|_| invalid())?;
        let key = self.find_by_id(&region, account, key)?;
        Ok((key, (*grant).to_owned()))
    }
}

/// Whether asking for `new` is asking for `known` again: only when it has a name.
fn is_same(known: &Grant, new: &Grant) -> bool {
    known.name.is_some()
        && (&known.name, &known.grantee, &known.retiring, &known.operations, &known.constraints)
            == (&new.name, &new.grantee, &new.retiring, &new.operations, &new.constraints)
}

fn check(key: &Key, request: &CreateGrant<'_>) -> Result<(), KmsError> {
    if key.manager() == KeyManager::Aws {
        return Err(KmsError::unsupported(format!("{} is an AWS managed key.", key.arn())));
    }
    if request.operations.is_empty() {
        return Err(KmsError::validation("Grant operations must not be empty."));
    }
    let allowed = |operation: &&GrantOperation| operation.applies_to(key.spec(), key.usage());
    let unfit: BTreeSet<_> = request.operations.iter().filter(|operation| !allowed(operation)).collect();
    if let Some(operation) = unfit.first() {
        return Err(KmsError::validation(format!(
            "Operation {operation} is not supported for KMS key with key usage {}.",
            key.usage()
        )));
    }
    for principal in [Some(request.grantee), request.retiring].into_iter().flatten() {
        check_principal(principal, request.exists)?;
    }
    if let Some(name) = request.name
        && (name.is_empty()
            || name.len() > 256
            || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/_-".contains(&byte)))
    {
        return Err(KmsError::validation(
            "1 validation error detected: Value at 'name' failed to satisfy constraint: Member must satisfy regular \
             expression pattern: ^[a-zA-Z0-9:/_-]+$",
        ));
    }
    let constraints = request.constraints;
    if !constraints.is_empty() && key.spec() != crate::KeySpec::SymmetricDefault {
        return Err(KmsError::validation("Grant constraints are supported only for symmetric encryption KMS keys."));
    }
    constraints.subset.iter().chain(&constraints.equals).try_for_each(check_constraint)
}

fn check_principal(principal: &str, exists: &(dyn Fn(&str) -> bool + Sync)) -> Result<(), KmsError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte);
    if !(1..=256).contains(&principal.len()) || !principal.bytes().all(plain) {
        return Err(KmsError::validation(
            "1 validation error detected: Value at 'granteePrincipal' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: ^[\\w+=,.@:/-]+$",
        ));
    }
    let is_service = !principal.starts_with("arn:") && principal.ends_with(".amazonaws.com");
    if is_service || (principal.starts_with("arn:") && exists(principal)) {
        return Ok(());
    }
    Err(KmsError::new(KmsErrorKind::InvalidArn, format!("ARN does not refer to a valid principal: {principal}")))
}

fn check_constraint(context: &EncryptionContext) -> Result<(), KmsError> {
    let characters: usize = context.iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum();
    if context.len() > MAX_CONSTRAINT_PAIRS || characters > MAX_CONSTRAINT_CHARACTERS {
        return Err(KmsError::validation(format!(
            "A grant constraint may have at most {MAX_CONSTRAINT_PAIRS} pairs and {MAX_CONSTRAINT_CHARACTERS} characters."
        )));
    }
    Ok(())
}

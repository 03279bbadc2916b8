//! CreateAlias, UpdateAlias, DeleteAlias, ListAliases.
//! <https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html>

use std::sync::Arc;

use larder_types::{AccountId, Region, Timestamp};

use super::list_keys::behind;
use super::{Listed, Page};
use crate::limits::MAX_ALIAS_CHARACTERS;
use crate::model::Alias;
use crate::quota::Limit;
use crate::{Key, KeyManager, KeyState, Kms, KmsError, KmsErrorKind};

/// The start of aliases that only AWS makes.
const RESERVED: &str = "alias/aws/";

/// Which aliases to list.
#[derive(Clone, Copy)]
pub struct ListAliases<'a> {
    /// Whose.
    pub account: AccountId,
    /// Where.
    pub region: &'a Region,
    /// Only those of this key.
    pub key: Option<&'a Key>,
    /// Which part.
    pub page: Page<'a>,
}

/// An alias in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasEntry {
    /// Its name, with `alias/`.
    pub name: Arc<str>,
    /// Its ARN.
    pub arn: Arc<str>,
    /// The id of its key.
    pub target: Arc<str>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last pointed to a key.
    pub updated: Timestamp,
}

impl Kms {
    /// Gives a key an alias.
    ///
    /// # Errors
    /// `ValidationException` and `InvalidAliasNameException` for the name, also for
    /// `alias/aws/`; `AlreadyExistsException`, `LimitExceededException`,
    /// `KMSInvalidStateException` while the key is pending deletion.
    pub async fn create_alias(&self, key: &Key, name: &str) -> Result<(), KmsError> {
        check_name(name)?;
        let most = self.limit(key.account(), key.region(), Limit::AliasesPerKey);
        self.change(|state, change| {
            let key = state.live(key, change.now)?;
            check_target(&key, change.now)?;
            if state.region(key.account(), key.region()).is_some_and(|keys| keys.aliases.contains_key(name)) {
                let arn = arn_of(key.account(), key.region(), name);
                return Err(KmsError::new(
                    KmsErrorKind::AlreadyExists,
                    format!("An alias with the name {arn} already exists"),
                ));
            }
            state.put(with_alias(&key, name, Alias { created: change.now, updated: change.now }, most)?);
            Ok(())
        })
        .await
    }

    /// Points an alias to another key of the same account and region, kind and usage.
    ///
    /// # Errors
    /// As for [`Kms::create_alias`], and `NotFoundException` for the alias.
    pub async fn update_alias(&self, key: &Key, name: &str) -> Result<(), KmsError> {
        check_name(name)?;
        let most = self.limit(key.account(), key.region(), Limit::AliasesPerKey);
        self.change(|state, change| {
            let key = state.live(key, change.now)?;
            check_target(&key, change.now)?;
            let holder = state.by_alias(key.account(), key.region(), name).cloned();
            let holder = holder.ok_or_else(|| no_such_alias(key.account(), key.region(), name))?;
            let alias = holder.aliases.get(name).map(|alias| Alias::clone(alias));
            let alias = alias.ok_or_else(|| no_such_alias(key.account(), key.region(), name))?;
            let same_kind = holder.spec().is_asymmetric() == key.spec().is_asymmetric();
            if !same_kind || holder.usage() != key.usage() {
                return Err(KmsError::new(
                    KmsErrorKind::InvalidState,
                    format!("Alias {name} cannot be changed from a KMS key of another type or usage."),
                ));
            }
            let moved = Alias { updated: change.now, ..alias };
            if holder.id() == key.id() {
                state.put(with_alias(&without_alias(&key, name), name, moved, usize::MAX)?);
            } else {
                let target = with_alias(&key, name, moved, most)?;
                state.put(without_alias(&holder, name));
                state.put(target);
            }
            Ok(())
        })
        .await
    }

    /// Removes an alias.
    ///
    /// # Errors
    /// `NotFoundException`, `InvalidAliasNameException` for `alias/aws/`.
    pub async fn delete_alias(&self, account: AccountId, region: &Region, name: &str) -> Result<(), KmsError> {
        check_name(name)?;
        self.change(|state, _| {
            let holder = state.by_alias(account, region, name).cloned();
            let holder = holder.ok_or_else(|| no_such_alias(account, region, name))?;
            state.put(without_alias(&holder, name));
            Ok(())
        })
        .await
    }

    /// The aliases of an account in a region or of one key, in order of their names.
    #[must_use]
    pub fn list_aliases(&self, request: ListAliases<'_>) -> Listed<AliasEntry> {
        let state = self.state();
        let now = self.now();
        let Some(keys) = state.region(request.account, request.region) else {
            return Listed { items: Vec::new(), next: None };
        };
        let entries = behind(&keys.aliases, request.page.marker).filter_map(|(name, id)| {
            let key = keys.keys.get(id).filter(|key| !key.meta.is_gone(now))?;
            if request.key.is_some_and(|wanted| wanted.id() != key.id()) {
                return None;
            }
            let alias = key.aliases.get(name)?;
            let entry = AliasEntry {
                name: Arc::clone(name),
                arn: arn_of(request.account, request.region, name),
                target: Arc::clone(id),
                created: alias.created,
                updated: alias.updated,
            };
            Some((&**name, entry))
        });
        Listed::page(entries, request.page)
    }
}

pub(crate) fn arn_of(account: AccountId, region: &Region, name: &str) -> Arc<str> {
    format!("arn:aws:kms:{region}:{account}:{name}").into()
}

fn no_such_alias(account: AccountId, region: &Region, name: &str) -> KmsError {
    KmsError::not_found(format!("Alias {} is not found.", arn_of(account, region, name)))
}

fn check_name(name: &str) -> Result<(), KmsError> {
    let Some(rest) = name.strip_prefix("alias/") else {
        return Err(KmsError::validation(
            "Alias must start with the prefix \"alias/\". Please see \
             https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        ));
    };
    if name.starts_with(RESERVED) {
        return Err(KmsError::new(
            KmsErrorKind::InvalidAliasName,
            "Alias names that begin with \"alias/aws/\" are reserved.",
        ));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":/_-".contains(&byte);
    if name.len() > MAX_ALIAS_CHARACTERS || !name.bytes().all(plain) {
        return Err(KmsError::validation(format!(
            "1 validation error detected: Value '{name}' at 'aliasName' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: ^[a-zA-Z0-9:/_-]+$"
        )));
    }
    if rest.is_empty() {
        return Err(KmsError::new(KmsErrorKind::InvalidAliasName, "An alias name must not be empty."));
    }
    Ok(())
}

/// Aliases are for customer managed keys that are not to be deleted.
fn check_target(key: &Key, now: Timestamp) -> Result<(), KmsError> {
    if key.manager() == KeyManager::Aws {
        return Err(KmsError::unsupported(format!("{} is an AWS managed key.", key.arn())));
    }
    key.check_state(now, &[KeyState::Enabled, KeyState::Disabled, KeyState::PendingImport])
}

fn with_alias(key: &Key, name: &str, alias: Alias, most: usize) -> Result<Key, KmsError> {
    if key.aliases.len() >= most {
        return Err(KmsError::new(
            KmsErrorKind::LimitExceeded,
            format!("The KMS key has reached its quota of {most} aliases."),
        ));
    }
    let mut key = key.clone();
    Arc::make_mut(&mut key.aliases).insert(name.into(), Arc::new(alias));
    Ok(key)
}

fn without_alias(key: &Key, name: &str) -> Key {
    let mut key = key.clone();
    Arc::make_mut(&mut key.aliases).remove(name);
    key
}

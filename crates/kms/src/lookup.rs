//! Finding keys by what requests call them.
//!
//! A key is named by its id, its ARN, an alias or an alias's ARN; a key of another account by ARNs alone.
//! <https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id>

use std::sync::Arc;

use larder_types::{AccountId, Region};

use crate::model::KeyMeta;
use crate::state::no_such_key;
use crate::{Key, Kms, KmsError, ids};

/// The alias in what a request calls a key: `alias/...`, or the end of an alias's ARN. The value of `kms:RequestAlias`.
#[must_use]
pub fn request_alias(named: &str) -> Option<&str> {
    let name = if named.starts_with("arn:") { named.splitn(6, ':').nth(5)? } else { named };
    name.starts_with("alias/").then_some(name)
}

impl Kms {
    /// The key that a caller of `account` means by `named` in this region.
    ///
    /// # Errors
    /// `NotFoundException`; a key whose time of deletion has come is not there.
    pub fn find(&self, region: &Region, account: AccountId, named: &str) -> Result<Arc<Key>, KmsError> {
        let state = self.state();
        let found = match resource_of(region, account, named)? {
            (account, Resource::Alias(name)) => state.by_alias(account, region, name).ok_or_else(|| {
                KmsError::not_found(format!("Alias arn:aws:kms:{region}:{account}:{name} is not found."))
            })?,
            (account, Resource::Key(id)) => {
                let key = state.key(account, region, id);
                key.ok_or_else(|| no_such_key(&KeyMeta::arn_of(account, region, id)))?
            }
        };
        state.live(found, self.now())
    }

    /// As [`Kms::find`] for the operations that take no alias, such as ScheduleKeyDeletion.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub fn find_by_id(&self, region: &Region, account: AccountId, named: &str) -> Result<Arc<Key>, KmsError> {
        match request_alias(named) {
            Some(_) => Err(KmsError::not_found(format!("Invalid keyId '{named}'"))),
            None => self.find(region, account, named),
        }
    }
}

/// What a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource<'a> {
    /// An alias, with its `alias/`.
    Alias(&'a str),
    /// A key's id.
    Key(&'a str),
}

/// Reads what a request calls a key.
pub(crate) fn resource_of<'a>(
    region: &Region,
    account: AccountId,
    named: &'a str,
) -> Result<(AccountId, Resource<'a>), KmsError> {
    let arn = named.strip_prefix("arn:");
    let (account, name) = match arn {
        Some(rest) => parse_arn(region, named, rest)?,
        None => (account, named),
    };
    if name.starts_with("alias/") {
        return Ok((account, Resource::Alias(name)));
    }
    let id = match arn {
        Some(_) => name.strip_prefix("key/").ok_or_else(|| KmsError::not_found(format!("Invalid arn {named}")))?,
        None => name,
    };
    if ids::is_key_id(id) {
        Ok((account, Resource::Key(id)))
    } else {
        Err(KmsError::not_found(format!("Invalid keyId '{id}'")))
    }
}

/// The account and the resource that an ARN names, which must be of this region.
fn parse_arn<'a>(region: &Region, arn: &str, rest: &'a str) -> Result<(AccountId, &'a str), KmsError> {
    let invalid = || KmsError::not_found(format!("Invalid arn {arn}"));
    let mut parts = rest.splitn(5, ':');
    let (Some("aws"), Some("kms"), Some(named), Some(account), Some(resource)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(invalid());
    };
    let account = AccountId::parse(account).map_err(|_| invalid())?;
    if named != region.as_str() {
        return Err(KmsError::not_found(format!("Invalid arn {named}")));
    }
    Ok((account, resource))
}

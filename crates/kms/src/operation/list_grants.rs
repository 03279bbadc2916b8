//! ListGrants and ListRetirableGrants.
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html>

use std::ops::Bound;
use std::sync::Arc;

use larder_types::{AccountId, Region};

use super::list_keys::behind;
use super::{Listed, Page};
use crate::model::Grant;
use crate::{Key, Kms, KmsError};

/// Which grants of a key to list.
#[derive(Clone, Copy)]
pub struct ListGrants<'a> {
    /// Only this one.
    pub id: Option<&'a str>,
    /// Only those of this principal.
    pub grantee: Option<&'a str>,
    /// Which part.
    pub page: Page<'a>,
}

/// A grant in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantEntry {
    /// The ARN of its key.
    pub key_arn: Arc<str>,
    /// The grant.
    pub grant: Arc<Grant>,
}

impl Kms {
    /// The grants of a key, in order of their ids.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub fn list_grants(&self, key: &Key, request: ListGrants<'_>) -> Result<Listed<GrantEntry>, KmsError> {
        let key = self.live(key)?;
        let wanted = |grant: &Grant| {
            request.id.is_none_or(|id| *grant.id == *id)
                && request.grantee.is_none_or(|grantee| *grant.grantee == *grantee)
        };
        let found = behind(&key.grants, request.page.marker).filter(|(_, grant)| wanted(grant));
        let entry = |(id, grant): (_, &Arc<Grant>)| {
            let _: &Arc<str> = id;
            (id.as_ref(), GrantEntry { key_arn: Arc::clone(key.arn()), grant: Arc::clone(grant) })
        };
        Ok(Listed::page(found.map(entry), request.page))
    }

    /// The grants that a principal may retire, of the keys of an account in a region. The marker is a key's id and a grant's.
    #[must_use]
    pub fn list_retirable_grants(
        &self,
        account: AccountId,
        region: &Region,
        retiring: &str,
        page: Page<'_>,
    ) -> Listed<GrantEntry> {
        let (state, now) = (self.state(), self.now());
        let Some(keys) = state.region(account, region) else { return Listed { items: Vec::new(), next: None } };
        let (first, after) = page.marker.and_then(|marker| marker.split_once('/')).unwrap_or_default();
        let from = (Bound::Included(first), Bound::Unbounded);
        let keys = keys.keys.range::<str, _>(from).map(|(_, key)| key).filter(|key| !key.meta.is_gone(now));
        let grants = keys.flat_map(|key| {
            let after = Some(after).filter(|_| **key.id() == *first);
            let found = behind(&key.grants, after);
            let found = found.filter(|(_, grant)| grant.retiring.as_deref() == Some(retiring));
            found.map(move |(id, grant)| {
                let entry = GrantEntry { key_arn: Arc::clone(key.arn()), grant: Arc::clone(grant) };
                (format!("{}/{id}", key.id()), entry)
            })
        });
        Listed::page(grants, page)
    }
}

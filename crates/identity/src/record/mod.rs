//! The records that accounts are kept in, one file each.
//!
//! A record is one byte for its version followed by its fields in [postcard](https://postcard.jamesmunns.com/wire-format)
//! order. A version or a field this build does not know is an error, never a guess. `docs/formats/identity.md` describes
//! them for other programs.

mod access_key;
mod account;
mod group;
mod last_used;
mod mfa_device;
mod oidc_provider;
pub(crate) mod place;
mod policy;
mod role;
#[cfg(test)]
mod tests;
mod user;

use std::sync::Arc;

use bytes::Bytes;
use larder_env::Rng;
use larder_policy::Kind;
use larder_store::StoreError;
pub(crate) use larder_store::record::{Record, corrupt, damaged};
use larder_types::AccountId;

use crate::Secret;
use crate::model::Document;
use crate::seal::{Purpose, Sealer};

pub(crate) use access_key::AccessKeyRecord;
pub(crate) use account::AccountRecord;
pub(crate) use group::GroupRecord;
pub(crate) use last_used::LastUsedRecord;
pub(crate) use mfa_device::MfaDeviceRecord;
pub(crate) use oidc_provider::OidcProviderRecord;
pub(crate) use policy::PolicyRecord;
pub(crate) use role::RoleRecord;
pub(crate) use user::UserRecord;

/// Something of an account that has a record of its own.
pub(crate) trait Stored: Sized {
    /// The first byte of its record's key.
    const TAG: u8;

    /// The end of its record's key: an id that stays the same for as long as it exists. `key` is its key among its like.
    fn record_id<'a>(&'a self, key: &'a str) -> &'a str;

    /// Its key among its like.
    fn key(&self, record_id: &str) -> Arc<str>;

    /// Whether it is kept in the store at all.
    fn is_stored(&self) -> bool {
        true
    }

    /// The bytes to persist.
    fn encode(&self, vault: &Vault<'_>, record_id: &str) -> Bytes;

    /// Reads persisted bytes.
    fn decode(stored: &[u8], vault: &Vault<'_>, record_id: &str) -> Result<Self, StoreError>;
}

/// Seals the secrets of an account.
#[derive(Clone, Copy)]
pub(crate) struct Vault<'a> {
    pub(crate) sealer: &'a Sealer,
    pub(crate) rng: &'a dyn Rng,
    pub(crate) account: AccountId,
}

impl Vault<'_> {
    /// `bound` is what of the record must not be changed without the secret: it opens with nothing else.
    fn seal(&self, purpose: Purpose, record_id: &str, bound: &[&str], secret: &Secret) -> Vec<u8> {
        let account = self.account.to_string();
        self.sealer.seal(self.rng, purpose, &place(&account, record_id, bound), secret.expose().as_bytes())
    }

    fn open(
        &self,
        purpose: Purpose,
        record_id: &str,
        bound: &[&str],
        sealed: &[u8],
    ) -> Result<Arc<Secret>, StoreError> {
        let account = self.account.to_string();
        let opened = self.sealer.open(purpose, &place(&account, record_id, bound), sealed);
        let text = opened.and_then(|bytes| std::str::from_utf8(&bytes).ok().map(|text| Secret::new(text.to_owned())));
        text.map(Arc::new).ok_or_else(|| {
            corrupt(format!(
                "what is sealed of {record_id} in account {account} does not open: is the secret another one than before?"
            ))
        })
    }
}

fn place<'a>(account: &'a str, record_id: &'a str, bound: &[&'a str]) -> Vec<&'a [u8]> {
    [account, record_id].iter().chain(bound).map(|part| part.as_bytes()).collect()
}

/// A document that was checked before it was stored.
fn document(text: &str, kind: Kind<'_>, of: &str) -> Result<Document, StoreError> {
    Document::parse(text, kind).map_err(|error| corrupt(format!("policy document of {of}: {}", error.message)))
}

/// Inline policies as they are stored.
type Inline = Vec<(Arc<str>, Arc<str>)>;

fn inline_to_stored(inline: &std::collections::BTreeMap<Arc<str>, Document>) -> Inline {
    inline.iter().map(|(name, document)| (Arc::clone(name), Arc::clone(document.text()))).collect()
}

fn inline_from_stored(inline: Inline, of: &str) -> Result<std::collections::BTreeMap<Arc<str>, Document>, StoreError> {
    let read = |(name, text): (Arc<str>, Arc<str>)| Ok((name, document(&text, Kind::Identity, of)?));
    inline.into_iter().map(read).collect()
}

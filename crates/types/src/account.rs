//! Accounts: the owners of everything.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A 12-digit AWS account id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountId(u64);

/// The text was not 12 decimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an account id is 12 decimal digits")]
pub struct InvalidAccountId;

impl AccountId {
    /// Parses 12 decimal digits.
    ///
    /// # Errors
    /// [`InvalidAccountId`] for any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidAccountId> {
        if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidAccountId);
        }
        text.parse().map(Self).map_err(|_| InvalidAccountId)
    }

    /// The id made of `number` modulo 10^12.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        Self(number % 1_000_000_000_000)
    }

    /// Its digits as a number, for records that keep it in eight bytes.
    #[must_use]
    pub fn as_number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A canonical user id: 64 hexadecimal digits that name an account in ACLs and listings.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CanonicalUserId(Arc<str>);

/// The text was not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a canonical user id is 64 hexadecimal digits")]
pub struct InvalidCanonicalUserId;

impl CanonicalUserId {
    /// Parses 64 hexadecimal digits and keeps them in lower case.
    ///
    /// # Errors
    /// [`InvalidCanonicalUserId`] for any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidCanonicalUserId> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidCanonicalUserId);
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CanonicalUserId {
    type Error = InvalidCanonicalUserId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<CanonicalUserId> for String {
    fn from(id: CanonicalUserId) -> Self {
        id.0.as_ref().to_owned()
    }
}

impl fmt::Display for CanonicalUserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CanonicalUserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Who owns a bucket, an object or an upload, as listings show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The owning account.
    pub account: AccountId,
    /// Its canonical user id.
    pub canonical_id: CanonicalUserId,
    /// Its display name.
    pub display_name: Arc<str>,
}

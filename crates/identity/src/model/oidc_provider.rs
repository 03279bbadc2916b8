//! OpenID Connect providers.

use std::sync::Arc;

use larder_types::{AccountId, Timestamp};

use super::Tag;

/// An OpenID Connect provider that the account trusts to say who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcProvider {
    /// Its URL without the scheme, as IAM shows it.
    pub url: Arc<str>,
    /// It was given with `http://`: its tokens name it so, and its keys come unprotected.
    pub plain_http: bool,
    /// The audiences whose tokens are accepted.
    pub client_ids: Vec<Arc<str>>,
    /// SHA-1 thumbprints of the certificates it may be served with; kept and shown, as the server's own trusted
    /// authorities decide which certificates are good.
    pub thumbprints: Vec<Arc<str>>,
    /// When it was made.
    pub created: Timestamp,
    /// Its tags, in the order they were first given.
    pub tags: Vec<Tag>,
}

impl OidcProvider {
    /// Whether it is the issuer of tokens that name their issuer so.
    #[must_use]
    pub fn is_issuer(&self, issuer: &str) -> bool {
        let scheme = if self.plain_http { "http://" } else { "https://" };
        issuer.strip_prefix(scheme).is_some_and(|bare| bare.strip_suffix('/').unwrap_or(bare) == &*self.url)
    }

    /// `arn:aws:iam::ACCOUNT:oidc-provider/URL`
    #[must_use]
    pub fn arn(&self, account: AccountId) -> String {
        format!("arn:aws:iam::{account}:oidc-provider/{}", self.url)
    }
}

//! OpenID Connect providers.

use std::sync::Arc;

use super::{AccountState, Change, Quotas, checks, tags};
use crate::IamError;
use crate::model::{OidcProvider, Tag};

const LONGEST_URL: usize = 255;
const LONGEST_CLIENT_ID: usize = 255;
const THUMBPRINT_LENGTH: usize = 40;

/// What a new provider is to be.
#[derive(Clone, Debug, Default)]
pub struct CreateOidcProvider {
    /// Its URL, with `https://`.
    pub url: String,
    /// The audiences whose tokens are accepted.
    pub client_ids: Vec<String>,
    /// Thumbprints of certificates.
    pub thumbprints: Vec<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

impl AccountState {
    /// All providers, in order of their URLs.
    pub fn oidc_providers(&self) -> impl Iterator<Item = &Arc<OidcProvider>> {
        self.oidc_providers.values()
    }

    /// A provider by its ARN.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn oidc_provider(&self, arn: &str) -> Result<&Arc<OidcProvider>, IamError> {
        let prefix = format!("arn:aws:iam::{}:oidc-provider/", self.id());
        let found = arn.strip_prefix(&prefix).and_then(|url| self.oidc_providers.get(url));
        found.ok_or_else(|| IamError::missing(format!("OpenIDConnect Provider not found for arn {arn}")))
    }

    /// A provider by its URL without the scheme.
    #[must_use]
    pub fn oidc_provider_by_url(&self, url: &str) -> Option<&Arc<OidcProvider>> {
        self.oidc_providers.get(url)
    }

    /// Makes a provider. `http://` is taken too, for issuers on the server's own machine: whether such a URL is fetched is
    /// up to whoever fetches.
    ///
    /// # Errors
    /// `EntityAlreadyExists`, `InvalidInput`, `ValidationError`, `LimitExceeded`.
    pub fn create_oidc_provider(
        &mut self,
        change: &Change<'_>,
        request: CreateOidcProvider,
    ) -> Result<Arc<OidcProvider>, IamError> {
        let CreateOidcProvider { url, client_ids, thumbprints, tags } = request;
        checks::length("url", &url, 1, LONGEST_URL)?;
        let bare = bare_url(&url).ok_or_else(|| IamError::invalid("Invalid Open ID Connect Provider URL"))?;
        check_client_ids(&client_ids)?;
        check_thumbprints(&thumbprints)?;
        tags::check_new(&tags, "OIDCProvider")?;
        if self.oidc_providers.get(bare).is_some() {
            return Err(IamError::exists(format!("Provider with url {url} already exists.")));
        }
        if self.oidc_providers.len() >= Quotas::OIDC_PROVIDERS {
            let quota = Quotas::OIDC_PROVIDERS;
            return Err(IamError::limit(format!("Cannot exceed quota for OpenIdConnectProvidersPerAccount: {quota}")));
        }
        let mut unique: Vec<Arc<str>> = Vec::new();
        for id in client_ids {
            if !unique.iter().any(|it| **it == *id) {
                unique.push(id.into());
            }
        }
        let provider = Arc::new(OidcProvider {
            url: bare.into(),
            plain_http: url.starts_with("http://"),
            client_ids: unique,
            thumbprints: thumbprints.into_iter().map(Arc::from).collect(),
            created: change.now,
            tags,
        });
        self.oidc_providers.insert(Arc::clone(&provider.url), Arc::clone(&provider));
        Ok(provider)
    }

    /// Deletes a provider; as in AWS, one that is not there is an error.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn delete_oidc_provider(&mut self, arn: &str) -> Result<(), IamError> {
        let url = Arc::clone(&self.oidc_provider(arn)?.url);
        self.oidc_providers.remove(&url);
        Ok(())
    }

    /// Adds an audience; doing it again changes nothing.
    ///
    /// # Errors
    /// `NoSuchEntity`, `LimitExceeded`, `ValidationError`.
    pub fn add_client_id(&mut self, arn: &str, client_id: &str) -> Result<(), IamError> {
        checks::length("clientID", client_id, 1, LONGEST_CLIENT_ID)?;
        let mut provider = OidcProvider::clone(self.oidc_provider(arn)?);
        if provider.client_ids.iter().any(|it| **it == *client_id) {
            return Ok(());
        }
        provider.client_ids.push(client_id.into());
        if provider.client_ids.len() > Quotas::CLIENT_IDS_PER_OIDC_PROVIDER {
            return Err(too_many_client_ids());
        }
        self.oidc_providers.insert(Arc::clone(&provider.url), Arc::new(provider));
        Ok(())
    }

    /// Removes an audience; doing it again changes nothing.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn remove_client_id(&mut self, arn: &str, client_id: &str) -> Result<(), IamError> {
        let mut provider = OidcProvider::clone(self.oidc_provider(arn)?);
        provider.client_ids.retain(|it| **it != *client_id);
        self.oidc_providers.insert(Arc::clone(&provider.url), Arc::new(provider));
        Ok(())
    }

    /// Replaces the thumbprints.
    ///
    /// # Errors
    /// `NoSuchEntity`, `InvalidInput`, `ValidationError`.
    pub fn update_thumbprints(&mut self, arn: &str, thumbprints: &[String]) -> Result<(), IamError> {
        check_thumbprints(thumbprints)?;
        let mut provider = OidcProvider::clone(self.oidc_provider(arn)?);
        provider.thumbprints = thumbprints.iter().map(|it| it.as_str().into()).collect();
        self.oidc_providers.insert(Arc::clone(&provider.url), Arc::new(provider));
        Ok(())
    }
}

/// The URL without its scheme, when it is one that can name a provider: no query, no fragment, nobody's name in it.
fn bare_url(url: &str) -> Option<&str> {
    let bare = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let bare = bare.strip_suffix('/').unwrap_or(bare);
    let in_url = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/%+[]".contains(&byte);
    let host = bare.split('/').next().unwrap_or_default();
    (!host.is_empty() && bare.bytes().all(in_url)).then_some(bare)
}

fn check_client_ids(client_ids: &[String]) -> Result<(), IamError> {
    for id in client_ids {
        checks::length("clientIDList", id, 1, LONGEST_CLIENT_ID)?;
    }
    if client_ids.len() > Quotas::CLIENT_IDS_PER_OIDC_PROVIDER {
        return Err(too_many_client_ids());
    }
    Ok(())
}

fn too_many_client_ids() -> IamError {
    let quota = Quotas::CLIENT_IDS_PER_OIDC_PROVIDER;
    IamError::limit(format!("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {quota}"))
}

fn check_thumbprints(thumbprints: &[String]) -> Result<(), IamError> {
    if thumbprints.len() > Quotas::THUMBPRINTS_PER_OIDC_PROVIDER {
        return Err(IamError::input("Thumbprint list must contain fewer than 5 entries."));
    }
    for thumbprint in thumbprints {
        checks::length("thumbprintList", thumbprint, THUMBPRINT_LENGTH, THUMBPRINT_LENGTH)?;
    }
    Ok(())
}

//! What fetches a provider's documents: declared here, implemented by whoever speaks HTTPS.

/// Why a document could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct FetchError {
    /// What happened, for the operator.
    pub reason: String,
}

/// Gets documents of OpenID Connect providers.
#[async_trait::async_trait]
pub trait Fetch: Send + Sync + 'static {
    /// The body of a successful answer to a GET of `url`, which begins with `https://` (or `http://`, when an account has
    /// such a provider: refusing it is up to the implementation). Follows no redirect to another scheme, takes at most
    /// `limit` bytes and gives up after some seconds.
    ///
    /// # Errors
    /// [`FetchError`] for everything else.
    async fn get(&self, url: &str, limit: usize) -> Result<Vec<u8>, FetchError>;
}

//! The keys of providers, fetched and remembered.

use std::collections::HashMap;
use std::sync::Arc;

use larder_types::Timestamp;
use parking_lot::Mutex;
use serde::Deserialize;

use super::jwk::KeySet;
use super::jwt::Unverified;
use super::{Fetch, FetchError};

/// A key set is fetched again after this long ...
const TTL_MILLIS: i64 = 60 * 60 * 1_000;
/// ... and for a key that is not in it, or after a failure, at most this often.
const RETRY_MILLIS: i64 = 60 * 1_000;
const MAX_CONFIGURATION_BYTES: usize = 64 * 1_024;
const MAX_KEY_SET_BYTES: usize = 256 * 1_024;
/// Providers that are remembered: more than an account can have.
const REMEMBERED: usize = 1_024;

#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

#[derive(Clone, Default)]
struct Known {
    /// The keys, and when they were fetched.
    keys: Option<(Arc<KeySet>, Timestamp)>,
    /// When they were last asked for, with success or not.
    asked: Option<Timestamp>,
}

/// The keys of providers by issuer.
#[derive(Default)]
pub(crate) struct KeyCache(Mutex<HashMap<String, Known>>);

impl KeyCache {
    /// A key set in which the token's key may be.
    pub(crate) async fn keys_for(
        &self,
        fetch: &dyn Fetch,
        now: Timestamp,
        token: &Unverified<'_>,
    ) -> Result<Arc<KeySet>, FetchError> {
        let issuer = &token.claims.issuer;
        let known = self.0.lock().get(issuer).cloned().unwrap_or_default();
        let is_fresh = |fetched: Timestamp| now < fetched.plus_millis(TTL_MILLIS);
        let may_ask = known.asked.is_none_or(|asked| now >= asked.plus_millis(RETRY_MILLIS) || now < asked);
        match &known.keys {
            Some((keys, fetched)) if is_fresh(*fetched) && (keys.has_key_of(token) || !may_ask) => {
                return Ok(Arc::clone(keys));
            }
            // Old keys are better than none for as long as the provider cannot be asked, but not for ever.
            Some((keys, fetched)) if !may_ask && now < fetched.plus_millis(24 * TTL_MILLIS) => {
                return Ok(Arc::clone(keys));
            }
            None if !may_ask => {
                return Err(FetchError { reason: "the provider could not be asked a moment ago".to_owned() });
            }
            _ => {}
        }
        self.note(issuer, |known| known.asked = Some(now));
        match fetch_keys(fetch, issuer).await {
            Ok(keys) => {
                let keys = Arc::new(keys);
                self.note(issuer, |known| known.keys = Some((Arc::clone(&keys), now)));
                Ok(keys)
            }
            Err(error) => match known.keys {
                Some((keys, fetched)) if now < fetched.plus_millis(24 * TTL_MILLIS) => Ok(keys),
                _ => Err(error),
            },
        }
    }

    fn note(&self, issuer: &str, edit: impl FnOnce(&mut Known)) {
        let mut known = self.0.lock();
        if known.len() >= REMEMBERED && !known.contains_key(issuer) {
            known.clear();
        }
        edit(known.entry(issuer.to_owned()).or_default());
    }
}

/// <https://openid.net/specs/openid-connect-discovery-1_0.html>, section 4.
async fn fetch_keys(fetch: &dyn Fetch, issuer: &str) -> Result<KeySet, FetchError> {
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let unfit = |what: &str| FetchError { reason: format!("the {what} of {issuer} is not understood") };
    let document = fetch.get(&url, MAX_CONFIGURATION_BYTES).await?;
    let configuration: Configuration = match document.len() {
        0..=MAX_CONFIGURATION_BYTES => serde_json::from_slice(&document).map_err(|_| unfit("configuration"))?,
        _ => return Err(unfit("configuration")),
    };
    if configuration.issuer.trim_end_matches('/') != issuer.trim_end_matches('/') {
        return Err(unfit("configuration"));
    }
    // Keys over an open connection could be anybody's, unless the provider itself is reached that way.
    let secure = configuration.jwks_uri.starts_with("https://");
    if !secure && !(issuer.starts_with("http://") && configuration.jwks_uri.starts_with("http://")) {
        return Err(unfit("key set's address"));
    }
    let document = fetch.get(&configuration.jwks_uri, MAX_KEY_SET_BYTES).await?;
    if document.len() > MAX_KEY_SET_BYTES {
        return Err(unfit("key set"));
    }
    KeySet::parse(&document).ok_or_else(|| unfit("key set"))
}

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
/// While a provider cannot be asked, its keys serve for this long.
const LAST_RESORT_MILLIS: i64 = 24 * 60 * 60 * 1_000;
const MAX_CONFIGURATION_BYTES: usize = 64 * 1_024;
const MAX_KEY_SET_BYTES: usize = 256 * 1_024;
/// Providers that are remembered: more than an account can have. When there are more, only those that were asked within the
/// last minute are kept.
const REMEMBERED: usize = 1_024;

#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

/// What is known of a provider.
#[derive(Default)]
struct Provider {
    known: Mutex<Known>,
    /// Held by whoever asks it: others wait for the answer instead of asking too.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Clone, Default)]
struct Known {
    /// The keys, and when they were fetched.
    keys: Option<(Arc<KeySet>, Timestamp)>,
    /// When they were last asked for, with success or not.
    asked: Option<Timestamp>,
}

impl Known {
    fn may_ask(&self, now: Timestamp) -> bool {
        self.asked.is_none_or(|asked| now >= asked.plus_millis(RETRY_MILLIS) || now < asked)
    }

    /// Keys that need not be asked for; `Err` says that it is too early to ask, `Ok(None)` that it is time.
    fn usable(&self, now: Timestamp, token: &Unverified<'_>) -> Result<Option<Arc<KeySet>>, FetchError> {
        match &self.keys {
            Some((keys, fetched)) if now < fetched.plus_millis(TTL_MILLIS) && keys.has_key_of(token) => {
                Ok(Some(Arc::clone(keys)))
            }
            _ if self.may_ask(now) => Ok(None),
            _ => self
                .in_need(now)
                .map(Some)
                .ok_or_else(|| FetchError { reason: "the provider could not be asked a moment ago".to_owned() }),
        }
    }

    /// Old keys, which are better than none for as long as the provider cannot be asked, but not for ever.
    fn in_need(&self, now: Timestamp) -> Option<Arc<KeySet>> {
        let (keys, fetched) = self.keys.as_ref()?;
        (now < fetched.plus_millis(LAST_RESORT_MILLIS)).then(|| Arc::clone(keys))
    }
}

/// The keys of providers by issuer.
#[derive(Default)]
pub(crate) struct KeyCache(Mutex<HashMap<String, Arc<Provider>>>);

impl KeyCache {
    /// A key set in which the token's key may be.
    pub(crate) async fn keys_for(
        &self,
        fetch: &dyn Fetch,
        now: Timestamp,
        token: &Unverified<'_>,
    ) -> Result<Arc<KeySet>, FetchError> {
        let issuer = &token.claims.issuer;
        let provider = self.provider(issuer, now);
        let known = provider.known.lock().clone();
        if let Ok(Some(keys)) = known.usable(now, token)
            && keys.has_key_of(token)
        {
            return Ok(keys);
        }
        let _asking = provider.asking.lock().await;
        let known = provider.known.lock().clone();
        if let Some(keys) = known.usable(now, token)? {
            return Ok(keys);
        }
        provider.known.lock().asked = Some(now);
        match fetch_keys(fetch, issuer).await {
            Ok(keys) => {
                let keys = Arc::new(keys);
                provider.known.lock().keys = Some((Arc::clone(&keys), now));
                Ok(keys)
            }
            Err(error) => {
                // Here and not in the answer: what of a network can be reached is no client's business.
                tracing::warn!(issuer, reason = error.reason, "the keys of an identity provider could not be fetched");
                known.in_need(now).ok_or(error)
            }
        }
    }

    fn provider(&self, issuer: &str, now: Timestamp) -> Arc<Provider> {
        let mut providers = self.0.lock();
        if providers.len() >= REMEMBERED && !providers.contains_key(issuer) {
            // Whoever was asked a moment ago, or is being asked, must not be asked again for having been forgotten.
            providers.retain(|_, it| Arc::strong_count(it) > 1 || !it.known.lock().may_ask(now));
        }
        Arc::clone(providers.entry(issuer.to_owned()).or_default())
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
    let scheme = |url: &str| url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if scheme(&configuration.jwks_uri) != scheme(issuer) {
        return Err(unfit("key set's address"));
    }
    let document = fetch.get(&configuration.jwks_uri, MAX_KEY_SET_BYTES).await?;
    if document.len() > MAX_KEY_SET_BYTES {
        return Err(unfit("key set"));
    }
    KeySet::parse(&document).ok_or_else(|| unfit("key set"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_just_asked_is_not_forgotten() {
        let (cache, now) = (KeyCache::default(), Timestamp::from_millis(1_800_000_000_000));
        cache.provider("https://asked.example", now).known.lock().asked = Some(now);
        let fill = |at: Timestamp| {
            for number in 0..2 * REMEMBERED {
                cache.provider(&format!("https://{number}.example"), at);
            }
        };
        fill(now.plus_millis(1_000));
        assert!(cache.provider("https://asked.example", now).known.lock().asked.is_some());
        assert!(cache.0.lock().len() <= REMEMBERED + 1);
        fill(now.plus_millis(RETRY_MILLIS));
        assert!(!cache.0.lock().contains_key("https://asked.example"));
    }
}

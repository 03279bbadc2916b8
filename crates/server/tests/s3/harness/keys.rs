//! What requests are signed with.

use jiff::Timestamp;
use larder_sigv4::{PresignOptions, Signer, SignerKey, SigningKey};

use super::{ACCESS_KEY_ID, REGION, SECRET, TestServer};

/// An access key; a temporary one has a session token.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
}

impl Keys {
    /// Those of the root user of the server's first account.
    pub(crate) fn root() -> Self {
        Self { id: ACCESS_KEY_ID.to_owned(), secret: SECRET.to_owned(), token: None }
    }

    /// The key of the day that `at` is in.
    pub(crate) fn signing_key(&self, at: Timestamp, region: &str, service: &str) -> SigningKey {
        SigningKey::derive(&self.secret, &at.strftime("%Y%m%d").to_string(), region, service)
    }

    /// Signs for S3 and the servers' region.
    pub(crate) fn signer<'a>(&'a self, key: &'a SigningKey) -> Signer<'a> {
        Signer {
            access_key_id: &self.id,
            key: SignerKey::Hmac(key),
            security_token: self.token.as_deref(),
            region: REGION,
            service: "s3",
        }
    }

    /// The target with the query of a presigned request. `headers` are those that must be sent with it.
    pub(crate) fn presign(
        &self,
        server: &TestServer,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        expires_seconds: u32,
    ) -> String {
        let now = server.now();
        let key = self.signing_key(now, REGION, "s3");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut signed = http::HeaderMap::new();
        signed.insert("host", server.host().parse().expect("a host"));
        for (name, value) in headers {
            signed.append(http::HeaderName::try_from(*name).expect("a name"), value.parse().expect("a value"));
        }
        let options = PresignOptions { now, expires_seconds };
        format!("{path}?{}", self.signer(&key).presign(method, path, query, &signed, &options))
    }
}

//! Signs requests with SigV4 and SigV4A: for requests that we send, for presigned URLs we hand out, and for tests.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

use crate::canonical::{canonical_request, hex_of, sha256_hex};
use crate::date::AmzDate;
use crate::percent::write_encoded;
use crate::request::Request;
use crate::signing_key::SigningKey;
use crate::v4::{Algorithm, string_to_sign};
use crate::v4a::V4aKeyPair;

/// The key that a [`Signer`] signs with.
#[derive(Clone, Copy, Debug)]
pub enum SignerKey<'a> {
    /// SigV4: a key derived for the day of signing and the signer's region and service.
    Hmac(&'a SigningKey),
    /// SigV4A.
    Ecdsa(&'a V4aKeyPair),
}

/// Signs requests in the name of one access key.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// The key.
    pub key: SignerKey<'a>,
    /// The session token of temporary credentials.
    pub security_token: Option<&'a str>,
    /// The region; for SigV4A the region set.
    pub region: &'a str,
    /// The service, such as `s3`.
    pub service: &'a str,
}

/// What a presigned URL is for, apart from its request.
#[derive(Clone, Copy, Debug)]
pub struct PresignOptions {
    /// When it is signed; its life begins here.
    pub now: Timestamp,
    /// Its lifetime in seconds, at most [`crate::MAX_EXPIRES_SECONDS`].
    pub expires_seconds: u32,
}

/// Headers that proxies and HTTP libraries add or change after signing.
const NEVER_SIGNED: [&str; 8] =
    ["authorization", "connection", "expect", "te", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id"];

fn signed_header_list(headers: &HeaderMap) -> String {
    let mut names: Vec<&str> =
        headers.keys().map(http::HeaderName::as_str).filter(|name| !NEVER_SIGNED.contains(name)).collect();
    names.sort_unstable();
    names.join(";")
}

impl Signer<'_> {
    fn algorithm(&self) -> Algorithm {
        match self.key {
            SignerKey::Hmac(_) => Algorithm::HmacSha256,
            SignerKey::Ecdsa(_) => Algorithm::EcdsaP256Sha256,
        }
    }

    /// The scope of a signature made on that day.
    #[must_use]
    pub fn scope(&self, date: &AmzDate) -> String {
        match self.key {
            SignerKey::Hmac(_) => format!("{}/{}/{}/aws4_request", date.day(), self.region, self.service),
            SignerKey::Ecdsa(_) => format!("{}/{}/aws4_request", date.day(), self.service),
        }
    }

    fn signature(&self, date: &AmzDate, canonical: &[u8]) -> String {
        let text = string_to_sign(self.algorithm(), date, &self.scope(date), &sha256_hex(canonical));
        match self.key {
            SignerKey::Hmac(key) => {
                let hex = hex_of(&key.sign_parts(&[text.as_bytes()]));
                String::from_utf8(hex.to_vec()).expect("hex is ASCII")
            }
            SignerKey::Ecdsa(pair) => pair.sign_hex(text.as_bytes()),
        }
    }

    /// Signs a request in its `Authorization` header and returns the signature.
    ///
    /// Sets `x-amz-date`, `x-amz-content-sha256` (to `payload`), and the headers of the token and the region set; signs
    /// every header of `headers` but those that change on the way. `host` must be among them.
    ///
    /// # Errors
    /// A token or payload that no header can hold, or a date before year 0.
    pub fn sign(
        &self,
        method: &str,
        path: &str,
        query: &str,
        headers: &mut HeaderMap,
        payload: &str,
        now: Timestamp,
    ) -> Result<String, http::Error> {
        let date = amz_date(now);
        headers.insert("x-amz-date", HeaderValue::from_str(date.as_str())?);
        headers.insert("x-amz-content-sha256", HeaderValue::from_str(payload)?);
        if let Some(token) = self.security_token {
            headers.insert("x-amz-security-token", HeaderValue::from_str(token)?);
        }
        if matches!(self.key, SignerKey::Ecdsa(_)) {
            headers.insert("x-amz-region-set", HeaderValue::from_str(self.region)?);
        }
        let list = signed_header_list(headers);
        let request = Request { method, path: path.as_bytes(), query, headers };
        let signature = self.signature(&date, &canonical_request(&request, &list, payload));
        let authorization = format!(
            "{} Credential={}/{}, SignedHeaders={list}, Signature={signature}",
            self.algorithm().as_str(),
            self.access_key_id,
            self.scope(&date)
        );
        headers.insert(http::header::AUTHORIZATION, HeaderValue::from_str(&authorization)?);
        Ok(signature)
    }

    /// Presigns a request: returns its whole query. `headers` are those that whoever uses the URL must send; `host`
    /// must be among them.
    #[must_use]
    pub fn presign(
        &self,
        method: &str,
        path: &str,
        query: &str,
        headers: &HeaderMap,
        options: &PresignOptions,
    ) -> String {
        let date = amz_date(options.now);
        let list = signed_header_list(headers);
        let mut out = query.to_owned();
        let credential = format!("{}/{}", self.access_key_id, self.scope(&date));
        let mut parameters: Vec<(&str, Cow<'_, str>)> = vec![
            ("X-Amz-Algorithm", self.algorithm().as_str().into()),
            ("X-Amz-Credential", credential.into()),
            ("X-Amz-Date", date.as_str().into()),
            ("X-Amz-Expires", options.expires_seconds.to_string().into()),
            ("X-Amz-SignedHeaders", list.as_str().into()),
        ];
        if matches!(self.key, SignerKey::Ecdsa(_)) {
            parameters.push(("X-Amz-Region-Set", self.region.into()));
        }
        if let Some(token) = self.security_token {
            parameters.push(("X-Amz-Security-Token", token.into()));
        }
        for (name, value) in parameters {
            if !out.is_empty() {
                out.push('&');
            }
            out.push_str(name);
            out.push('=');
            write_encoded(&mut out, &value);
        }
        let request = Request { method, path: path.as_bytes(), query: &out, headers };
        let signature = self.signature(&date, &canonical_request(&request, &list, "UNSIGNED-PAYLOAD"));
        out.push_str("&X-Amz-Signature=");
        out.push_str(&signature);
        out
    }
}

fn amz_date(now: Timestamp) -> AmzDate {
    AmzDate::from_timestamp(now).expect("the clock is in the years 0 to 9999")
}

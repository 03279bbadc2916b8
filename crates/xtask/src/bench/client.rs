//! Signs requests and sends them over one connection.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_lc_rs::digest;
use http::{HeaderMap, HeaderName, HeaderValue};
use larder_sigv4::{AmzDate, Signer, SignerKey, SigningKey};

use super::connection::{Connection, Head};
use super::stream::Trust;
use crate::stopwatch::Stopwatch;

/// A server and an account on it.
#[derive(Clone)]
pub(super) struct Account {
    /// `host:port`
    pub(super) address: String,
    pub(super) access_key: String,
    pub(super) secret_key: String,
    pub(super) region: String,
    /// Whether bodies are hashed and signed too.
    pub(super) signs_payload: bool,
    /// Whose certificate is believed, where the server speaks TLS.
    pub(super) trust: Option<Arc<Trust>>,
}

pub(super) struct Client {
    account: Account,
    connection: Connection,
    key: SigningKey,
    /// The day that the key is for.
    day: String,
}

/// What became of a request.
pub(super) struct Answer {
    /// From the first byte sent to the last received.
    pub(super) took: Duration,
    pub(super) version_id: Option<String>,
}

/// Whoever sends requests over one connection.
pub(super) trait Connected: Send {
    fn client(&mut self) -> &mut Client;
}

/// One request. The path and the query are percent-encoded.
#[derive(Clone, Copy, Default)]
pub(super) struct Call<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) headers: &'a [(&'static str, &'a str)],
    /// The body in pieces; `None` for none.
    pub(super) body: Option<&'a [&'a [u8]]>,
}

#[allow(clippy::disallowed_methods, reason = "xtask is outside the product and may not depend on larder-env")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

impl Client {
    pub(super) fn new(account: &Account) -> Self {
        let day = day_of(now());
        let key = SigningKey::derive(&account.secret_key, &day, &account.region, "s3");
        let connection = Connection::new(&account.address, account.trust.clone());
        Self { account: account.clone(), connection, key, day }
    }

    /// Connects, or connects anew: servers close connections that were idle for a while.
    pub(super) fn connect(&mut self) -> Result<()> {
        self.connection.close();
        self.connection.open().with_context(|| format!("cannot connect to {}", self.account.address))
    }

    /// Signs a request and sends it; fails unless its status is a success.
    pub(super) fn call(&mut self, call: &Call<'_>, sink: &mut dyn FnMut(&[u8])) -> Result<Answer> {
        let head = self.sign(call)?;
        self.send(&head, call, sink)
    }

    /// Sends a request whose head is signed already: [`Self::sign`] made it, at most a quarter of an hour ago.
    pub(super) fn send(&mut self, head: &[u8], call: &Call<'_>, sink: &mut dyn FnMut(&[u8])) -> Result<Answer> {
        let mut pieces = vec![head];
        pieces.extend(call.body.unwrap_or_default());
        let mut beginning = [0; 512];
        let mut filled = 0;
        let watch = Stopwatch::start();
        let answer = self.connection.exchange(&pieces, call.method != "HEAD", &mut |bytes| {
            let more = bytes.len().min(beginning.len() - filled);
            beginning[filled..filled + more].copy_from_slice(&bytes[..more]);
            filled += more;
            sink(bytes);
        });
        let took = watch.elapsed();
        let Head { status, version_id, .. } = answer.with_context(|| format!("{} {}", call.method, call.path))?;
        if !(200..300).contains(&status) {
            bail!("{} {}: {status} {}", call.method, call.path, String::from_utf8_lossy(&beginning[..filled]));
        }
        Ok(Answer { took, version_id })
    }

    /// The whole body of the answer.
    pub(super) fn text(&mut self, call: &Call<'_>) -> Result<(String, Duration)> {
        let mut body = Vec::new();
        let answer = self.call(call, &mut |bytes| body.extend_from_slice(bytes))?;
        Ok((String::from_utf8(body)?, answer.took))
    }

    /// The signed head of a request, with the empty line that ends it.
    pub(super) fn sign(&mut self, call: &Call<'_>) -> Result<Vec<u8>> {
        let at = now();
        let day = day_of(at);
        if day != self.day {
            self.key = SigningKey::derive(&self.account.secret_key, &day, &self.account.region, "s3");
            self.day = day;
        }
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(http::header::HOST, HeaderValue::from_str(&self.account.address)?);
        for (name, value) in call.headers {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value)?);
        }
        let payload = match call.body {
            Some(pieces) if self.account.signs_payload => hash(pieces),
            None if self.account.signs_payload => hash(&[]),
            _ => "UNSIGNED-PAYLOAD".to_owned(),
        };
        let signer = Signer {
            access_key_id: &self.account.access_key,
            key: SignerKey::Hmac(&self.key),
            security_token: None,
            region: &self.account.region,
            service: "s3",
        };
        signer.sign(call.method, call.path, call.query, &mut headers, &payload, at)?;
        let mut head = Vec::with_capacity(512);
        let mark = if call.query.is_empty() { "" } else { "?" };
        for part in [call.method, " ", call.path, mark, call.query, " HTTP/1.1\r\n"] {
            head.extend_from_slice(part.as_bytes());
        }
        for (name, value) in &headers {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                head.extend_from_slice(part);
            }
        }
        if let Some(pieces) = call.body {
            let length: usize = pieces.iter().map(|piece| piece.len()).sum();
            head.extend_from_slice(format!("content-length: {length}\r\n").as_bytes());
        }
        head.extend_from_slice(b"\r\n");
        Ok(head)
    }
}

fn day_of(at: jiff::Timestamp) -> String {
    AmzDate::from_timestamp(at).map_or_else(String::new, |date| date.day().to_owned())
}

fn hash(pieces: &[&[u8]]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for piece in pieces {
        context.update(piece);
    }
    hex::encode(context.finish())
}

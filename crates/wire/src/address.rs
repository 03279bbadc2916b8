//! Which bucket and key a request is about, from its host and its path.
//!
//! Two styles exist: path style (`http://host/bucket/key`) and virtual-hosted style (`http://bucket.host/key`), where
//! `host` is one of the configured domains. A host that is none of ours is read as path style: AWS reads it as the
//! name of a bucket (its CNAME support), but whoever hosts S3 at home reaches it through addresses the server does
//! not know of (a container's name, a tunnel, a proxy), and each of these must work.
//!
//! The path is split first and percent-decoded once afterwards, and never normalised: `a//b`, `.`, `..`, a trailing
//! slash and `%2F` are parts of a key, and `+` is a plus (it is a space in a query only).

use std::net::{Ipv4Addr, Ipv6Addr};

use http::HeaderMap;
use larder_types::limits::MAX_KEY_BYTES;
use percent_encoding::percent_decode_str;

use crate::error::{ErrorCode, S3Error};
use crate::query::check_percent;

/// The header that says which account an S3 Control request is about.
pub const ACCOUNT_ID: &str = "x-amz-account-id";

/// What the paths of S3 Control begin with: the version of its API.
const CONTROL_PREFIX: &str = "/v20180820/";

/// What a request addresses; with the method and the query it decides the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// The account's list of buckets: `/`.
    Service,
    /// A bucket: `/bucket` or `/bucket/`.
    Bucket,
    /// An object: `/bucket/key`.
    Object,
    /// A whole account, through S3 Control: `/v20180820/configuration/publicAccessBlock`.
    Account,
}

/// How the request named its bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// In the path.
    Path,
    /// In the host.
    VirtualHosted,
}

/// The domains under which buckets are reached as `bucket.domain`; the longest match wins.
#[derive(Clone, Debug, Default)]
pub struct Domains(Vec<String>);

impl Domains {
    /// Takes names such as `localhost` or `s3.example.com`. A port and a final dot are dropped; empty names and IP
    /// addresses are skipped, because a bucket cannot be put in front of either.
    pub fn new<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Domains {
        let mut domains: Vec<String> = names
            .into_iter()
            .map(|name| host_name(name.as_ref()).to_ascii_lowercase())
            .filter(|name| !name.is_empty() && !is_ip(name))
            .collect();
        domains.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        domains.dedup();
        Domains(domains)
    }

    /// The bucket that a `Host` header or `:authority` names, in lower case; `None` when the host is one of the
    /// domains itself, an IP address, or none of ours.
    pub fn bucket_of(&self, host: &str) -> Option<String> {
        let host = host_name(host);
        if is_ip(host) {
            return None;
        }
        for domain in &self.0 {
            let Some(split) = host.len().checked_sub(domain.len()) else { continue };
            // `get` rather than an index: the header may hold characters of several bytes.
            let (Some(front), Some(tail)) = (host.get(..split), host.get(split..)) else { continue };
            if !tail.eq_ignore_ascii_case(domain) {
                continue;
            }
            if front.is_empty() {
                return None;
            }
            if let Some(bucket) = front.strip_suffix('.').filter(|bucket| !bucket.is_empty()) {
                return Some(bucket.to_ascii_lowercase());
            }
        }
        None
    }
}

/// The bucket and key of a request. Neither is checked against the naming rules yet, but a key is never empty and
/// never longer than [`MAX_KEY_BYTES`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    bucket: Option<String>,
    key: Option<String>,
    style: Style,
    account: bool,
}

impl Address {
    /// Reads the address of a request from its host (the `Host` header or `:authority`, with or without port) and
    /// its path as sent, without the query.
    ///
    /// # Errors
    /// `InvalidURI` for a path that is not absolute, a `%` without two hexadecimal digits, or bytes that are not UTF-8;
    /// `InvalidBucketName` for an empty bucket (`//key`); `KeyTooLongError` above [`MAX_KEY_BYTES`].
    pub fn parse(host: Option<&str>, raw_path: &str, domains: &Domains) -> Result<Address, S3Error> {
        let path = match raw_path.strip_prefix('/') {
            Some(path) => path,
            None if raw_path.is_empty() => "",
            // `OPTIONS *` and whatever else is no path.
            None => return Err(S3Error::new(ErrorCode::InvalidURI)),
        };
        if let Some(bucket) = host.and_then(|host| domains.bucket_of(host)) {
            return Ok(Address {
                bucket: Some(bucket),
                key: decode_key(path)?,
                style: Style::VirtualHosted,
                account: false,
            });
        }
        if path.is_empty() {
            return Ok(Address { bucket: None, key: None, style: Style::Path, account: false });
        }
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let bucket = decode(bucket)?;
        if bucket.is_empty() {
            return Err(S3Error::new(ErrorCode::InvalidBucketName).with_extra("BucketName", ""));
        }
        Ok(Address { bucket: Some(bucket), key: decode_key(key)?, style: Style::Path, account: false })
    }

    /// Reads the address of an S3 Control request, one about a whole account; `None` for any other request.
    ///
    /// Such a request has the account in a header, and a path that begins with the API's version. A bucket may have that
    /// name all the same: without the header the path is its objects'. Some SDKs also put the account before the host's
    /// name, which therefore does not count.
    ///
    /// # Errors
    /// `NotImplemented` for a path of an S3 Control operation that is not here.
    pub fn parse_control(raw_path: &str, headers: &HeaderMap) -> Result<Option<Address>, S3Error> {
        let Some(path) = raw_path.strip_prefix(CONTROL_PREFIX).filter(|_| headers.contains_key(ACCOUNT_ID)) else {
            return Ok(None);
        };
        if path != "configuration/publicAccessBlock" {
            return Err(S3Error::new(ErrorCode::NotImplemented));
        }
        Ok(Some(Address { bucket: None, key: None, style: Style::Path, account: true }))
    }

    /// What is addressed.
    pub fn level(&self) -> Level {
        if self.account {
            return Level::Account;
        }
        match (&self.bucket, &self.key) {
            (None, _) => Level::Service,
            (Some(_), None) => Level::Bucket,
            (Some(_), Some(_)) => Level::Object,
        }
    }

    /// The bucket's name as sent (in lower case when it came from the host), unchecked.
    pub fn bucket(&self) -> Option<&str> {
        self.bucket.as_deref()
    }

    /// The object's key; never empty.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// How the bucket was named.
    pub fn style(&self) -> Style {
        self.style
    }

    /// Bucket and key, to keep.
    pub fn into_parts(self) -> (Option<String>, Option<String>) {
        (self.bucket, self.key)
    }
}

fn decode_key(raw: &str) -> Result<Option<String>, S3Error> {
    if raw.is_empty() {
        return Ok(None);
    }
    let key = decode(raw)?;
    check_key_length(&key)?;
    Ok(Some(key))
}

/// Refuses a key longer than [`MAX_KEY_BYTES`], wherever it came from (a path, a form, a copy source).
///
/// # Errors
/// `KeyTooLongError`, with the `Size` and `MaxSizeAllowed` that AWS sends.
pub fn check_key_length(key: &str) -> Result<(), S3Error> {
    if key.len() <= MAX_KEY_BYTES {
        return Ok(());
    }
    Err(S3Error::new(ErrorCode::KeyTooLongError)
        .with_extra("Size", key.len().to_string())
        .with_extra("MaxSizeAllowed", MAX_KEY_BYTES.to_string()))
}

fn decode(raw: &str) -> Result<String, S3Error> {
    check_percent(raw.as_bytes())?;
    match percent_decode_str(raw).decode_utf8() {
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => Err(S3Error::new(ErrorCode::InvalidURI)),
    }
}

/// A host without its port and final dot.
fn host_name(host: &str) -> &str {
    if host.starts_with('[') {
        return host.split_inclusive(']').next().unwrap_or(host);
    }
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    name.strip_suffix('.').unwrap_or(name)
}

fn is_ip(host: &str) -> bool {
    host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok() || host.parse::<Ipv6Addr>().is_ok()
}

//! Reading single values. An error says what was expected; the caller adds which setting it is about.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use larder_crypto::SecretKey;
use larder_keyring::parse_root_key;
use larder_store_local::Durability;
use larder_types::{Network, Region};
use tracing_subscriber::EnvFilter;

use super::LogFormat;
use crate::metrics::MetricsToken;

type Read<T> = Result<T, String>;

pub(super) fn address(text: &str) -> Read<SocketAddr> {
    let port = text.strip_prefix("localhost:").and_then(|port| port.parse().ok());
    let local = port.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    local.or_else(|| text.parse().ok()).ok_or_else(|| {
        format!("{text:?} is not an IP address and port such as 127.0.0.1:9000, 0.0.0.0:9000 or [::1]:9000")
    })
}

pub(super) fn path(text: &str) -> Read<PathBuf> {
    if text.is_empty() { Err("a path is empty".to_owned()) } else { Ok(PathBuf::from(text)) }
}

pub(super) fn region(text: &str) -> Read<Region> {
    Region::parse(text).map_err(|error| format!("{text:?}: {error}"))
}

pub(super) fn domain(text: &str) -> Read<String> {
    let in_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(in_label);
    let is_name = text.len() <= 253 && text.split('.').all(is_label);
    if !is_name || text.parse::<Ipv4Addr>().is_ok() {
        return Err(format!("{text:?} is not a domain name such as s3.example.com"));
    }
    Ok(text.to_ascii_lowercase())
}

/// Never shows the text.
pub(super) fn metrics_token(text: &str) -> Read<MetricsToken> {
    MetricsToken::parse(text)
        .ok_or_else(|| format!("{} or more printable characters without spaces are expected", MetricsToken::SHORTEST))
}

pub(super) fn network(text: &str) -> Read<Network> {
    text.parse().map_err(|error| format!("{text:?}: {error}"))
}

/// Never repeats the text, which is a secret.
pub(super) fn root_key(text: &str) -> Read<SecretKey> {
    parse_root_key(text).ok_or_else(|| "64 hexadecimal digits are expected".to_owned())
}

/// AWS: KeyIdType, 1 to 2048 characters.
pub(super) fn kms_key_id(text: &str) -> Read<String> {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b":/_-".contains(&byte);
    if (1..=2048).contains(&text.len()) && text.bytes().all(is_known) {
        return Ok(text.to_owned());
    }
    Err(format!("{text:?} is neither the id, the ARN nor an alias of a KMS key"))
}

/// What a KMS answers is the root key: nobody on the way may read it.
pub(super) fn kms_endpoint(text: &str) -> Read<String> {
    let url: http::Uri = text.parse().map_err(|_| format!("{text:?} is no URL"))?;
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    match url.scheme_str() {
        Some("https") => Ok(text.to_owned()),
        Some("http") if is_here => Ok(text.to_owned()),
        Some("http") => Err(format!("{text:?} is not encrypted; only a KMS on this machine is asked over http")),
        _ => Err(format!("{text:?} does not begin with https://")),
    }
}

pub(super) fn log_format(text: &str) -> Read<LogFormat> {
    match text {
        "human" => Ok(LogFormat::Human),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("{text:?} is neither \"human\" nor \"json\"")),
    }
}

pub(super) fn log_level(text: &str) -> Read<String> {
    EnvFilter::try_new(text).map_err(|error| format!("{text:?} is not a log level or filter: {error}"))?;
    Ok(text.to_owned())
}

pub(super) fn durability(text: &str) -> Read<Durability> {
    match text {
        "full" => Ok(Durability::Full),
        "relaxed" => Ok(Durability::Relaxed),
        _ => Err(format!("{text:?} is neither \"full\" nor \"relaxed\"")),
    }
}

pub(super) fn switch(text: &str) -> Read<bool> {
    match text {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(format!("{text:?} is neither \"true\" nor \"false\"")),
    }
}

/// The encryption of objects that neither the request nor the bucket says it of.
pub(super) fn default_encryption(text: &str) -> Read<bool> {
    match text {
        "AES256" => Ok(true),
        "none" => Ok(false),
        _ => Err(format!("{text:?} is neither \"AES256\" nor \"none\"")),
    }
}

pub(super) fn number(text: &str, allowed: RangeInclusive<usize>) -> Read<usize> {
    let number = text.parse().ok().filter(|number| allowed.contains(number));
    number.ok_or_else(|| format!("{text:?} is not a whole number from {} to {}", allowed.start(), allowed.end()))
}

/// A factor, or `unlimited` for infinity.
pub(super) fn scale(text: &str) -> Read<f64> {
    if text == "unlimited" {
        return Ok(f64::INFINITY);
    }
    let number = text.parse().ok().filter(|number| (0.001..=1_000_000.0).contains(number));
    number.ok_or_else(|| format!("{text:?} is neither a number from 0.001 to 1000000 nor \"unlimited\""))
}

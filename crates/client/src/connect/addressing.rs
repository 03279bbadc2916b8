//! Whether the bucket goes into the path or into the host's name.

use std::net::IpAddr;

use http::Uri;

/// How the bucket is named to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Addressing {
    /// Found by the endpoint: see [`Addressing::uses_path`].
    #[default]
    Auto,
    /// `http://host/bucket/key`
    Path,
    /// `http://bucket.host/key`
    Virtual,
}

/// Services that refuse buckets in the path. Everything else that speaks S3 takes them.
const VIRTUAL_ONLY: [&str; 4] = ["aliyuncs.com", "myqcloud.com", "volces.com", "myhuaweicloud.com"];

impl Addressing {
    /// Reads a profile's `addressing_style`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(Self::Auto),
            "path" => Some(Self::Path),
            "virtual" => Some(Self::Virtual),
            _ => None,
        }
    }

    /// Whether buckets go into the path at this endpoint. Amazon's own, and no endpoint at all, take names; so do the few
    /// services that refuse paths. An address has no names below it, and a name someone chose may have none, so all
    /// others get paths.
    #[must_use]
    pub fn uses_path(self, endpoint: Option<&str>) -> bool {
        match self {
            Self::Path => true,
            Self::Virtual => false,
            Self::Auto => endpoint.and_then(host).is_some_and(|host| {
                let below = |name: &&str| host == **name || host.ends_with(&format!(".{name}"));
                !below(&"amazonaws.com") && !below(&"amazonaws.com.cn") && !VIRTUAL_ONLY.iter().any(below)
            }),
        }
    }
}

fn host(endpoint: &str) -> Option<String> {
    Some(endpoint.parse::<Uri>().ok()?.host()?.to_ascii_lowercase())
}

/// Whether what is sent never leaves this machine, or is encrypted on its way: then a signature need not cover the body,
/// whose checksum it covers anyway.
#[must_use]
pub(crate) fn body_is_safe(endpoint: Option<&str>) -> bool {
    let Some(endpoint) = endpoint else { return true };
    if !endpoint.starts_with("http://") {
        return true;
    }
    host(endpoint).is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|address| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_decides() {
        let path = |endpoint| Addressing::Auto.uses_path(Some(endpoint));
        assert!(path("http://127.0.0.1:9000") && path("http://[::1]:9000") && path("https://minio.example.com"));
        assert!(!path("https://s3.eu-west-1.amazonaws.com") && !path("https://oss-cn-hangzhou.aliyuncs.com"));
        assert!(!Addressing::Auto.uses_path(None) && Addressing::Path.uses_path(None));
        assert!(!Addressing::Virtual.uses_path(Some("http://127.0.0.1:9000")));
    }

    #[test]
    fn bodies_are_signed_where_others_could_change_them() {
        assert!(body_is_safe(None) && body_is_safe(Some("https://h")) && body_is_safe(Some("http://127.0.0.2:9")));
        assert!(body_is_safe(Some("http://[::1]:9000")) && body_is_safe(Some("http://localhost:9000")));
        assert!(!body_is_safe(Some("http://10.0.0.1:9000")) && !body_is_safe(Some("http://localhost.example.com")));
    }
}

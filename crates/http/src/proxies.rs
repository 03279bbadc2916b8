//! Proxies that are believed when they say where a request comes from.
//!
//! `X-Forwarded-For` and `X-Forwarded-Proto` are whatever a client writes into them. They count only when the connection
//! comes from a proxy that the operator named, and only as far as named proxies wrote them: the list is read from its
//! end, which the nearest proxy wrote, up to the first address that is no trusted proxy's. The scheme is the one that stands
//! as far from the end of its list.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use larder_types::Network;

/// The proxies that are believed; none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(pub Vec<Network>);

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The client's address, an IPv4 one in its own form.
    pub(crate) address: IpAddr,
    /// Whether the client's connection is encrypted, here or at the proxy.
    pub(crate) secure: bool,
}

impl TrustedProxies {
    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// Where a request on a connection from `peer` comes from.
    pub(crate) fn origin(&self, peer: SocketAddr, encrypted: bool, headers: &HeaderMap) -> Origin {
        let mut origin = Origin { address: peer.ip().to_canonical(), secure: encrypted };
        if !self.trust(origin.address) {
            return origin;
        }
        // How far from the end of its list the entry is that names the client.
        let mut hop = None;
        for (distance, entry) in entries(headers, "x-forwarded-for").rev().enumerate() {
            // What a trusted proxy did not write as an address leaves that proxy as the client.
            let Some(address) = address(entry) else { break };
            origin.address = address;
            hop = Some(distance);
            if !self.trust(address) {
                break;
            }
        }
        // The proxy that wrote the client's address wrote how the client came to it, as far from the end. Of a shorter list
        // only the last entry is surely no client's.
        let schemes: Vec<_> = entries(headers, "x-forwarded-proto").rev().collect();
        let scheme = hop.and_then(|hop| schemes.get(hop)).or(schemes.first());
        if let Some(scheme) = scheme {
            origin.secure = scheme.eq_ignore_ascii_case("https");
        }
        origin
    }
}

/// The entries of a list that may be spread over several header lines, in order.
fn entries<'a>(headers: &'a HeaderMap, name: &'static str) -> impl DoubleEndedIterator<Item = &'a str> {
    let lines = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or_default());
    lines.flat_map(|line| line.split(',').map(str::trim))
}

/// An address, perhaps with a port behind it as some proxies write.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry.parse().ok();
    let address = bare.or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()));
    let address = address.or_else(|| entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(trusted: &[&str], peer: &str, lists: &[&str], scheme: Option<&str>) -> (String, bool) {
        let proxies = TrustedProxies(trusted.iter().map(|text| text.parse().expect("a network")).collect());
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append("x-forwarded-for", list.parse().expect("a value"));
        }
        if let Some(scheme) = scheme {
            headers.append("x-forwarded-proto", scheme.parse().expect("a value"));
        }
        let found = proxies.origin(SocketAddr::new(peer.parse().expect("an address"), 1), false, &headers);
        (found.address.to_string(), found.secure)
    }

    #[test]
    fn only_a_named_proxy_is_believed() {
        let spoofed = &["203.0.113.9"];
        assert_eq!(origin(&[], "198.51.100.7", spoofed, Some("https")), ("198.51.100.7".into(), false));
        assert_eq!(origin(&["10.0.0.0/8"], "198.51.100.7", spoofed, Some("https")), ("198.51.100.7".into(), false));
        assert_eq!(origin(&["10.0.0.0/8"], "10.1.2.3", spoofed, Some("https")), ("203.0.113.9".into(), true));
        assert_eq!(origin(&["10.0.0.0/8"], "::ffff:10.1.2.3", spoofed, None), ("203.0.113.9".into(), false));
    }

    #[test]
    fn what_the_client_itself_wrote_changes_nothing() {
        let trusted = &["10.0.0.0/8", "fd00::/8"];
        for (lists, expected) in [
            (&["203.0.113.9, 198.51.100.7"][..], "198.51.100.7"),
            (&["203.0.113.9", "198.51.100.7, 10.9.9.9"], "198.51.100.7"),
            (&["10.1.1.1, 198.51.100.7:4711, fd00::1"], "198.51.100.7"),
            (&["[2001:db8::1]:443"], "2001:db8::1"),
            (&["[2001:db8::1]"], "2001:db8::1"),
            (&["10.4.4.4"], "10.4.4.4"),
            (&["203.0.113.9, rubbish, 10.9.9.9"], "10.9.9.9"),
            (&["rubbish"], "10.1.2.3"),
            (&[""], "10.1.2.3"),
            (&[], "10.1.2.3"),
        ] {
            assert_eq!(origin(trusted, "10.1.2.3", lists, None).0, expected, "{lists:?}");
        }
    }

    #[test]
    fn the_scheme_is_that_of_the_hop_that_names_the_client() {
        let trusted = &["10.0.0.0/8"];
        for (addresses, schemes, secure) in [
            (&["198.51.100.7, 10.9.9.9"][..], "https, http", true),
            (&["198.51.100.7, 10.9.9.9"], "http, https", false),
            // What the client itself wrote stands before that.
            (&["203.0.113.9, 198.51.100.7"], "https, http", false),
            (&["203.0.113.9, 198.51.100.7, 10.9.9.9"], "https, http, https", false),
            // One proxy alone writes it, or replaces what came.
            (&["198.51.100.7, 10.9.9.9"], "https", true),
            (&["198.51.100.7, 10.9.9.9"], "http", false),
            (&[], "http, https", true),
        ] {
            assert_eq!(origin(trusted, "10.1.2.3", addresses, Some(schemes)).1, secure, "{addresses:?} {schemes}");
        }
    }
}

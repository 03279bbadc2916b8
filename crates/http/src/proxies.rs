//! Proxies that are believed when they say where a request comes from.
//!
//! `X-Forwarded-For` and `X-Forwarded-Proto` are whatever a client writes into them. They count only when the connection
//! comes from a proxy that the operator named, and only as far as named proxies wrote them: the list is read from its
//! end, which the nearest proxy wrote, up to the first address that is no trusted proxy's. The scheme is the one that stands
//! as far from the end of its list.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use http::HeaderMap;

/// A network: an address and how many of its first bits count, as in `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// The text was no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an address or a network such as 10.0.0.0/8 or fd00::/8")]
pub struct InvalidNetwork;

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().map_err(|_| InvalidNetwork)?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| InvalidNetwork)?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(bits);
        if prefix > bits { Err(InvalidNetwork) } else { Ok(Self { address, prefix }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl Network {
    /// Whether `address` lies in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let shift = |bits: u8| u32::from(bits - self.prefix);
        match (self.address, address) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let differing = u32::from(ours) ^ u32::from(theirs);
                differing.checked_shr(shift(32)).unwrap_or(0) == 0
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let differing = u128::from(ours) ^ u128::from(theirs);
                differing.checked_shr(shift(128)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

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

    #[test]
    fn networks_are_prefixes() {
        let network = |text: &str| text.parse::<Network>();
        let inside = |text: &str, address: &str| {
            network(text).expect("a network").contains(address.parse().expect("an address"))
        };
        assert!(inside("0.0.0.0/0", "203.0.113.9") && inside("::/0", "2001:db8::1"));
        assert!(inside("192.168.4.0/22", "192.168.7.255") && !inside("192.168.4.0/22", "192.168.8.0"));
        assert!(inside("203.0.113.9", "203.0.113.9") && !inside("203.0.113.9", "203.0.113.8"));
        assert!(!inside("0.0.0.0/0", "::1"));
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0/8", "host", "10.0.0.0/-1"] {
            assert_eq!(network(wrong), Err(InvalidNetwork), "{wrong}");
        }
    }
}

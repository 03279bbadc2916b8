//! Networks: addresses that begin with the same bits, as policies and settings write them (RFC 4632, RFC 4291 section 2.3).

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// An address and how many of its first bits count, as in `10.0.0.0/8`; without a length, that address alone. Bits behind the
/// prefix count for nothing. An IPv4 network in IPv6 form (`::ffff:192.0.2.0/120`) is the IPv4 network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

/// The text was no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an address or a network such as 10.0.0.0/8 or fd00::/8")]
pub struct InvalidNetwork;

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let Some((address, prefix)) = text.split_once('/') else {
            let address = text.parse::<IpAddr>().map_err(|_| InvalidNetwork)?.to_canonical();
            return Ok(Self { address, prefix: width(address) });
        };
        if prefix.is_empty() || prefix.len() > 3 || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidNetwork);
        }
        let prefix: u32 = prefix.parse().map_err(|_| InvalidNetwork)?;
        let written: IpAddr = address.parse().map_err(|_| InvalidNetwork)?;
        if prefix > width(written) {
            return Err(InvalidNetwork);
        }
        // Of a mapped network only what lies within the mapped range is IPv4.
        Ok(match (written, written.to_canonical()) {
            (IpAddr::V6(_), IpAddr::V4(v4)) if prefix >= 96 => Self { address: IpAddr::V4(v4), prefix: prefix - 96 },
            _ => Self { address: written, prefix },
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl Network {
    /// Whether `address` lies in it. An IPv4 address must be in its own form ([`IpAddr::to_canonical`]).
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits() ^ other.to_bits()).checked_shr(32 - self.prefix).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()).checked_shr(128 - self.prefix).unwrap_or(0) == 0
            }
            _ => false,
        }
    }

    /// Whether it is one of IPv4.
    #[must_use]
    pub fn is_ipv4(&self) -> bool {
        self.address.is_ipv4()
    }

    /// How many of the first bits count: 0 to 32 in IPv4, 0 to 128 in IPv6.
    #[must_use]
    pub fn prefix(&self) -> u32 {
        self.prefix
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(inside("::ffff:10.0.0.0/104", "10.9.9.9") && !inside("::ffff:10.0.0.0/104", "11.0.0.1"));
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0/8", "host", "10.0.0.0/-1", "10.0.0.0/+8"] {
            assert_eq!(network(wrong), Err(InvalidNetwork), "{wrong}");
        }
    }
}

//! Addresses of `IpAddress` conditions: IPv4 and IPv6, alone or with the length of a prefix. An IPv4 address in IPv6 form
//! (`::ffff:192.0.2.1`) is the IPv4 address.

use std::net::IpAddr;

/// Every address that begins with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    prefix: u32,
}

pub(crate) fn parse(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

impl Network {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let Some((address, prefix)) = text.split_once('/') else {
            let address = parse(text)?;
            return Some(Self { address, prefix: width(address) });
        };
        if prefix.is_empty() || prefix.len() > 3 || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let prefix: u32 = prefix.parse().ok()?;
        let written: IpAddr = address.parse().ok()?;
        if prefix > width(written) {
            return None;
        }
        // Of a mapped network only what lies within the mapped range is IPv4.
        match (written, written.to_canonical()) {
            (IpAddr::V6(_), IpAddr::V4(v4)) if prefix >= 96 => {
                Some(Self { address: IpAddr::V4(v4), prefix: prefix - 96 })
            }
            _ => Some(Self { address: written, prefix }),
        }
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
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

    /// Whether it is as small as Block Public Access asks for: /8 or longer in IPv4, /32 or longer in IPv6.
    pub(crate) fn is_narrow(&self) -> bool {
        self.prefix >= if self.address.is_ipv4() { 8 } else { 32 }
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

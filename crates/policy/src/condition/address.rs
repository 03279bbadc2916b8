//! Addresses of `IpAddress` conditions: IPv4 and IPv6, alone or with the length of a prefix. An IPv4 address in IPv6 form
//! (`::ffff:192.0.2.1`) is the IPv4 address.

use std::net::IpAddr;

use larder_types::Network;

pub(crate) fn parse(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// Whether a network is as small as Block Public Access asks for: /8 or longer in IPv4, /32 or longer in IPv6.
pub(crate) fn is_narrow(network: &Network) -> bool {
    network.prefix() >= if network.is_ipv4() { 8 } else { 32 }
}

//! What the fuzz targets call: nothing here panics, whatever the bytes are.

use std::net::{Ipv4Addr, SocketAddr};

use http::{HeaderMap, HeaderValue};

use crate::proxies::TrustedProxies;

/// Any bytes as what proxies say of a request: the first line is `X-Forwarded-Proto`, each further one an `X-Forwarded-For`.
pub fn forwarded(bytes: &[u8]) {
    let mut lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| HeaderValue::from_bytes(line).ok());
    let mut headers = HeaderMap::new();
    if let Some(scheme) = lines.next() {
        headers.append("x-forwarded-proto", scheme);
    }
    for list in lines {
        headers.append("x-forwarded-for", list);
    }
    let proxies = TrustedProxies(["10.0.0.0/8", "fd00::/8"].iter().filter_map(|text| text.parse().ok()).collect());
    let proxy = SocketAddr::from((Ipv4Addr::new(10, 1, 2, 3), 1));
    let address = proxies.origin(proxy, false, &headers).address;
    assert_eq!(address, address.to_canonical(), "an address that policies compare in its own form");

    let stranger = SocketAddr::from((Ipv4Addr::new(198, 51, 100, 7), 1));
    let origin = proxies.origin(stranger, false, &headers);
    assert_eq!((origin.address, origin.secure), (stranger.ip(), false), "a stranger is believed");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        /// The seeded, short form of the fuzz target `http_forwarded`.
        #[test]
        fn any_list_names_some_address(bytes: Vec<u8>, lists in "(https?\n)?([0-9a-f:.,\\[\\] ]|10\\.1\\.1\\.1|::ffff:|\n){0,40}") {
            super::forwarded(&bytes);
            super::forwarded(lists.as_bytes());
        }
    }
}

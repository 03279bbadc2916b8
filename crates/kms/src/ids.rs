//! Ids that are made here.

use std::sync::Arc;

use larder_env::Rng;

fn random<const N: usize>(rng: &dyn Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill(&mut bytes);
    bytes
}

/// The id of a single-Region key: a UUID of version 4.
pub(crate) fn key_id(rng: &dyn Rng) -> Arc<str> {
    let mut bytes: [u8; 16] = random(rng);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex::encode(bytes);
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-").into()
}

/// The id of a multi-Region key.
pub(crate) fn multi_region_key_id(rng: &dyn Rng) -> Arc<str> {
    format!("mrk-{}", hex::encode(random::<16>(rng))).into()
}

/// 64 hexadecimal digits: of a grant, and of material that is made here.
pub(crate) fn long_id(rng: &dyn Rng) -> Arc<str> {
    hex::encode(random::<32>(rng)).into()
}

/// 32 hexadecimal digits: of a request to raise a quota.
pub(crate) fn request_id(rng: &dyn Rng) -> Arc<str> {
    hex::encode(random::<16>(rng)).into()
}

/// Whether it has the form of a key's id.
pub(crate) fn is_key_id(text: &str) -> bool {
    let digits = |text: &str, length| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    if let Some(rest) = text.strip_prefix("mrk-") {
        return digits(rest, 32);
    }
    let mut groups = text.split('-');
    [8, 4, 4, 4, 12].into_iter().all(|length| groups.next().is_some_and(|group| digits(group, length)))
        && groups.next().is_none()
}

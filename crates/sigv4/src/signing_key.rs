//! The derived key of Signature Version 4.

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

/// A key derived from a secret for one day, region and service.
///
/// It cannot be printed or compared. The underlying HMAC state is cleansed by aws-lc when dropped.
#[derive(Clone)]
pub struct SigningKey(hmac::Key);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl SigningKey {
    /// Derives the key for `date` (`yyyyMMdd`), `region` and `service` from a secret access key.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>, "Calculate signature".
    #[must_use]
    pub fn derive(secret: &str, date: &str, region: &str, service: &str) -> Self {
        let mut start = Zeroizing::new(Vec::with_capacity(4 + secret.len()));
        start.extend_from_slice(b"AWS4");
        start.extend_from_slice(secret.as_bytes());
        let mut key = hmac::Key::new(hmac::HMAC_SHA256, &start);
        for part in [date, region, service, "aws4_request"] {
            let mut tag = Zeroizing::new([0u8; 32]);
            hmac::sign_to_buffer(&key, part.as_bytes(), &mut *tag).expect("an HMAC-SHA256 is 32 bytes");
            key = hmac::Key::new(hmac::HMAC_SHA256, &*tag);
        }
        Self(key)
    }

    /// The HMAC-SHA256 of the parts, one after the other.
    pub(crate) fn sign_parts(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(part);
        }
        let tag = context.sign();
        tag.as_ref().try_into().expect("an HMAC-SHA256 is 32 bytes")
    }
}

/// Whether two texts are equal, in a time that tells only their lengths.
pub(crate) fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(a, b).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", SigningKey::derive("secret", "20130524", "r", "s3")), "SigningKey(..)");
    }

    #[test]
    fn every_part_of_the_scope_changes_the_key() {
        let tag = |secret, date, region, service| SigningKey::derive(secret, date, region, service).sign_parts(&[b"x"]);
        let base = tag("secret", "20130524", "r", "s3");
        assert_ne!(base, tag("secreT", "20130524", "r", "s3"));
        assert_ne!(base, tag("secret", "20130525", "r", "s3"));
        assert_ne!(base, tag("secret", "20130524", "q", "s3"));
        assert_ne!(base, tag("secret", "20130524", "r", "sts"));
    }
}

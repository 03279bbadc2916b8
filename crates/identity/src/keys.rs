//! Root access keys.

use std::sync::Arc;

use larder_env::Rng;

use crate::{Secret, ids};

/// AWS states 16 to 128 characters for ids that it gives out; ones that a developer chose ("test", "minioadmin") may be shorter.
const ID_LENGTHS: std::ops::RangeInclusive<usize> = 3..=128;
/// AWS states no limits for secrets. The lower one is what other S3 servers ask for, the upper keeps a mistake from being stored.
const SECRET_LENGTHS: std::ops::RangeInclusive<usize> = 8..=256;

/// A pair of keys for an account's root user.
#[derive(Debug, PartialEq, Eq)]
pub struct RootKeys {
    pub(crate) access_key_id: Arc<str>,
    pub(crate) secret_access_key: Secret,
}

/// The pair cannot be used as access keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeys {
    /// The id has a wrong length or characters that a signature's credential scope cannot hold.
    #[error("an access key id is 3 to 128 letters, digits, '_', '-' or '.'")]
    AccessKeyId,
    /// The secret has a wrong length or characters that are not printable ASCII.
    #[error("a secret access key is 8 to 256 printable ASCII characters without spaces, quotes or backslashes")]
    SecretAccessKey,
}

impl RootKeys {
    /// Checks a pair that somebody chose.
    ///
    /// # Errors
    /// [`InvalidKeys`] says which half is unfit.
    pub fn parse(access_key_id: &str, secret_access_key: String) -> Result<Self, InvalidKeys> {
        let in_id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        if !ID_LENGTHS.contains(&access_key_id.len()) || !access_key_id.bytes().all(in_id) {
            return Err(InvalidKeys::AccessKeyId);
        }
        // Quotes and backslashes would need escapes in the file and in the shell that the keys are pasted into.
        let in_secret = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\' | b'`' | b'$');
        let secret_access_key = Secret::new(secret_access_key);
        let text = secret_access_key.expose();
        if !SECRET_LENGTHS.contains(&text.len()) || !text.bytes().all(in_secret) {
            return Err(InvalidKeys::SecretAccessKey);
        }
        Ok(Self { access_key_id: access_key_id.into(), secret_access_key })
    }

    /// A copy. Not `Clone`: every copy of a secret is one more to lose.
    pub(crate) fn duplicate(&self) -> Self {
        let secret_access_key = Secret::new(self.secret_access_key.expose().to_owned());
        Self { access_key_id: Arc::clone(&self.access_key_id), secret_access_key }
    }

    /// Makes a new pair in the shape of AWS's: 20 characters of id, 40 of secret (238 random bits).
    #[must_use]
    pub fn generate(rng: &dyn Rng) -> Self {
        Self { access_key_id: ids::access_key_id(rng, "LARD"), secret_access_key: ids::secret_access_key(rng) }
    }
}

#[cfg(test)]
mod tests {
    use larder_env::SeededRng;

    use super::*;

    #[test]
    fn made_keys_have_the_shape_of_aws_and_pass_their_own_check() {
        for seed in 0..50 {
            let keys = RootKeys::generate(&SeededRng::new(seed));
            assert_eq!(keys.access_key_id.len(), 20);
            assert_eq!(keys.secret_access_key.expose().len(), 40);
            let again = RootKeys::parse(&keys.access_key_id, keys.secret_access_key.expose().to_owned());
            assert_eq!(again.as_ref(), Ok(&keys));
        }
        let (one, other) = (RootKeys::generate(&SeededRng::new(1)), RootKeys::generate(&SeededRng::new(2)));
        assert_ne!(one, other);
    }

    #[test]
    fn unfit_keys_are_refused() {
        let good = "long enough".replace(' ', "-");
        for id in ["", "ab", "a/b/c", "a key", "näh", &"x".repeat(129)] {
            assert_eq!(RootKeys::parse(id, good.clone()), Err(InvalidKeys::AccessKeyId), "{id}");
        }
        for secret in ["", "seven77", "with a space", "with\"quote", "new\nline-long", &"x".repeat(257)] {
            assert_eq!(RootKeys::parse("test", secret.to_owned()), Err(InvalidKeys::SecretAccessKey), "{secret}");
        }
        assert!(RootKeys::parse("minioadmin", "minioadmin".to_owned()).is_ok());
    }
}

//! Secret text.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

/// Text that must not be shown: `Debug` hides it, comparing takes the same time wherever two secrets differ, and its memory is
/// overwritten when it is dropped.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes over `text`.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself. Every call is a place where the secret may leak.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        verify_slices_are_equal(self.0.as_bytes(), other.0.as_bytes()).is_ok()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_compared_but_not_shown() {
        let secret = Secret::new("open sesame".to_owned());
        assert_eq!(secret, Secret::new("open sesame".to_owned()));
        assert_ne!(secret, Secret::new("open sesamo".to_owned()));
        assert_ne!(secret, Secret::new("open".to_owned()));
        assert!(!format!("{secret:?}").contains("sesame"));
    }
}

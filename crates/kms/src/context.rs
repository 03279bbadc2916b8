//! Encryption contexts: what a ciphertext is bound to besides its key.
//! <https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::KmsError;
use crate::limits::MAX_CONTEXT_BYTES;

/// An encryption context: pairs of names and values, in order of the names. Not secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncryptionContext(BTreeMap<String, String>);

impl EncryptionContext {
    /// The context of these pairs; a later pair of the same name replaces an earlier one.
    ///
    /// # Errors
    /// `ValidationException` when it is larger than [`MAX_CONTEXT_BYTES`].
    pub fn new<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self, KmsError>
    where
        N: Into<String>,
        V: Into<String>,
    {
        let context = Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect());
        if context.size() > MAX_CONTEXT_BYTES {
            return Err(KmsError::validation(format!(
                "The encryption context may have at most {MAX_CONTEXT_BYTES} bytes."
            )));
        }
        Ok(context)
    }

    /// Whether it has no pairs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many pairs it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The pairs, in order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether all pairs of `part` are among these.
    #[must_use]
    pub fn contains(&self, part: &Self) -> bool {
        part.iter().all(|(name, value)| self.get(name) == Some(value))
    }

    fn size(&self) -> usize {
        4 + self.0.iter().map(|(name, value)| 8 + name.len() + value.len()).sum::<usize>()
    }

    /// How it is authenticated: the number of pairs, then for each pair, in order of the names' bytes, the name and the
    /// value, each behind its length. Numbers are 4 bytes, big-endian.
    pub(crate) fn write_to(&self, bytes: &mut Vec<u8>) {
        let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
        bytes.extend_from_slice(&number(self.0.len()));
        for (name, value) in &self.0 {
            for text in [name, value] {
                bytes.extend_from_slice(&number(text.len()));
                bytes.extend_from_slice(text.as_bytes());
            }
        }
    }
}

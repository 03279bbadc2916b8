//! Policy documents.

/// What a document is for, which decides what it must and may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// Attached to a user, group or role, as a boundary or to a session: has no principals.
    Identity,
    /// Of a bucket: names principals, and resources of this bucket alone.
    Bucket(&'a str),
    /// A role's trust policy: names principals and no resources.
    Trust,
}

/// Why a document is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PolicyError {
    /// AWS's message.
    pub message: String,
}

/// A policy document, parsed and ready to be evaluated.
#[derive(Clone, Debug)]
pub struct Policy;

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// [`PolicyError`] in AWS's words.
    pub fn parse(_text: &str, _kind: Kind<'_>) -> Result<Self, PolicyError> {
        Ok(Self)
    }

    /// Whether it gives strangers access, as Block Public Access means it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        false
    }

    /// The principals that its statements name, each as written: `*`, account ids, ARNs, canonical user ids.
    pub fn principals(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }
}

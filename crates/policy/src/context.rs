//! What a request says of itself: the values of condition keys.

use std::borrow::Cow;

/// The values of a condition key. Most have one; keys such as `aws:TagKeys` may have several, or none at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values<'a> {
    /// A single-valued key.
    One(Cow<'a, str>),
    /// A multivalued key; the list may be empty.
    Many(Vec<Cow<'a, str>>),
}

/// Gives the values of condition keys. Asked only for the keys that a document names, so that nothing is computed in vain.
pub trait Context: Sync {
    /// The values of `key`, which comes in lower case, such as `aws:sourceip` or `s3:prefix`; for a key with a variable part,
    /// such as `aws:RequestTag/Team`, `key` is the part before the slash and `suffix` the part after it as the document
    /// writes it (tag keys are compared without case by AWS for `aws:PrincipalTag`, with case for object tags: the context
    /// decides). `None` when the request has no such key.
    fn get(&self, key: &str, suffix: Option<&str>) -> Option<Values<'_>>;
}

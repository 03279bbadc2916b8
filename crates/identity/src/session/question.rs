//! The condition keys of a request for a session, over those of the request as such.

use std::borrow::Cow;

use larder_policy::{Context, Values};
use larder_types::AccountId;

use crate::Tag;

/// Adds keys to a context.
pub(super) struct Question<'a> {
    below: &'a dyn Context,
    /// Keys in lower case, whole.
    keys: Vec<(String, Vec<Cow<'a, str>>, bool)>,
    tags: &'a [Tag],
}

impl<'a> Question<'a> {
    /// About a role of `account`, which the request as such does not know.
    pub(super) fn new(below: &'a dyn Context, account: AccountId, tags: &'a [Tag]) -> Self {
        let mut question = Self { below, keys: Vec::new(), tags };
        question.one("aws:resourceaccount", account.to_string());
        if !tags.is_empty() {
            question.many("aws:tagkeys", tags.iter().map(|tag| tag.key.as_str()));
        }
        question
    }

    /// A single-valued key.
    pub(super) fn one(&mut self, key: impl Into<String>, value: impl Into<Cow<'a, str>>) {
        self.keys.push((key.into(), vec![value.into()], false));
    }

    /// A single-valued key, if there is a value.
    pub(super) fn maybe(&mut self, key: &str, value: Option<&'a String>) {
        if let Some(value) = value {
            self.one(key, value.as_str());
        }
    }

    /// A multivalued key.
    pub(super) fn many(&mut self, key: impl Into<String>, values: impl IntoIterator<Item = impl Into<Cow<'a, str>>>) {
        self.keys.push((key.into(), values.into_iter().map(Into::into).collect(), true));
    }
}

impl Context for Question<'_> {
    fn get(&self, key: &str, suffix: Option<&str>) -> Option<Values<'_>> {
        if let (true, Some(name)) = (key.eq_ignore_ascii_case("aws:requesttag"), suffix) {
            let tag = self.tags.iter().find(|tag| tag.key.eq_ignore_ascii_case(name))?;
            return Some(Values::One(Cow::Borrowed(&tag.value)));
        }
        // Keys of a provider whose URL has a path come in two halves.
        let whole = match suffix {
            Some(suffix) => Cow::Owned(format!("{key}/{}", suffix.to_ascii_lowercase())),
            None => Cow::Borrowed(key),
        };
        match self.keys.iter().find(|(it, ..)| *it == *whole) {
            Some((_, values, true)) => Some(Values::Many(values.clone())),
            Some((_, values, false)) => values.first().cloned().map(Values::One),
            None => self.below.get(key, suffix),
        }
    }
}

//! One of the two streams of a plan.

use std::iter::Fuse;

use super::PlanError;
use crate::entry::Sighting;

/// A stream that is looked at before it is taken from, and that must not go backwards.
pub(super) struct Side<I: Iterator> {
    name: &'static str,
    rest: Fuse<I>,
    head: Option<Sighting>,
    /// The key of the sighting before the head.
    last: Option<String>,
}

impl<I: Iterator> Side<I> {
    pub(super) fn new(name: &'static str, stream: I) -> Self {
        Self { name, rest: stream.fuse(), head: None, last: None }
    }

    /// Whether this is the key of what was taken last.
    pub(super) fn was_last(&self, key: &str) -> bool {
        self.last.as_deref() == Some(key)
    }

    /// What [`Self::head`] has shown.
    pub(super) fn take(&mut self) -> Option<Sighting> {
        let head = self.head.take()?;
        head.key().clone_into(self.last.get_or_insert_default());
        Some(head)
    }
}

impl<I, E> Side<I>
where
    I: Iterator<Item = Result<Sighting, E>>,
{
    /// What comes next.
    pub(super) fn head(&mut self) -> Result<Option<&Sighting>, PlanError<E>> {
        if self.head.is_none() {
            self.head = self.rest.next().transpose().map_err(PlanError::Stream)?;
            self.check_order()?;
        }
        Ok(self.head.as_ref())
    }

    fn check_order(&self) -> Result<(), PlanError<E>> {
        match (&self.head, &self.last) {
            (Some(head), Some(last)) if head.key() < last.as_str() => {
                let (key, last) = (head.key().to_owned(), last.clone());
                Err(PlanError::OutOfOrder { side: self.name, key, last })
            }
            _ => Ok(()),
        }
    }
}

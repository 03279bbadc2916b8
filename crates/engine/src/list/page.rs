//! Rolling keys up under common prefixes, and cutting pages.

use super::rows::{Row, Rows, Start};
use crate::error::Error;

/// Rows asked for first where a delimiter may make most of them superfluous.
const FIRST_ROLLED_UP: usize = 32;

/// Which keys a listing shows, and how it groups them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grouping<'a> {
    prefix: &'a str,
    delimiter: Option<&'a str>,
}

/// One thing a page shows; each counts one towards its limit.
#[derive(Debug)]
pub(super) enum Shown<T> {
    Item(T),
    CommonPrefix(String),
}

/// A page in order.
#[derive(Debug)]
pub(super) struct Page<T> {
    pub(super) shown: Vec<Shown<T>>,
    /// Whether there is at least one more thing to show behind the last.
    pub(super) more: bool,
}

impl<'a> Grouping<'a> {
    pub(super) fn new(prefix: &'a str, delimiter: Option<&'a String>) -> Self {
        let delimiter = delimiter.map(String::as_str).filter(|delimiter| !delimiter.is_empty());
        Self { prefix, delimiter }
    }

    pub(super) fn prefix(&self) -> &'a str {
        self.prefix
    }

    /// The common prefix that a key, or a marker, rolls up under.
    pub(super) fn common_prefix<'k>(&self, key: &'k str) -> Option<&'k str> {
        let delimiter = self.delimiter?;
        let at = key.strip_prefix(self.prefix)?.find(delimiter)?;
        Some(&key[..self.prefix.len() + at + delimiter.len()])
    }

    /// Where a listing that goes on behind `marker` starts: a marker in a common prefix stands for all of it.
    pub(super) fn after_marker(&self, marker: &str, otherwise: Start) -> Start {
        match self.common_prefix(marker) {
            Some(prefix) => Start::AfterPrefix(prefix.to_owned()),
            None => otherwise,
        }
    }

    /// How many rows a page of `limit` will take in a line: one more than it shows says whether there is a next page.
    pub(super) fn expected_rows(&self, limit: usize) -> usize {
        let rows = limit.saturating_add(1);
        if self.delimiter.is_some() { rows.min(FIRST_ROLLED_UP) } else { rows }
    }
}

impl<T> Page<T> {
    /// Fills a page with what `read` makes of the rows. A row of which it makes `None` is not shown and counts nothing,
    /// nor does it make a common prefix appear.
    pub(super) async fn fill(
        rows: &mut Rows,
        grouping: Grouping<'_>,
        limit: usize,
        mut read: impl FnMut(&Row) -> Result<Option<T>, Error>,
    ) -> Result<Self, Error> {
        let mut page = Self { shown: Vec::new(), more: false };
        if limit == 0 {
            return Ok(page);
        }
        while let Some(row) = rows.next().await? {
            let Some(item) = read(&row)? else { continue };
            if page.shown.len() == limit {
                page.more = true;
                break;
            }
            match grouping.common_prefix(row.key.as_str()) {
                Some(prefix) => {
                    rows.skip_prefix(prefix);
                    page.shown.push(Shown::CommonPrefix(prefix.to_owned()));
                }
                None => page.shown.push(Shown::Item(item)),
            }
        }
        Ok(page)
    }

    /// What a next page starts behind, when there is one.
    pub(super) fn last(&self) -> Option<&Shown<T>> {
        self.shown.last().filter(|_| self.more)
    }

    /// The items and the common prefixes, each in order.
    pub(super) fn split(self) -> (Vec<T>, Vec<String>) {
        let (mut items, mut prefixes) = (Vec::with_capacity(self.shown.len()), Vec::new());
        for shown in self.shown {
            match shown {
                Shown::Item(item) => items.push(item),
                Shown::CommonPrefix(prefix) => prefixes.push(prefix),
            }
        }
        (items, prefixes)
    }
}

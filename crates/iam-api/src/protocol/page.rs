//! Lists in pages: `Marker`, `MaxItems` and `IsTruncated`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::rules::MARKER;
use super::{Fault, Input, Xml};

/// Items of a page without `MaxItems`.
const DEFAULT_ITEMS: u32 = 100;
/// Most items of a page.
const MAX_ITEMS: u32 = 1000;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// The marker of the next page, when there is one.
    next: Option<String>,
}

impl<T> Page<T> {
    /// The page that the request asks for, of all `items` in order of their keys. No two items have the same key. A marker is
    /// the key of the last item of the page before, so that items that come or go meanwhile are neither repeated nor hide
    /// others.
    pub(crate) fn of(input: &Input<'_>, items: impl Iterator<Item = (String, T)>) -> Result<Self, Fault> {
        let most = input.number("MaxItems", 1..=MAX_ITEMS)?.unwrap_or(DEFAULT_ITEMS) as usize;
        let after = input.optional("Marker", &MARKER)?.map(key).transpose()?;
        let mut rest: Vec<_> = items.filter(|(key, _)| after.as_ref().is_none_or(|after| key > after)).collect();
        rest.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let more = rest.len() > most;
        rest.truncate(most);
        let next = rest.last().filter(|_| more).map(|(key, _)| marker(key));
        Ok(Self { items: rest.into_iter().map(|(_, item)| item).collect(), next })
    }

    /// Writes the list and whether there is more of it.
    pub(crate) fn write(self, xml: &mut Xml, name: &str, member: impl FnMut(&mut Xml, T)) {
        xml.list(name, self.items, member);
        write_more(xml, self.next.as_deref());
    }

    /// Splits the page into its items and what tells of more.
    pub(crate) fn into_parts(self) -> (Vec<T>, More) {
        (self.items, More(self.next))
    }
}

/// Whether there is more of a list, to be written after the items.
pub(crate) struct More(Option<String>);

impl More {
    pub(crate) fn write(&self, xml: &mut Xml) {
        write_more(xml, self.0.as_deref());
    }
}

fn write_more(xml: &mut Xml, next: Option<&str>) {
    xml.value("IsTruncated", next.is_some());
    xml.optional("Marker", next);
}

fn marker(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

fn key(marker: &str) -> Result<String, Fault> {
    let bytes = URL_SAFE_NO_PAD.decode(marker).ok();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| Fault::invalid("Invalid Marker."))
}

#[cfg(test)]
mod tests {
    use super::super::Params;
    use super::*;

    fn page(form: &str, count: usize) -> Result<Page<usize>, Fault> {
        let params = Params::parse("", form.as_bytes()).expect("a valid form");
        Page::of(&Input::new(&params), (0..count).rev().map(|number| (format!("{number:05}"), number)))
    }

    #[test]
    fn pages_follow_each_other_without_gaps() {
        let (mut seen, mut next) = (Vec::new(), None::<String>);
        loop {
            let marker = next.as_deref().map(|marker| format!("&Marker={marker}")).unwrap_or_default();
            let page = page(&format!("MaxItems=7{marker}"), 30).expect("a page");
            seen.extend(page.items);
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(seen, (0..30).collect::<Vec<_>>());
    }

    #[test]
    fn a_page_has_a_hundred_items_unless_asked_otherwise() {
        let whole = page("", 100).expect("a page");
        assert_eq!((whole.items.len(), whole.next), (100, None));
        assert!(page("", 101).expect("a page").next.is_some());
        assert!(page("MaxItems=0", 1).is_err() && page("MaxItems=1001", 1).is_err() && page("Marker=%25", 1).is_err());
    }
}

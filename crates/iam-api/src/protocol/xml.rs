//! The writer of answers.

use std::fmt::{Display, Write};

use larder_types::Timestamp;

/// Elements, one after the other. Everything written as a text is escaped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Xml {
    out: String,
}

impl Xml {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// An element with what `content` writes into it.
    pub(crate) fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.open(name);
        content(self);
        self.close(name);
    }

    /// An element with a text.
    pub(crate) fn text(&mut self, name: &str, text: impl AsRef<str>) {
        self.open(name);
        escape(&mut self.out, text.as_ref());
        self.close(name);
    }

    /// An element with a text, if there is one.
    pub(crate) fn optional(&mut self, name: &str, text: Option<impl AsRef<str>>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// An element with a number or a truth value.
    pub(crate) fn value(&mut self, name: &str, value: impl Display) {
        self.text(name, value.to_string());
    }

    /// An element with a point in time, such as `2026-03-01T12:00:00Z`.
    pub(crate) fn time(&mut self, name: &str, time: Timestamp) {
        self.value(name, time.to_jiff_seconds());
    }

    /// A list: an element with a `member` for each item.
    pub(crate) fn list<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        mut member: impl FnMut(&mut Self, T),
    ) {
        self.element(name, |xml| {
            for item in items {
                xml.element("member", |xml| member(xml, item));
            }
        });
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, name: &str, items: impl IntoIterator<Item = impl AsRef<str>>) {
        self.element(name, |xml| {
            for item in items {
                xml.text("member", item);
            }
        });
    }

    fn open(&mut self, name: &str) {
        let _ = write!(self.out, "<{name}>");
    }

    fn close(&mut self, name: &str) {
        let _ = write!(self.out, "</{name}>");
    }

    /// How much was written, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    /// What was written.
    pub(crate) fn into_string(self) -> String {
        self.out
    }
}

/// Appends `text` so that a parser reads it back. What XML 1.0 cannot hold becomes U+FFFD; only values that are repeated in
/// refusals can contain it.
fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Would be read back as a line feed.
            '\r' => out.push_str("&#xD;"),
            '\t' | '\n' => out.push(character),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_xml::Reader;
    use quick_xml::events::Event;

    use super::*;

    fn read_back(xml: &str) -> String {
        let mut reader = Reader::from_str(xml);
        let mut text = String::new();
        loop {
            match reader.read_event().expect("well-formed") {
                Event::Text(part) => text.push_str(&part.xml10_content()),
                Event::GeneralRef(reference) => match reference.resolve_char_ref().expect("a character") {
                    Some(character) => text.push(character),
                    None => {
                        text.push_str(quick_xml::escape::resolve_predefined_entity(&reference).expect("a known entity"))
                    }
                },
                Event::Eof => return text,
                _ => {}
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_reads_back(text in "[\\t\\n\\r -\\u{d7ff}\\u{e000}-\\u{fffd}\\u{10000}-\\u{10ffff}]*") {
            let mut xml = Xml::new();
            xml.text("T", &text);
            prop_assert_eq!(read_back(&xml.into_string()), text);
        }

        #[test]
        fn what_xml_cannot_hold_stays_well_formed(text: String) {
            let mut xml = Xml::new();
            xml.text("T", &text);
            prop_assert_eq!(read_back(&xml.into_string()).chars().count(), text.chars().count());
        }
    }

    #[test]
    fn elements_nest() {
        let mut xml = Xml::new();
        xml.element("User", |xml| {
            xml.text("UserName", "a&b");
            xml.time("CreateDate", Timestamp::from_millis(1_700_000_000_999));
            xml.texts("Keys", ["x", "y"]);
            xml.list("Tags", [1], |xml, number| xml.value("Key", number));
            xml.optional("Nothing", None::<&str>);
        });
        assert_eq!(
            xml.into_string(),
            "<User><UserName>a&amp;b</UserName><CreateDate>2023-11-14T22:13:20Z</CreateDate><Keys><member>x</member>\
             <member>y</member></Keys><Tags><member><Key>1</Key></member></Tags></User>"
        );
    }
}

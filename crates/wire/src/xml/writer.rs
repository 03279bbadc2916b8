//! A writer of one response body into one buffer.

use bytes::Bytes;
use jiff::Timestamp;

use super::NAMESPACE;
use crate::timestamp;

/// What can be the content of an element.
pub(crate) trait WriteXml {
    /// Whether an element without content is written `<Name/>`, as S3 writes structures; empty strings keep both tags.
    const COLLAPSES: bool = false;

    fn write(&self, writer: &mut XmlWriter);

    /// Writes the attributes of the element's start tag; most elements have none.
    fn attributes(&self, _writer: &mut XmlWriter) {}
}

pub(crate) struct XmlWriter {
    out: Vec<u8>,
}

/// A whole document: declaration, root element with S3's namespace, content.
pub(crate) fn document<T: WriteXml + ?Sized>(root: &str, capacity: usize, content: &T) -> Bytes {
    let mut writer = XmlWriter { out: Vec::with_capacity(capacity) };
    writer.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<");
    writer.raw(root);
    writer.raw(" xmlns=\"");
    writer.raw(NAMESPACE);
    writer.raw("\">");
    let before = writer.out.len();
    content.write(&mut writer);
    writer.end(root, before, true);
    Bytes::from(writer.out)
}

/// Whether [`XmlWriter::escaped`] copies a byte without a further look: no markup, no control character, and not the first
/// byte of U+FFFE and U+FFFF.
fn is_plain(byte: u8) -> bool {
    (byte > 0x1f) & (byte != b'&') & (byte != b'<') & (byte != b'>') & (byte != b'"') & (byte != 0xef)
}

/// How many bytes at the start are plain.
fn plain_length(text: &[u8]) -> usize {
    // Sixteen at once are a few vector instructions.
    let chunks =
        text.chunks_exact(16).take_while(|chunk| chunk.iter().fold(true, |plain, &byte| plain & is_plain(byte)));
    let whole = 16 * chunks.count();
    whole + text[whole..].iter().take_while(|&&byte| is_plain(byte)).count()
}

impl XmlWriter {
    pub(crate) fn element<T: WriteXml + ?Sized>(&mut self, name: &str, content: &T) {
        self.raw("<");
        self.raw(name);
        content.attributes(self);
        self.raw(">");
        let before = self.out.len();
        content.write(self);
        self.end(name, before, T::COLLAPSES);
    }

    /// An attribute of the start tag that is being written.
    pub(crate) fn attribute(&mut self, name: &str, value: &str) {
        self.raw(" ");
        self.raw(name);
        self.raw("=\"");
        self.escaped(value);
        self.raw("\"");
    }

    pub(crate) fn optional<T: WriteXml>(&mut self, name: &str, content: &Option<T>) {
        if let Some(content) = content {
            self.element(name, content);
        }
    }

    /// A list whose items follow each other without an element around them.
    pub(crate) fn list<T: WriteXml>(&mut self, item: &str, items: &[T]) {
        for content in items {
            self.element(item, content);
        }
    }

    /// A list within an element of its own, which is written even when the list is empty.
    pub(crate) fn wrapped<T: WriteXml>(&mut self, name: &str, item: &str, items: &[T]) {
        let before = self.start(name);
        self.list(item, items);
        self.end(name, before, true);
    }

    fn start(&mut self, name: &str) -> usize {
        self.raw("<");
        self.raw(name);
        self.raw(">");
        self.out.len()
    }

    fn end(&mut self, name: &str, before: usize, collapses: bool) {
        if collapses && self.out.len() == before {
            self.out.pop();
            self.raw("/>");
        } else {
            self.raw("</");
            self.raw(name);
            self.raw(">");
        }
    }

    fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Text with everything escaped that a parser would refuse, take for markup, or normalise away.
    pub(crate) fn escaped(&mut self, text: &str) {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            // Most text has nothing to escape, and is looked through and copied in one go.
            let (plain, special) = rest.split_at(plain_length(rest));
            self.out.extend_from_slice(plain);
            rest = &special[self.escape(special)..];
        }
    }

    /// Writes what the text starts with, which may be special. Gives how many bytes of the text that was.
    fn escape(&mut self, special: &[u8]) -> usize {
        let (reference, length) = match special {
            [] => return 0,
            [b'&', ..] => ("&amp;", 1),
            [b'<', ..] => ("&lt;", 1),
            [b'>', ..] => ("&gt;", 1),
            [b'"', ..] => ("&quot;", 1),
            // U+FFFE and U+FFFF, the only characters above the controls that XML 1.0 allows nowhere.
            [0xef, 0xbf, 0xbe, ..] => ("&#xFFFE;", 3),
            [0xef, 0xbf, 0xbf, ..] => ("&#xFFFF;", 3),
            [control @ 0..=0x1f, ..] => {
                self.control(*control);
                return 1;
            }
            [other, ..] => {
                self.out.push(*other);
                return 1;
            }
        };
        self.raw(reference);
        length
    }

    /// A control character, as a reference.
    fn control(&mut self, byte: u8) {
        self.raw("&#x");
        if byte >= 0x10 {
            self.out.push(b'1');
        }
        self.out.push(b"0123456789ABCDEF"[usize::from(byte & 0xf)]);
        self.out.push(b';');
    }

    fn integer(&mut self, value: i64) {
        // Twenty bytes hold every i64 with its sign.
        let mut digits = [0_u8; 20];
        let mut at = digits.len();
        let mut rest = value.unsigned_abs();
        loop {
            at -= 1;
            digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if value < 0 {
            self.out.push(b'-');
        }
        self.out.extend_from_slice(&digits[at..]);
    }
}

impl WriteXml for str {
    fn write(&self, writer: &mut XmlWriter) {
        writer.escaped(self);
    }
}

impl WriteXml for String {
    fn write(&self, writer: &mut XmlWriter) {
        writer.escaped(self);
    }
}

impl WriteXml for i32 {
    fn write(&self, writer: &mut XmlWriter) {
        writer.integer(i64::from(*self));
    }
}

impl WriteXml for i64 {
    fn write(&self, writer: &mut XmlWriter) {
        writer.integer(*self);
    }
}

impl WriteXml for bool {
    fn write(&self, writer: &mut XmlWriter) {
        writer.raw(if *self { "true" } else { "false" });
    }
}

impl WriteXml for Timestamp {
    fn write(&self, writer: &mut XmlWriter) {
        writer.out.extend_from_slice(&timestamp::iso8601(*self));
    }
}

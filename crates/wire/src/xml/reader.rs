//! A pull reader over one request body.

use std::str::FromStr;

use jiff::Timestamp;
use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS};
use crate::error::{ErrorCode, S3Error};
use crate::string_enum::StringEnum;
use crate::timestamp;

/// What the content of an element can be read as. The start tag is consumed already; `read` consumes the end tag.
pub(crate) trait ReadXml: Sized {
    fn read(reader: &mut XmlReader<'_>) -> Result<Self, S3Error>;
}

pub(crate) struct XmlReader<'a> {
    inner: Reader<&'a [u8]>,
    depth: usize,
    elements: usize,
    /// The start tag that was read last, when it has attributes.
    opened: Option<BytesStart<'a>>,
}

/// A start tag; its name carries no prefix.
pub(crate) struct Element<'a>(BytesStart<'a>);

impl Element<'_> {
    pub(crate) fn name(&self) -> &str {
        self.0.local_name().into_inner()
    }
}

/// Reads a body that must be one document whose root element is `root`.
pub(crate) fn read_document<T: ReadXml>(body: &[u8], root: &str) -> Result<T, S3Error> {
    let text = std::str::from_utf8(body).map_err(|_| malformed())?;
    let mut reader = XmlReader::new(text.strip_prefix('\u{feff}').unwrap_or(text));
    match reader.next()? {
        Some(Event::Start(start)) if start.local_name().into_inner() == root => {}
        _ => return Err(malformed()),
    }
    let value = T::read(&mut reader)?;
    reader.finish()?;
    Ok(value)
}

/// Reads an element that may come only once.
pub(crate) fn once<T: ReadXml>(slot: &mut Option<T>, reader: &mut XmlReader<'_>) -> Result<(), S3Error> {
    match slot.replace(T::read(reader)?) {
        None => Ok(()),
        Some(_) => Err(malformed()),
    }
}

/// Reads a list within an element of its own, which may come only once; its items are named `item`.
pub(crate) fn once_wrapped<T: ReadXml>(
    slot: &mut Option<Vec<T>>,
    item: &str,
    reader: &mut XmlReader<'_>,
) -> Result<(), S3Error> {
    let mut items = Vec::new();
    while let Some(element) = reader.child()? {
        if element.name() == item {
            items.push(T::read(reader)?);
        } else {
            reader.skip()?;
        }
    }
    match slot.replace(items) {
        None => Ok(()),
        Some(_) => Err(malformed()),
    }
}

/// The value of an element that must be there.
pub(crate) fn required<T>(slot: Option<T>) -> Result<T, S3Error> {
    slot.ok_or_else(malformed)
}

/// The items of a list that must hold at least one.
pub(crate) fn required_list<T>(items: Vec<T>) -> Result<Vec<T>, S3Error> {
    if items.is_empty() { Err(malformed()) } else { Ok(items) }
}

fn malformed() -> S3Error {
    S3Error::new(ErrorCode::MalformedXML)
}

impl<'a> XmlReader<'a> {
    fn new(text: &'a str) -> Self {
        let mut inner = Reader::from_str(text);
        inner.config_mut().expand_empty_elements = true;
        XmlReader { inner, depth: 0, elements: 0, opened: None }
    }

    /// The next event that carries content, or `None` at the end of the body.
    fn next(&mut self) -> Result<Option<Event<'a>>, S3Error> {
        loop {
            match self.inner.read_event().map_err(|_| malformed())? {
                Event::Start(start) => {
                    self.depth += 1;
                    self.elements += 1;
                    if self.depth > MAX_DEPTH || self.elements > MAX_ELEMENTS {
                        return Err(malformed());
                    }
                    check_attributes(&start)?;
                    self.opened = (!start.attributes_raw().is_empty()).then(|| start.clone());
                    return Ok(Some(Event::Start(start)));
                }
                Event::End(end) => {
                    self.depth = self.depth.checked_sub(1).ok_or_else(malformed)?;
                    return Ok(Some(Event::End(end)));
                }
                Event::Text(text) => {
                    check_characters(&text)?;
                    if self.depth > 0 {
                        return Ok(Some(Event::Text(text)));
                    }
                    if !is_blank(&text) {
                        return Err(malformed());
                    }
                }
                Event::CData(data) => {
                    check_characters(&data)?;
                    return self.within_root(Event::CData(data));
                }
                Event::GeneralRef(reference) => return self.within_root(Event::GeneralRef(reference)),
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
                // A document type could declare entities; S3 takes none.
                Event::DocType(_) | Event::Empty(_) => return Err(malformed()),
                Event::Eof => return Ok(None),
            }
        }
    }

    fn within_root(&self, event: Event<'a>) -> Result<Option<Event<'a>>, S3Error> {
        if self.depth == 0 { Err(malformed()) } else { Ok(Some(event)) }
    }

    /// The next child of the element that is open, or `None` once its end tag is consumed. Text between children is
    /// passed over, as S3 does with indentation.
    pub(crate) fn child(&mut self) -> Result<Option<Element<'a>>, S3Error> {
        loop {
            match self.next()? {
                Some(Event::Start(start)) => return Ok(Some(Element(start))),
                Some(Event::End(_)) => return Ok(None),
                Some(_) => {}
                None => return Err(malformed()),
            }
        }
    }

    /// Passes over the rest of the element that is open, its end tag included.
    pub(crate) fn skip(&mut self) -> Result<(), S3Error> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            match self.next()? {
                Some(Event::GeneralRef(reference)) => {
                    resolve(&reference)?;
                }
                Some(_) => {}
                None => return Err(malformed()),
            }
        }
        Ok(())
    }

    /// The text of the element that is open, which may hold no other element.
    pub(crate) fn string(&mut self) -> Result<String, S3Error> {
        let mut value = String::new();
        loop {
            match self.next()? {
                Some(Event::Text(text)) => value.push_str(&text.xml_content(XmlVersion::Explicit1_0)),
                Some(Event::CData(data)) => value.push_str(&data.xml_content(XmlVersion::Explicit1_0)),
                Some(Event::GeneralRef(reference)) => value.push(resolve(&reference)?),
                Some(Event::End(_)) => return Ok(value),
                _ => return Err(malformed()),
            }
        }
    }

    /// An attribute of the element that was just opened, before anything within it is read; a value that the API model
    /// does not list is malformed. Prefixes do not count: a document may call a namespace as it likes.
    pub(crate) fn attribute<T: StringEnum>(&self, name: &str) -> Result<Option<T>, S3Error> {
        let Some(start) = &self.opened else { return Ok(None) };
        let local = name.rsplit(':').next();
        for attribute in start.attributes().with_checks(false).flatten() {
            if Some(attribute.key.local_name().into_inner()) == local {
                let value = T::from(attribute.value.trim());
                return if value.is_known() { Ok(Some(value)) } else { Err(malformed()) };
            }
        }
        Ok(None)
    }

    fn parse<T: FromStr>(&mut self) -> Result<T, S3Error> {
        self.string()?.trim().parse().map_err(|_| malformed())
    }

    /// A value that the API model lists.
    pub(crate) fn known<T: StringEnum>(&mut self) -> Result<T, S3Error> {
        let value = T::from(self.string()?.trim());
        if value.is_known() { Ok(value) } else { Err(malformed()) }
    }

    /// Requires that nothing but blanks and comments follow the root element.
    fn finish(mut self) -> Result<(), S3Error> {
        if self.next()?.is_none() { Ok(()) } else { Err(malformed()) }
    }
}

impl ReadXml for String {
    fn read(reader: &mut XmlReader<'_>) -> Result<Self, S3Error> {
        reader.string()
    }
}

impl ReadXml for i32 {
    fn read(reader: &mut XmlReader<'_>) -> Result<Self, S3Error> {
        reader.parse()
    }
}

impl ReadXml for i64 {
    fn read(reader: &mut XmlReader<'_>) -> Result<Self, S3Error> {
        reader.parse()
    }
}

impl ReadXml for bool {
    fn read(reader: &mut XmlReader<'_>) -> Result<Self, S3Error> {
        // The four spellings of xsd:boolean, and the capitals that Python clients send.
        match reader.string()?.trim() {
            "true" | "True" | "TRUE" | "1" => Ok(true),
            "false" | "False" | "FALSE" | "0" => Ok(false),
            _ => Err(malformed()),
        }
    }
}

impl ReadXml for Timestamp {
    fn read(reader: &mut XmlReader<'_>) -> Result<Self, S3Error> {
        let text = reader.string()?;
        let text = text.trim();
        timestamp::parse_iso8601(text).or_else(|| timestamp::parse_http_date(text)).ok_or_else(malformed)
    }
}

/// Refuses attributes that are not well-formed. Names are not compared with each other, which would take time
/// quadratic in their number.
fn check_attributes(start: &BytesStart<'_>) -> Result<(), S3Error> {
    if start.attributes_raw().is_empty() {
        return Ok(());
    }
    for (count, attribute) in start.attributes().with_checks(false).enumerate() {
        let attribute = attribute.map_err(|_| malformed())?;
        if count >= MAX_ATTRIBUTES || attribute.value.contains('<') {
            return Err(malformed());
        }
    }
    Ok(())
}

/// Refuses the characters that XML 1.0 allows nowhere.
fn check_characters(text: &str) -> Result<(), S3Error> {
    let illegal = |c: char| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}');
    if text.contains(illegal) { Err(malformed()) } else { Ok(()) }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// The character that a reference stands for: one of the five predefined entities or a number. Numbers of control
/// characters are taken although XML 1.0 forbids them: it is how they are listed, and so how a client that deletes
/// what it listed sends them back.
fn resolve(reference: &BytesRef<'_>) -> Result<char, S3Error> {
    if let Some(c) = reference.resolve_char_ref().map_err(|_| malformed())? {
        return if c == '\0' { Err(malformed()) } else { Ok(c) };
    }
    match &**reference {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(malformed()),
    }
}

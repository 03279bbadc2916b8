//! The XML of S3: documents read straight into structures and written straight into bytes.
//!
//! Reading checks what S3's schema would: well-formedness, the root element's name, elements that must be there and
//! elements that come twice. Namespaces and prefixes are not looked at (clients send bodies with and without them) and
//! unknown elements are skipped. Everything refused is `MalformedXML`, whose message S3 does not vary.

mod reader;
mod writer;

pub(crate) use reader::{ReadXml, XmlReader, once, once_wrapped, read_document, required, required_list};
pub(crate) use writer::{WriteXml, XmlWriter, document};

/// The namespace of every S3 document.
pub const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// Deepest nesting of elements accepted in a request's body; S3's own documents need seven.
pub const MAX_DEPTH: usize = 20;

/// Most elements accepted in a request's body. The longest list that S3 takes, 10,000 parts of four elements each, needs
/// a third of it; without a bound a body of empty elements would take a hundred times its size in memory.
pub const MAX_ELEMENTS: usize = 128 * 1024;

/// Most attributes accepted on one element; S3's own documents need three.
pub const MAX_ATTRIBUTES: usize = 32;

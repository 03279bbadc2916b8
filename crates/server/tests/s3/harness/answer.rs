//! An answer, and what tests assert of it.

use http::HeaderMap;

/// A whole answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Whether the request was a `HEAD`.
    pub(crate) to_head: bool,
}

impl Answer {
    /// The body as text.
    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a text")
    }

    /// A header's value; empty when there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap_or("(not a text)"))
    }

    /// The text of the first element of this name; empty when there is none.
    pub(crate) fn first(&self, element: &str) -> String {
        self.all(element).into_iter().next().unwrap_or_default()
    }

    /// The texts of all elements of this name, in order.
    pub(crate) fn all(&self, element: &str) -> Vec<String> {
        self.inner(element).iter().map(|text| unescaped(text)).collect()
    }

    /// What stands inside all elements of this name, in order, as it stands there.
    pub(crate) fn inner(&self, element: &str) -> Vec<String> {
        inner(&String::from_utf8_lossy(&self.body), element)
    }

    /// Asserts success.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert!((200..300).contains(&self.status), "{} {}", self.status, String::from_utf8_lossy(&self.body));
        self.identified()
    }

    /// Asserts a status.
    #[track_caller]
    pub(crate) fn status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self.identified()
    }

    /// Asserts a header's value; `""` for none.
    #[track_caller]
    pub(crate) fn has(self, header: &str, value: &str) -> Self {
        assert_eq!(self.header(header), value, "{header}: {:?}", self.headers);
        self
    }

    /// Asserts the text of an element; `""` for none.
    #[track_caller]
    pub(crate) fn says(self, element: &str, text: &str) -> Self {
        assert_eq!(self.first(element), text, "{element}: {}", self.text());
        self
    }

    /// Asserts an error: its status, its code, and that the document names the request as the headers do.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Self {
        let body = String::from_utf8_lossy(&self.body).into_owned();
        assert_eq!((self.status, self.first("Code").as_str()), (status, code), "{body}");
        assert!(body.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>"), "{body}");
        assert!(!self.first("Message").is_empty(), "{body}");
        assert_eq!(self.first("RequestId"), self.header("x-amz-request-id"));
        assert_eq!(self.first("HostId"), self.header("x-amz-id-2"));
        assert_eq!(self.header("content-type"), "application/xml");
        self.identified()
    }

    /// Asserts an error to a `HEAD`, which has no body.
    #[track_caller]
    pub(crate) fn refused_head(self, status: u16) -> Self {
        assert!(self.to_head && self.body.is_empty());
        self.status(status)
    }

    /// Asserts the headers that every answer has.
    #[track_caller]
    fn identified(self) -> Self {
        assert_eq!(self.header("x-amz-request-id").len(), 16, "{:?}", self.headers);
        assert!(!self.header("x-amz-id-2").is_empty(), "{:?}", self.headers);
        assert!(!self.header("date").is_empty(), "{:?}", self.headers);
        self
    }
}

/// What stands inside all elements of this name in an XML text, elements of that name inside it excepted.
pub(crate) fn inner(xml: &str, element: &str) -> Vec<String> {
    let (open, close) = (format!("<{element}"), format!("</{element}>"));
    let mut found = Vec::new();
    let mut rest = xml;
    while let Some(at) = rest.find(&open) {
        let after = &rest[at + open.len()..];
        rest = after;
        match after.chars().next() {
            Some('>' | ' ' | '/') => {}
            _ => continue,
        }
        let Some(end) = after.find('>') else { break };
        if after[..end].ends_with('/') {
            found.push(String::new());
            continue;
        }
        let Some(length) = after[end + 1..].find(&close) else { break };
        found.push(after[end + 1..end + 1 + length].to_owned());
        rest = &after[end + 1 + length..];
    }
    found
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&apos;", "'")
        .replace("&#xd;", "\r")
        .replace("&#xa;", "\n")
        .replace("&#x9;", "\t")
        .replace("&amp;", "&")
}

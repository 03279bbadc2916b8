//! `multipart/form-data` bodies of HTML form uploads (`POST /bucket`), parsed as they arrive.
//!
//! No IO: the caller feeds what it received and takes events until there is none. What is held is at most the fields'
//! 20 KB and the chunk fed last; a file's bytes are handed on as slices of that chunk.
//!
//! The `file` part ends what S3 looks at: fields after it are ignored, as AWS documents. A line that merely begins like
//! the boundary is part of the data.
//!
//! Sources: RFC 7578, RFC 2046 section 5.1, and "Browser-based uploads using POST" of the S3 documentation.

mod header;

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem::Finder;

use crate::error::{ErrorCode, S3Error};

/// Most bytes of a form besides the file's content: fields, part headers, boundaries and what stands before them.
pub const MAX_PRE_DATA_BYTES: usize = 20 * 1024;

/// Longest header block of one part, in bytes.
pub const MAX_PART_HEADER_BYTES: usize = 8 * 1024;

/// Most fields before the file.
pub const MAX_FIELDS: usize = 256;

/// Longest boundary (RFC 2046).
pub const MAX_BOUNDARY_BYTES: usize = 70;

/// Longest white space between a boundary and the end of its line.
const MAX_PADDING_BYTES: usize = 64;

/// What the form holds, in its order. A form has any number of `Field`s, then one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A field before the file.
    Field {
        /// Its name as sent; S3 compares names without regard to case.
        name: String,
        /// Its value.
        value: String,
        /// The part's own `Content-Type`.
        content_type: Option<String>,
    },
    /// The file begins.
    FileStart {
        /// The name that `${filename}` in the key stands for, as sent: it may be a whole path.
        filename: Option<String>,
        /// The part's own `Content-Type`, which is not the object's (that is a field).
        content_type: Option<String>,
    },
    /// Some of the file's bytes; never empty.
    FileData(Bytes),
    /// The file is complete. Nothing follows.
    FileEnd,
}

/// The parser of one form.
#[derive(Debug)]
pub struct Form {
    state: State,
    /// Received and not consumed.
    input: Bytes,
    /// CRLF, two hyphens and the boundary.
    delimiter: Finder<'static>,
    /// Consumed so far of what counts against [`MAX_PRE_DATA_BYTES`].
    pre_data: usize,
    fields: usize,
}

#[derive(Debug)]
enum State {
    /// Before the first boundary.
    Preamble,
    Headers,
    Field {
        name: String,
        content_type: Option<String>,
    },
    /// The file's headers were read and not told yet.
    FileHead {
        filename: Option<String>,
        content_type: Option<String>,
    },
    File,
    /// The form was closed before a file came.
    NoFile,
    FileEnded,
    Done,
    Failed(ErrorCode),
}

enum Search {
    /// A boundary line at `start`; what follows it begins at `end`; `close` is the form's last.
    Found { start: usize, end: usize, close: bool },
    /// None, but the bytes from here on may be the start of one.
    Unfinished(usize),
}

impl Form {
    /// A parser for a body of this `Content-Type`.
    ///
    /// # Errors
    /// `RequestIsNotMultiPartContent` for another type; `MalformedPOSTRequest` without a valid boundary.
    pub fn new(content_type: &str) -> Result<Form, S3Error> {
        let (kind, parameters) = header::split(content_type);
        if !kind.eq_ignore_ascii_case("multipart/form-data") {
            return Err(S3Error::new(ErrorCode::RequestIsNotMultiPartContent));
        }
        let boundary = parameters.into_iter().find(|(name, _)| name == "boundary").map(|(_, value)| value);
        match boundary {
            Some(boundary) if is_boundary(&boundary) => Ok(Form {
                state: State::Preamble,
                // The first boundary then looks like any other: it has a line's end before it.
                input: Bytes::from_static(b"\r\n"),
                delimiter: Finder::new(format!("\r\n--{boundary}").as_bytes()).into_owned(),
                pre_data: 0,
                fields: 0,
            }),
            _ => Err(malformed()),
        }
    }

    /// Takes more of the body. Take the events before feeding again, so that what is held stays one chunk.
    pub fn feed(&mut self, chunk: Bytes) {
        if matches!(self.state, State::Done | State::Failed(_)) {
            return;
        }
        if self.input.is_empty() {
            self.input = chunk;
        } else {
            // A part's head (bounded) or the possible start of a boundary.
            let mut joined = BytesMut::with_capacity(self.input.len() + chunk.len());
            joined.extend_from_slice(&self.input);
            joined.extend_from_slice(&chunk);
            self.input = joined.freeze();
        }
    }

    /// The next event; `None` when more of the body is needed or the file has ended.
    ///
    /// # Errors
    /// `MalformedPOSTRequest`; `MaxPostPreDataLengthExceededError`; `InvalidArgument` when the form ends without file.
    /// An error is final.
    pub fn next_event(&mut self) -> Result<Option<Event>, S3Error> {
        let result = self.advance();
        if let Err(error) = &result {
            self.state = State::Failed(error.code());
            self.input = Bytes::new();
        }
        result
    }

    /// Whether the file has ended, so that the rest of the body does not matter.
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Must be called at the end of the body, when [`next_event`](Form::next_event) has given `None`.
    ///
    /// # Errors
    /// `IncompleteBody` when the body ended inside a part, `MalformedPOSTRequest` when it held no boundary at all.
    pub fn finish(&self) -> Result<(), S3Error> {
        match self.state {
            State::Done => Ok(()),
            State::Preamble => Err(malformed()),
            State::NoFile => Err(no_file()),
            State::Failed(code) => Err(S3Error::new(code)),
            State::Headers | State::Field { .. } | State::FileHead { .. } | State::File | State::FileEnded => {
                Err(S3Error::new(ErrorCode::IncompleteBody))
            }
        }
    }

    fn advance(&mut self) -> Result<Option<Event>, S3Error> {
        loop {
            match &mut self.state {
                State::Preamble => match self.search() {
                    Search::Found { end, close, .. } => {
                        self.consume_pre_data(end)?;
                        self.state = if close { State::NoFile } else { State::Headers };
                    }
                    Search::Unfinished(_) => return self.need_more_pre_data(),
                },
                State::Headers => {
                    if !self.headers()? {
                        return Ok(None);
                    }
                }
                State::FileHead { filename, content_type } => {
                    let event = Event::FileStart { filename: filename.take(), content_type: content_type.take() };
                    self.state = State::File;
                    return Ok(Some(event));
                }
                State::Field { .. } => return self.field(),
                State::File => {
                    if let Some(event) = self.file_data() {
                        return Ok(Some(event));
                    }
                    if !matches!(self.state, State::FileEnded) {
                        return Ok(None);
                    }
                }
                State::FileEnded => {
                    self.state = State::Done;
                    self.input = Bytes::new();
                    return Ok(Some(Event::FileEnd));
                }
                State::NoFile => return Err(no_file()),
                State::Done => return Ok(None),
                State::Failed(code) => return Err(S3Error::new(*code)),
            }
        }
    }

    /// Reads a part's headers and moves on to its content; `false` when they are incomplete.
    fn headers(&mut self) -> Result<bool, S3Error> {
        const END: &[u8] = b"\r\n\r\n";
        let Some(length) = memchr::memmem::find(&self.input, END) else {
            if self.input.len() > MAX_PART_HEADER_BYTES + END.len() {
                return Err(too_much_pre_data());
            }
            self.need_more_pre_data()?;
            return Ok(false);
        };
        if length > MAX_PART_HEADER_BYTES {
            return Err(too_much_pre_data());
        }
        let block = self.input.slice(..length);
        self.consume_pre_data(length + END.len())?;
        let part = header::parse(&block).ok_or_else(malformed)?;
        if part.name.eq_ignore_ascii_case("file") {
            self.state = State::FileHead { filename: part.filename, content_type: part.content_type };
            return Ok(true);
        }
        self.fields += 1;
        if self.fields > MAX_FIELDS {
            return Err(too_much_pre_data());
        }
        self.state = State::Field { name: part.name, content_type: part.content_type };
        Ok(true)
    }

    fn field(&mut self) -> Result<Option<Event>, S3Error> {
        let Search::Found { start, end, close } = self.search() else {
            return self.need_more_pre_data();
        };
        let value = self.input.slice(..start);
        self.consume_pre_data(end)?;
        let value = String::from_utf8(value.into()).map_err(|_| malformed())?;
        let next = if close { State::NoFile } else { State::Headers };
        match std::mem::replace(&mut self.state, next) {
            State::Field { name, content_type } => Ok(Some(Event::Field { name, value, content_type })),
            _ => Err(malformed()),
        }
    }

    fn file_data(&mut self) -> Option<Event> {
        let (length, ended) = match self.search() {
            Search::Found { start, .. } => (start, true),
            Search::Unfinished(from) => (from, false),
        };
        let data = self.input.split_to(length);
        if ended {
            self.state = State::FileEnded;
        }
        (!data.is_empty()).then_some(Event::FileData(data))
    }

    fn search(&self) -> Search {
        let mut from = 0;
        while let Some(at) = self.delimiter.find(&self.input[from..]) {
            let start = from + at;
            let after = start + self.delimiter.needle().len();
            let tail = &self.input[after..];
            let padding = tail.iter().take(MAX_PADDING_BYTES).take_while(|&&b| b == b' ' || b == b'\t').count();
            match &tail[padding..] {
                [b'\r', b'\n', ..] => return Search::Found { start, end: after + padding + 2, close: false },
                [b'-', b'-', ..] if padding == 0 => return Search::Found { start, end: after + 2, close: true },
                [] | [b'\r'] => return Search::Unfinished(start),
                [b'-'] if padding == 0 => return Search::Unfinished(start),
                // It only begins like a boundary; the real one may begin with its last bytes.
                _ => from = start + 1,
            }
        }
        let needle = self.delimiter.needle();
        let rest = &self.input[from..];
        let longest = rest.len().min(needle.len() - 1);
        let kept = (1..=longest).rev().find(|&n| rest.ends_with(&needle[..n])).unwrap_or(0);
        Search::Unfinished(self.input.len() - kept)
    }

    fn consume_pre_data(&mut self, count: usize) -> Result<(), S3Error> {
        self.pre_data += count;
        if self.pre_data > MAX_PRE_DATA_BYTES {
            return Err(too_much_pre_data());
        }
        self.input.advance(count);
        Ok(())
    }

    /// Nothing to tell yet, unless what is waiting already is too much.
    fn need_more_pre_data(&self) -> Result<Option<Event>, S3Error> {
        if self.pre_data + self.input.len() > MAX_PRE_DATA_BYTES { Err(too_much_pre_data()) } else { Ok(None) }
    }
}

fn is_boundary(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&b);
    (1..=MAX_BOUNDARY_BYTES).contains(&text.len()) && text.bytes().all(allowed) && !text.ends_with(' ')
}

fn malformed() -> S3Error {
    S3Error::new(ErrorCode::MalformedPOSTRequest)
}

fn too_much_pre_data() -> S3Error {
    S3Error::new(ErrorCode::MaxPostPreDataLengthExceededError)
}

fn no_file() -> S3Error {
    S3Error::new(ErrorCode::InvalidArgument)
        .with_message("POST requires exactly one file upload per request.")
        .with_extra("ArgumentName", "file")
        .with_extra("ArgumentValue", "0")
}

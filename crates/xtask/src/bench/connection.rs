//! One kept-alive HTTP/1.1 connection, as little of a client as load needs: it must leave the processor to the server.

use std::io::{self, BufRead, BufReader, IoSlice, Read, Write};
use std::sync::Arc;

use super::stream::{Stream, Trust};

/// Bytes read at a time.
const BUFFER: usize = 256 << 10;
/// Bytes of head that no answer reaches.
const MAX_HEAD: u64 = 64 << 10;

pub(super) struct Connection {
    /// `host:port`
    address: String,
    trust: Option<Arc<Trust>>,
    stream: Option<BufReader<Stream>>,
    /// Of the head being read.
    line: String,
}

/// The head of an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    /// The version that was written or read, where the bucket has versions.
    pub(super) version_id: Option<String>,
    length: Option<u64>,
    chunked: bool,
    close: bool,
}

impl Connection {
    /// To a server that speaks TLS when it is said whom to trust.
    pub(super) fn new(address: &str, trust: Option<Arc<Trust>>) -> Self {
        Self { address: address.to_owned(), trust, stream: None, line: String::new() }
    }

    /// The next request opens a new connection.
    pub(super) fn close(&mut self) {
        self.stream = None;
    }

    /// Connects now, so that the first request need not.
    pub(super) fn open(&mut self) -> io::Result<()> {
        if self.stream.is_none() {
            let stream = Stream::connect(&self.address, self.trust.as_deref())?;
            self.stream = Some(BufReader::with_capacity(BUFFER, stream));
        }
        Ok(())
    }

    /// Sends the pieces of a request and reads its answer, handing the body to `sink` as it comes.
    pub(super) fn exchange(
        &mut self,
        request: &[&[u8]],
        has_body: bool,
        sink: &mut dyn FnMut(&[u8]),
    ) -> io::Result<Head> {
        self.open()?;
        let Some(mut stream) = self.stream.take() else { return Err(io::ErrorKind::NotConnected.into()) };
        // A server may refuse a body it has not read to the end and close: then its answer says more than the error.
        let sent = write_all(stream.get_mut(), request);
        let head = match read_head(&mut stream, &mut self.line) {
            Ok(head) => head,
            Err(error) => return Err(sent.err().unwrap_or(error)),
        };
        if has_body && head.status != 204 && head.status != 304 {
            read_body(&mut stream, &head, sink)?;
        }
        if !head.close && sent.is_ok() {
            self.stream = Some(stream);
        }
        Ok(head)
    }
}

fn write_all(stream: &mut impl Write, pieces: &[&[u8]]) -> io::Result<()> {
    let mut slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
    let mut left = &mut slices[..];
    // Steps over leading empty pieces, which would make a write of nothing look like a closed connection.
    IoSlice::advance_slices(&mut left, 0);
    while !left.is_empty() {
        match stream.write_vectored(left) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut left, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    stream.flush()
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn read_head(stream: &mut impl BufRead, line: &mut String) -> io::Result<Head> {
    loop {
        let mut head = Head::default();
        let mut limited = stream.take(MAX_HEAD);
        line.clear();
        limited.read_line(line)?;
        if line.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let status = line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).and_then(|code| code.parse().ok());
        head.status = status.ok_or_else(|| invalid("no HTTP/1.1 status line"))?;
        loop {
            line.clear();
            limited.read_line(line)?;
            let field = line.trim_end();
            if field.is_empty() {
                break;
            }
            let (name, value) = field.split_once(':').ok_or_else(|| invalid("a header without a colon"))?;
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                head.length = Some(value.parse().map_err(|_| invalid("content-length is no number"))?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                head.chunked = value.eq_ignore_ascii_case("chunked");
            } else if name.eq_ignore_ascii_case("connection") {
                head.close = value.eq_ignore_ascii_case("close");
            } else if name.eq_ignore_ascii_case("x-amz-version-id") {
                head.version_id = Some(value.to_owned());
            }
        }
        if head.status >= 200 {
            return Ok(head);
        }
    }
}

fn read_body(stream: &mut impl BufRead, head: &Head, sink: &mut dyn FnMut(&[u8])) -> io::Result<()> {
    if !head.chunked {
        let length = head.length.ok_or_else(|| invalid("an answer without a length"))?;
        return read_exactly(stream, length, sink);
    }
    let mut line = String::new();
    loop {
        line.clear();
        stream.take(MAX_HEAD).read_line(&mut line)?;
        let digits = line.split(';').next().unwrap_or("").trim();
        let length = u64::from_str_radix(digits, 16).map_err(|_| invalid("no chunk size"))?;
        if length == 0 {
            break;
        }
        read_exactly(stream, length, sink)?;
        read_exactly(stream, 2, &mut |_| {})?;
    }
    while line.trim_end() != "" {
        line.clear();
        stream.take(MAX_HEAD).read_line(&mut line)?;
    }
    Ok(())
}

fn read_exactly(stream: &mut impl BufRead, mut length: u64, sink: &mut dyn FnMut(&[u8])) -> io::Result<()> {
    while length > 0 {
        let bytes = stream.fill_buf()?;
        if bytes.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let now = bytes.len().min(usize::try_from(length).unwrap_or(usize::MAX));
        sink(&bytes[..now]);
        stream.consume(now);
        length -= now as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> io::Result<(Head, String, String)> {
        let mut stream = BufReader::with_capacity(7, text.as_bytes());
        let head = read_head(&mut stream, &mut String::new())?;
        let mut body = Vec::new();
        read_body(&mut stream, &head, &mut |bytes| body.extend_from_slice(bytes))?;
        let mut rest = String::new();
        stream.read_to_string(&mut rest)?;
        Ok((head, String::from_utf8(body).unwrap(), rest))
    }

    #[test]
    fn bodies_end_where_the_head_or_the_last_chunk_says() {
        let (head, body, rest) =
            answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nabcdeHTTP").unwrap();
        assert_eq!(head, Head { status: 200, length: Some(5), close: true, ..Head::default() });
        assert_eq!((body.as_str(), rest.as_str()), ("abcde", "HTTP"));
        let (head, body, rest) = answer(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-Amz-Version-Id: v1\r\ntransfer-encoding: chunked\r\n\r\n\
             3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nx-trailer: 1\r\n\r\nnext",
        )
        .unwrap();
        assert_eq!((body.as_str(), rest.as_str()), ("abc0123456789", "next"));
        assert_eq!(head.version_id.as_deref(), Some("v1"));
    }

    #[test]
    fn half_an_answer_is_an_error() {
        for text in ["", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc", "HTTP/1.1 200 OK\r\n\r\n", "SSH-2.0\r\n"] {
            assert!(answer(text).is_err(), "{text:?}");
        }
    }
}

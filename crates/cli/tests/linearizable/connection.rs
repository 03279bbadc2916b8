//! Signed requests over one kept-alive connection, each of which may fail at any moment.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use larder_env::{Clock, SystemClock};
use larder_sigv4::{Signer, SignerKey, SigningKey};

use crate::server::{ACCESS_KEY, SECRET_KEY};

/// Nothing takes this long; a server that stops answering must not stop the test.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request. Path and query are percent-encoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &'static str, path: &str) -> Self {
        Self { method, path: path.to_owned(), ..Self::default() }
    }

    pub(crate) fn query(mut self, query: impl Into<String>) -> Self {
        self.query = query.into();
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The texts of all elements of this name.
    pub(crate) fn all(&self, element: &str) -> Vec<String> {
        let (text, open) = (self.text(), format!("<{element}>"));
        let pieces = text.split(&open).skip(1);
        pieces.filter_map(|piece| Some(piece.split_once("</")?.0.to_owned())).collect()
    }
}

pub(crate) struct Connection {
    address: SocketAddr,
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { address, stream: BufReader::new(stream) })
    }

    /// Sends a request and reads the whole answer. After an error nothing is known, and the connection is of no more use.
    pub(crate) fn exchange(&mut self, request: &Request) -> io::Result<Answer> {
        let head = self.head(request);
        self.stream.get_mut().write_all(&[head.as_bytes(), &request.body].concat())?;
        self.answer(request.method == "HEAD")
    }

    /// Sends a request, or the beginning of it, and goes away.
    pub(crate) fn walk_away(mut self, request: &Request, whole: bool) {
        let head = self.head(request);
        let sent = if whole { request.body.len() } else { request.body.len() / 2 };
        // Nobody is there to learn whether this works.
        let _ = self.stream.get_mut().write_all(&[head.as_bytes(), &request.body[..sent]].concat());
    }

    fn head(&self, request: &Request) -> String {
        let now = SystemClock::new().now().to_jiff();
        let key = SigningKey::derive(SECRET_KEY, &now.strftime("%Y%m%d").to_string(), "us-east-1", "s3");
        let signer = Signer {
            access_key_id: ACCESS_KEY,
            key: SignerKey::Hmac(&key),
            security_token: None,
            region: "us-east-1",
            service: "s3",
        };
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_str(&self.address.to_string()).expect("a host"));
        for (name, value) in &request.headers {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value"));
        }
        let Request { method, path, query, .. } = request;
        signer.sign(method, path, query, &mut headers, "UNSIGNED-PAYLOAD", now).expect("signed");
        let mark = if query.is_empty() { "" } else { "?" };
        let mut head = format!("{method} {path}{mark}{query} HTTP/1.1\r\n");
        for (name, value) in &headers {
            write!(head, "{name}: {}\r\n", value.to_str().expect("text")).expect("a string takes all");
        }
        if !request.body.is_empty() || matches!(*method, "PUT" | "POST") {
            write!(head, "content-length: {}\r\n", request.body.len()).expect("a string takes all");
        }
        head + "\r\n"
    }

    fn answer(&mut self, to_head: bool) -> io::Result<Answer> {
        let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let line = self.line()?;
        let status = line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let status: u16 = status.ok_or_else(|| invalid(&line))?;
        let mut headers = HeaderMap::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| invalid(&line))?;
            let value = HeaderValue::from_str(value.trim()).map_err(|_| invalid(&line))?;
            headers.insert(HeaderName::try_from(name).map_err(|_| invalid(&line))?, value);
        }
        let length = headers.get("content-length").and_then(|value| value.to_str().ok()?.parse().ok());
        let mut body = vec![0; if to_head || status == 204 { 0 } else { length.ok_or_else(|| invalid("no length"))? }];
        self.stream.read_exact(&mut body)?;
        Ok(Answer { status, headers, body })
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        match line.strip_suffix("\r\n") {
            Some(line) => Ok(line.to_owned()),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

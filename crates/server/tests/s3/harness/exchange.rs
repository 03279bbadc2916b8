//! HTTP/1.1 by hand: what no library would send can be sent, and nothing of an answer is hidden.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::Answer;

/// Sends a request whose head says `connection: close`, and reads the whole answer, however early it comes.
pub(crate) async fn exchange(address: SocketAddr, head: Vec<u8>, body: Vec<u8>) -> Answer {
    let Connection { mut reader, mut writer } = Connection::open(address).await;
    let send = async {
        // The server may answer and close before it has read all: then the answer counts, not this.
        if writer.write_all(&head).await.is_ok() {
            let _ = writer.write_all(&body).await;
        }
        let _ = writer.flush().await;
    };
    let receive = async {
        let mut bytes = Vec::new();
        let _ = reader.read_to_end(&mut bytes).await;
        bytes
    };
    let (answer, ()) = tokio::join!(receive, send);
    parse(&answer)
}

/// A connection, for exchanges that take several steps.
pub(crate) struct Connection {
    pub(crate) reader: OwnedReadHalf,
    pub(crate) writer: OwnedWriteHalf,
}

impl Connection {
    /// Opens one.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let (reader, writer) = TcpStream::connect(address).await.expect("a connection").into_split();
        Self { reader, writer }
    }

    /// Sends bytes.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.writer.write_all(bytes).await.expect("sent");
    }

    /// Reads until the head of an answer is there: the head, and what came after it.
    pub(crate) async fn head(&mut self) -> (String, Vec<u8>) {
        self.head_after(Vec::new()).await
    }

    /// As [`Connection::head`], when some bytes of it were read already.
    pub(crate) async fn head_after(&mut self, mut bytes: Vec<u8>) -> (String, Vec<u8>) {
        loop {
            if let Some(at) = find(&bytes, b"\r\n\r\n") {
                let rest = bytes.split_off(at + 4);
                return (String::from_utf8_lossy(&bytes).into_owned(), rest);
            }
            assert_ne!(self.reader.read_buf(&mut bytes).await.expect("an answer"), 0, "the connection was closed");
        }
    }

    /// Reads until there are that many bytes.
    pub(crate) async fn read_to(&mut self, bytes: &mut Vec<u8>, length: usize) {
        while bytes.len() < length {
            assert_ne!(self.reader.read_buf(bytes).await.expect("an answer"), 0, "the connection was closed");
        }
    }

    /// Ends our side and reads what is left.
    pub(crate) async fn rest(mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let _ = self.writer.shutdown().await;
        let _ = self.reader.read_to_end(&mut bytes).await;
        bytes
    }
}

pub(super) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// Parses an answer that ends with its connection.
pub(super) fn parse(mut bytes: &[u8]) -> Answer {
    loop {
        let at = find(bytes, b"\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(500)])));
        let (head, body) = (&bytes[..at], &bytes[at + 4..]);
        let head = String::from_utf8_lossy(head).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
        let status: u16 = status.unwrap_or_else(|| panic!("no status: {head}"));
        if (100..200).contains(&status) {
            bytes = body;
            continue;
        }
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no header: {line}"));
            let value = HeaderValue::from_bytes(value.trim().as_bytes()).expect("a value");
            headers.append(HeaderName::try_from(name).expect("a name"), value);
        }
        if headers.contains_key("transfer-encoding") {
            panic!("S3 tells the length of what it sends: {headers:?}");
        }
        if let Some(length) = headers.get("content-length").filter(|_| !body.is_empty()) {
            assert_eq!(length.to_str().ok(), Some(body.len().to_string().as_str()), "the body is whole");
        }
        return Answer { status, headers, body: body.to_vec(), to_head: false };
    }
}

/// Sends a request whose body ends before its time: our side of the connection is closed after it. The answer, if the
/// server sends one.
pub(crate) async fn exchange_cut(address: SocketAddr, head: Vec<u8>, body: Vec<u8>) -> Option<Answer> {
    let mut connection = Connection::open(address).await;
    connection.send(&head).await;
    connection.send(&body).await;
    let answer = connection.rest().await;
    (!answer.is_empty()).then(|| parse(&answer))
}

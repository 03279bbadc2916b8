//! A server on a free port of the loopback interface and a client that speaks HTTP byte by byte.
#![allow(dead_code, reason = "each test binary uses its share")]

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body::Body;
use larder_env::{SeededRng, SimulatedClock};
use larder_http::{
    BodyError, Handler, Limits, Listener, Load, Request, RequestBody, RequestContext, RequestLog, RequestLogEntry,
    Response, ResponseBody, Service, Serving, Tls, TrustedProxies,
};
use larder_types::Timestamp;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

/// Ends a test that hangs; nothing is measured against it.
pub(crate) const FOREVER: Duration = Duration::from_secs(60);

pub(crate) type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

struct Function(Box<dyn Fn(Request, RequestContext) -> Answering + Send + Sync>);

#[async_trait]
impl Handler for Function {
    async fn handle(&self, request: Request, context: RequestContext) -> Response {
        (self.0)(request, context).await
    }
}

/// Short times, so that tests that wait for one are quick; the others never come near them.
pub(crate) fn limits() -> Limits {
    Limits { head: FOREVER, body_idle: FOREVER, write_idle: FOREVER, handshake: FOREVER, ..Limits::default() }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) serving: Serving,
    pub(crate) log: Receiver<RequestLogEntry>,
    pub(crate) load: Load,
}

struct ChannelLog(Sender<RequestLogEntry>);

impl RequestLog for ChannelLog {
    fn record(&self, entry: &RequestLogEntry) {
        let _ = self.0.send(entry.clone());
    }
}

/// Serves `handler`.
pub(crate) async fn serve<F, A>(limits: Limits, tls: Option<Arc<Tls>>, handler: F) -> Server
where
    F: Fn(Request, RequestContext) -> A + Send + Sync + 'static,
    A: Future<Output = Response> + Send + 'static,
{
    let listener = Listener::bind("127.0.0.1:0".parse().expect("an address")).await.expect("a free port");
    let address = listener.local_addr();
    let (sender, log) = channel();
    let load = Load::default();
    let serving = listener.serve(Service {
        handler: Arc::new(Function(Box::new(move |request, context| Box::pin(handler(request, context))))),
        log: Arc::new(ChannelLog(sender)),
        clock: Arc::new(SimulatedClock::new(Timestamp::from_millis(784_111_777_000))),
        rng: Arc::new(SeededRng::new(1)),
        limits,
        proxies: TrustedProxies::default(),
        tls,
        load: load.clone(),
    });
    Server { address, serving, log, load }
}

/// Answers with the method, the target and the length of the body.
pub(crate) async fn describe(request: Request, context: RequestContext) -> Response {
    let method = request.method().clone();
    match read_body(request.into_body()).await {
        Ok(body) => text(200, format!("{method} {} {}", context.target, body.len())),
        Err(error) => text(400, error.to_string()),
    }
}

pub(crate) fn text(status: u16, text: String) -> Response {
    let mut response = Response::new(ResponseBody::from(text));
    *response.status_mut() = status.try_into().expect("a status");
    response
}

pub(crate) async fn read_body(mut body: RequestBody) -> Result<Vec<u8>, BodyError> {
    let mut all = Vec::new();
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        all.extend_from_slice(frame?.data_ref().unwrap_or(&Bytes::new()));
    }
    Ok(all)
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }
}

pub(crate) struct Client<S> {
    pub(crate) stream: S,
    read: Vec<u8>,
}

impl Client<TcpStream> {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.expect("a connection"))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub(crate) fn over(stream: S) -> Self {
        Self { stream, read: Vec::new() }
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.expect("sent");
    }

    /// Reads an answer with a `Content-Length`; without one, and for HEAD, its head only.
    pub(crate) async fn answer(&mut self, to_head: bool) -> Answer {
        let head = self.head().await.expect("an answer");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
        let field = |line: &str| {
            let (name, value) = line.split_once(": ").expect("a field");
            (name.to_owned(), value.to_owned())
        };
        let headers: Vec<_> = lines.map(field).collect();
        let mut answer = Answer { status: status.parse().expect("a number"), headers, body: Vec::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().expect("a number"));
        if !to_head {
            while self.read.len() < length {
                assert!(self.more().await.expect("readable") > 0, "the body ends early");
            }
            answer.body = self.read.drain(..length).collect();
        }
        answer
    }

    pub(crate) async fn ask(&mut self, text: &str) -> Answer {
        self.send(text).await;
        self.answer(false).await
    }

    /// The next head without its empty line; `None` when the connection ended.
    pub(crate) async fn head(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = self.read.drain(..end + 4).take(end).collect();
                return Some(String::from_utf8(head).expect("text"));
            }
            if self.more().await.ok()? == 0 {
                return None;
            }
        }
    }

    /// What comes until the connection ends.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        while matches!(self.more().await, Ok(count) if count > 0) {}
        std::mem::take(&mut self.read)
    }

    async fn more(&mut self) -> io::Result<usize> {
        tokio::time::timeout(FOREVER, self.stream.read_buf(&mut self.read)).await.expect("the test hangs")
    }
}

//! A server that passes requests on and does to some of them what networks and busy servers do.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It goes through.
    None,
    /// `503 SlowDown`.
    SlowDown,
    /// `403 AccessDenied`.
    Denied,
    /// `403 RequestTimeTooSkewed`.
    Skewed,
    /// `404 NoSuchBucket`.
    NoBucket,
    /// `501 NotImplemented`.
    NotImplemented,
    /// The connection ends without an answer.
    Cut,
    /// The answer's body ends after so many bytes.
    CutBody(usize),
    /// The answer's body stops after so many bytes, and the connection stays.
    Stall(usize),
    /// One byte of the answer's body is another.
    Corrupt,
}

type Judge = dyn FnMut(&str) -> Fault + Send;

/// One request on each connection, so that none is missed.
pub(crate) struct Proxy {
    pub(crate) endpoint: String,
    passed: Arc<AtomicUsize>,
    bytes_in: Arc<AtomicUsize>,
}

impl Proxy {
    /// `judge` sees the first line of each request.
    pub(crate) fn start(endpoint: &str, judge: impl FnMut(&str) -> Fault + Send + 'static) -> Self {
        let upstream = endpoint.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let (passed, bytes_in) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let judge: Arc<Mutex<Judge>> = Arc::new(Mutex::new(judge));
        let (counts, bytes) = (Arc::clone(&passed), Arc::clone(&bytes_in));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (judge, upstream) = (Arc::clone(&judge), upstream.clone());
                let (counts, bytes) = (Arc::clone(&counts), Arc::clone(&bytes));
                thread::spawn(move || {
                    // A client that goes away is not the proxy's failure.
                    let _ = serve(stream, &upstream, &judge, &counts, &bytes);
                });
            }
        });
        Self { endpoint, passed, bytes_in }
    }

    /// Requests that went through.
    pub(crate) fn passed(&self) -> usize {
        self.passed.load(Ordering::SeqCst)
    }

    /// Bytes of request bodies that went through.
    pub(crate) fn bytes_in(&self) -> usize {
        self.bytes_in.load(Ordering::SeqCst)
    }
}

fn serve(
    mut client: TcpStream,
    upstream: &str,
    judge: &Mutex<Judge>,
    passed: &AtomicUsize,
    bytes_in: &AtomicUsize,
) -> std::io::Result<()> {
    let (head, mut body) = read_head(&mut client)?;
    if head.is_empty() {
        return Ok(());
    }
    let first = head.lines().next().unwrap_or_default().to_owned();
    if head.to_ascii_lowercase().contains("expect: 100-continue") {
        client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let length = header(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut rest = vec![0; length - body.len().min(length)];
    client.read_exact(&mut rest)?;
    body.extend_from_slice(&rest);
    let fault = (judge.lock().expect("a judge that lives"))(&first);
    let refused = |status: &str, code: &str| {
        let text = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>made up</Message></Error>");
        let text = if first.starts_with("HEAD") { String::new() } else { text };
        format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{text}", text.len())
    };
    match fault {
        Fault::SlowDown => return client.write_all(refused("503 Slow Down", "SlowDown").as_bytes()),
        Fault::Denied => return client.write_all(refused("403 Forbidden", "AccessDenied").as_bytes()),
        Fault::Skewed => return client.write_all(refused("403 Forbidden", "RequestTimeTooSkewed").as_bytes()),
        Fault::NoBucket => return client.write_all(refused("404 Not Found", "NoSuchBucket").as_bytes()),
        Fault::NotImplemented => {
            return client.write_all(refused("501 Not Implemented", "NotImplemented").as_bytes());
        }
        Fault::Cut => return client.shutdown(Shutdown::Both),
        Fault::None | Fault::CutBody(_) | Fault::Stall(_) | Fault::Corrupt => {}
    }
    passed.fetch_add(1, Ordering::SeqCst);
    bytes_in.fetch_add(body.len(), Ordering::SeqCst);
    let mut server = TcpStream::connect(upstream)?;
    server.write_all(closing(&head).as_bytes())?;
    server.write_all(&body)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    let body_at = answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
    let head = String::from_utf8_lossy(&answer[..body_at]).into_owned();
    client.write_all(closing(&head).as_bytes())?;
    match fault {
        Fault::CutBody(kept) => client.write_all(&answer[body_at..(body_at + kept).min(answer.len())])?,
        Fault::Stall(kept) => {
            client.write_all(&answer[body_at..(body_at + kept).min(answer.len())])?;
            // Until the client has had enough.
            return client.read(&mut [0]).map(drop);
        }
        Fault::Corrupt => {
            if let Some(last) = answer[body_at..].last_mut() {
                *last ^= 1;
            }
            client.write_all(&answer[body_at..])?;
        }
        _ => client.write_all(&answer[body_at..])?,
    }
    client.shutdown(Shutdown::Both)
}

fn read_head(client: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let body = read.split_off(at + 4);
            return Ok((String::from_utf8_lossy(&read).into_owned(), body));
        }
        match client.read(&mut buffer)? {
            0 => return Ok((String::new(), Vec::new())),
            length => read.extend_from_slice(&buffer[..length]),
        }
    }
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let line = |line: &'h str| line.split_once(':').filter(|(own, _)| own.eq_ignore_ascii_case(name));
    head.lines().find_map(line).map(|(_, value)| value.trim())
}

/// The head, without what would keep the connection, and without what the proxy has answered already.
fn closing(head: &str) -> String {
    let kept = head.split_inclusive("\r\n").filter(|line| {
        let lower = line.to_ascii_lowercase();
        *line != "\r\n" && !lower.starts_with("connection:") && !lower.starts_with("expect:")
    });
    format!("{}connection: close\r\n\r\n", kept.collect::<String>())
}

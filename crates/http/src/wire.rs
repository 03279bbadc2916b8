//! The byte stream under a connection: notices stalls, and closes so that the client still reads the last answer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::Limits;

/// Where a connection's exchanges stand. Shared between its stream and its exchanges.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// There may be input that nobody read.
    unsettled: AtomicBool,
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Standing {
    /// A request was handed to the handler.
    pub(crate) fn begin(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
    }

    /// All of its answer was handed over to be written.
    pub(crate) fn end(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    /// A request was read to its end and answered; nothing but the next request can be waiting.
    pub(crate) fn settle(&self) {
        self.unsettled.store(false, Ordering::Relaxed);
    }

    /// How many exchanges there were, when none is under way.
    fn at_rest(&self) -> Option<u64> {
        let begun = self.begun.load(Ordering::Relaxed);
        (begun == self.ended.load(Ordering::Relaxed)).then_some(begun)
    }
}

/// Makes the answer to what is no HTTP request, in place of hyper's own bare one with this status.
pub(crate) type Misunderstood = Box<dyn Fn(StatusCode) -> Bytes + Send>;

/// An answer of hyper's own and what is sent in its place.
struct Substitute {
    instead: Bytes,
    /// The length of what hyper believes to have written.
    length: usize,
}

/// A byte stream with the manners that [`Limits`] describe.
pub(crate) struct Wire<S> {
    stream: S,
    standing: Arc<Standing>,
    /// How many exchanges there had been when all was written. While there are no more, only hyper itself can be writing.
    written_up_to: Option<u64>,
    misunderstood: Misunderstood,
    substitute: Option<Substitute>,
    write_idle: Duration,
    write_timer: Option<Pin<Box<Sleep>>>,
    closing: Closing,
    linger: Duration,
    linger_bytes: u64,
}

enum Closing {
    /// Still in use, or the end of our side is being sent.
    Open,
    /// Our side has ended; input is thrown away until the client ends its side.
    Lingering {
        timer: Pin<Box<Sleep>>,
        bytes_left: u64,
    },
    Closed,
}

impl<S> Wire<S> {
    pub(crate) fn new(stream: S, standing: Arc<Standing>, misunderstood: Misunderstood, limits: &Limits) -> Self {
        let Limits { write_idle, linger, linger_bytes, .. } = *limits;
        Self {
            stream,
            standing,
            written_up_to: Some(0),
            misunderstood,
            substitute: None,
            write_idle,
            write_timer: None,
            closing: Closing::Open,
            linger,
            linger_bytes,
        }
    }

    /// Replaces an answer that hyper gives on its own, because it could not make out a request.
    fn substitute(&mut self, head: &[u8], length: usize) {
        let nobody_answered = self.written_up_to.is_some() && self.written_up_to == self.standing.at_rest();
        if self.substitute.is_none() && nobody_answered {
            let status = head.get(9..12).and_then(|digits| StatusCode::from_bytes(digits).ok());
            let instead = (self.misunderstood)(status.unwrap_or(StatusCode::BAD_REQUEST));
            self.substitute = Some(Substitute { instead, length });
        }
        self.written_up_to = None;
    }

    /// Fails a write that waits for longer than it may.
    fn watch<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.write_timer = None;
            return written;
        }
        let timer = self.write_timer.get_or_insert_with(|| Box::pin(sleep(self.write_idle)));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client stopped taking the answer")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            self.standing.unsettled.store(true, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> Wire<S> {
    fn poll_substitute(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        while let Some(Substitute { instead, length }) = &mut self.substitute {
            if instead.is_empty() {
                let length = *length;
                self.substitute = None;
                return Poll::Ready(Ok(length));
            }
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, instead))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            instead.advance(written);
        }
        Poll::Ready(Ok(0))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.substitute(buf, buf.len());
        let written = match self.substitute.is_some() {
            true => self.poll_substitute(cx),
            false => Pin::new(&mut self.stream).poll_write(cx, buf),
        };
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let head = bufs.iter().find(|buf| !buf.is_empty()).map_or(&[][..], |buf| buf);
        self.substitute(head, bufs.iter().map(|buf| buf.len()).sum());
        let written = match self.substitute.is_some() {
            true => self.poll_substitute(cx),
            false => Pin::new(&mut self.stream).poll_write_vectored(cx, bufs),
        };
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if flushed.is_ready() {
            // Hyper flushes only what it has written to the last byte.
            self.written_up_to = self.standing.at_rest();
        }
        self.watch(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = &mut *self;
        if matches!(wire.closing, Closing::Open) {
            let ended = Pin::new(&mut wire.stream).poll_shutdown(cx);
            ready!(wire.watch(cx, ended))?;
            wire.closing = if wire.standing.unsettled.load(Ordering::Relaxed) {
                Closing::Lingering { timer: Box::pin(sleep(wire.linger)), bytes_left: wire.linger_bytes }
            } else {
                Closing::Closed
            };
        }
        if let Closing::Lingering { timer, bytes_left } = &mut wire.closing {
            ready!(poll_linger(&mut wire.stream, cx, timer.as_mut(), bytes_left));
            wire.closing = Closing::Closed;
        }
        Poll::Ready(Ok(()))
    }
}

/// Throws input away; ready when the client ended its side, or took too long or too much.
fn poll_linger<S: AsyncRead + Unpin>(
    stream: &mut S,
    cx: &mut Context<'_>,
    timer: Pin<&mut Sleep>,
    bytes_left: &mut u64,
) -> Poll<()> {
    /// A client that sends without a pause must not hold the thread.
    const READS_PER_TURN: usize = 32;
    if timer.poll(cx).is_ready() {
        return Poll::Ready(());
    }
    for _ in 0..READS_PER_TURN {
        let mut room = [0; 8192];
        let mut buf = ReadBuf::new(&mut room);
        match ready!(Pin::new(&mut *stream).poll_read(cx, &mut buf)) {
            Ok(()) if buf.filled().is_empty() => return Poll::Ready(()),
            Err(_) => return Poll::Ready(()),
            Ok(()) => match bytes_left.checked_sub(buf.filled().len() as u64) {
                Some(rest) => *bytes_left = rest,
                None => return Poll::Ready(()),
            },
        }
    }
    cx.waker().wake_by_ref();
    Poll::Pending
}
